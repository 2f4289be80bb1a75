"""Lists of many pages: pagers for both clients, driven by the cursors of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Self, TypeVar

from imd_sdk import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from imd_sdk._call import ApiCall
    from imd_sdk.models import Page

T = TypeVar("T")


class _PageCalls(Generic[T]):
    """The next call of a list, until a page has no cursor."""

    def __init__(self, call: ApiCall[Page[T]], cursor: str | None) -> None:
        self.next: ApiCall[Page[T]] | None = call.at(cursor)
        self._first = call
        self._seen = {cursor}

    def advance(self, page: Page[T]) -> None:
        if page.next is None:
            self.next = None
            return
        if page.next in self._seen:
            raise errors.UnexpectedResponse(
                f"{self._first.route}: the server repeated a cursor; the list would never end",
                path="$.next",
            )
        self._seen.add(page.next)
        self.next = self._first.at(page.next)


class Pager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Pages are fetched when they are needed, and one page at most is kept. Each iteration starts
    again at the ``cursor`` of the call. An empty page does not end the list; a cursor that is
    repeated raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[ApiCall[Page[T]]], Page[T]]],
        call: ApiCall[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> Iterator[Page[T]]:
        """Iterate over the pages; ``page.next`` is the cursor at which to continue later."""
        fetch = self._begin()
        calls = _PageCalls(self._call, self._cursor)
        while calls.next is not None:
            page = fetch(calls.next)
            yield page
            calls.advance(page)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class AsyncPager(Generic[T]):
    """A list of unknown length: iterate over it for the items, or over `pages` for the pages.

    Pages are fetched when they are needed, and one page at most is kept. Each iteration starts
    again at the ``cursor`` of the call. An empty page does not end the list; a cursor that is
    repeated raises `UnexpectedResponse`.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[ApiCall[Page[T]]], Awaitable[Page[T]]]],
        call: ApiCall[Page[T]],
        cursor: str | None,
    ) -> None:
        self._begin = begin
        self._call = call
        self._cursor = cursor

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate over the pages; ``page.next`` is the cursor at which to continue later."""
        return _AsyncPages(self._begin(), _PageCalls(self._call, self._cursor))

    def __aiter__(self) -> AsyncIterator[T]:
        return _AsyncItems(self.pages())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._call.route}>"


class _AsyncPages(Generic[T]):
    """Not a generator: trio wants an unfinished one closed, and ``break`` closes none."""

    def __init__(
        self, fetch: Callable[[ApiCall[Page[T]]], Awaitable[Page[T]]], calls: _PageCalls[T]
    ) -> None:
        self._fetch = fetch
        self._calls = calls
        self._last: Page[T] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page[T]:
        if self._last:
            self._calls.advance(self._last)
        if self._calls.next is None:
            raise StopAsyncIteration
        self._last = await self._fetch(self._calls.next)
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
