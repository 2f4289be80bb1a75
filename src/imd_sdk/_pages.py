"""Lists that are fetched page by page, as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from imd_sdk.errors import UnexpectedResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from imd_sdk._calls import Call
    from imd_sdk.models import Page

__all__ = ["AsyncPager", "Pager"]

T = TypeVar("T")


class _Walk(Generic[T]):
    """Which page comes next; no I/O."""

    def __init__(self, call: Call[Page[T]], cursor: str | None) -> None:
        self.call: Call[Page[T]] | None = call.at(cursor)
        self._first = call
        self._seen = {cursor}

    def turn(self, page: Page[T]) -> None:
        if page.next is None:
            self.call = None
            return
        if page.next in self._seen:
            raise UnexpectedResponse(
                f"{self._first.route}: a cursor came back a second time, the list has no end",
                path="$.next",
            )
        self._seen.add(page.next)
        self.call = self._first.at(page.next)


class Pager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Nothing is fetched before it is needed, and no more than one page is held. Each iteration
    begins anew, where the ``cursor`` of the call said. A page without items does not end the list;
    a cursor that comes a second time raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Call[Page[T]]], Page[T]]],
        call: Call[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> Iterator[Page[T]]:
        """Give page after page; ``page.next`` is the cursor from which to go on another time."""
        fetch = self._begin()
        walk = _Walk(self._call, self._cursor)
        while walk.call is not None:
            page = fetch(walk.call)
            yield page
            walk.turn(page)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class AsyncPager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Nothing is fetched before it is needed, and no more than one page is held. Each iteration
    begins anew, where the ``cursor`` of the call said. A page without items does not end the list;
    a cursor that comes a second time raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Call[Page[T]]], Awaitable[Page[T]]]],
        call: Call[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> AsyncIterator[Page[T]]:
        """Give page after page; ``page.next`` is the cursor from which to go on another time."""
        return _AsyncPages(self._begin(), _Walk(self._call, self._cursor))

    def __aiter__(self) -> AsyncIterator[T]:
        return _AsyncItems(self.pages())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class _AsyncPages(Generic[T]):
    """Not a generator: trio wants one that is left early to be closed, and `break` closes none."""

    def __init__(
        self, fetch: Callable[[Call[Page[T]]], Awaitable[Page[T]]], walk: _Walk[T]
    ) -> None:
        self._fetch = fetch
        self._walk = walk
        self._last: Page[T] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        if self._last:
            self._walk.turn(self._last)
        if self._walk.call is None:
            raise StopAsyncIteration
        self._last = await self._fetch(self._walk.call)
        return self._last


class _AsyncItems(Generic[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            self._items = iter((await anext(self._pages)).items)
