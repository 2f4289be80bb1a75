"""Who sends and waits as an exchange wants it: by blocking, or in an event loop."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from imd_sdk._exchange import Send, exchange
from imd_sdk._results import AsyncPager, Download, Pager, opened

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from os import PathLike

    from imd_sdk import models
    from imd_sdk._answers import Answer
    from imd_sdk._calls import Call
    from imd_sdk._exchange import Broken, Talk, Wait
    from imd_sdk._results import Downloaded
    from imd_sdk._terms import Terms
    from imd_sdk._transport import AsyncWire, Wire

T = TypeVar("T")


def converse(call: Call[T], terms: Terms) -> Talk[T]:
    """Begin an exchange in the layers that a client has; the outermost sees what is on the wire."""
    talk = exchange(call, terms)
    if terms.cache is not None:
        from imd_sdk.cache import kept  # noqa: PLC0415 - who has no cache does not load it

        talk = kept(talk, call, terms, terms.cache)
    if terms.hooks:
        from imd_sdk._observed import observed  # noqa: PLC0415

        talk = observed(talk, call, terms)
    return talk


class Driver:
    """Sends and waits as an exchange wants it; decides nothing."""

    def __init__(self, wire: Wire, terms: Terms, wait: Callable[[float], object]) -> None:
        self.wire = wire
        self.terms = terms
        self.wait = wait
        self.owner = True

    def on(self, terms: Terms) -> Driver:
        """Drive in the same way on other terms, over connections that stay the first one's."""
        other = copy(self)
        other.terms, other.owner = terms, False
        return other

    def close(self) -> None:
        if self.owner:
            self.wire.close()

    def one(self, call: Call[T], options: Mapping[str, Any]) -> T:
        return self._drive(call, self.terms.of(options, keyed=not call.is_safe).started())

    def pages(
        self, call: Call[models.Page[T]], cursor: str | None, options: Mapping[str, Any]
    ) -> Pager[T]:
        terms = self.terms.of(options)
        return Pager(lambda: partial(self._drive, terms=terms.started()), call, cursor)

    def save(
        self,
        call: Callable[[Download], Call[Downloaded]],
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None,
        options: Mapping[str, Any],
    ) -> Downloaded:
        with opened(to) as file:
            return self.one(call(Download(file, progress)), options)

    def _drive(self, call: Call[T], terms: Terms) -> T:
        talk = converse(call, terms)
        try:
            step = next(talk)
            while True:
                try:
                    outcome = self._do(step)
                except BaseException as error:  # noqa: BLE001 - the exchange raises it again
                    step = talk.throw(error)
                else:
                    step = talk.send(outcome)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _do(self, step: Send | Wait) -> Answer | Broken | None:
        if isinstance(step, Send):
            return self.wire.send(step)
        self.wait(step.seconds)
        return None


class AsyncDriver:
    """Sends and waits as an exchange wants it; decides nothing."""

    def __init__(
        self, wire: AsyncWire, terms: Terms, wait: Callable[[float], Awaitable[object]]
    ) -> None:
        self.wire = wire
        self.terms = terms
        self.wait = wait
        self.owner = True

    def on(self, terms: Terms) -> AsyncDriver:
        """Drive in the same way on other terms, over connections that stay the first one's."""
        other = copy(self)
        other.terms, other.owner = terms, False
        return other

    async def close(self) -> None:
        if self.owner:
            await self.wire.aclose()

    async def one(self, call: Call[T], options: Mapping[str, Any]) -> T:
        return await self._drive(call, self.terms.of(options, keyed=not call.is_safe).started())

    def pages(
        self, call: Call[models.Page[T]], cursor: str | None, options: Mapping[str, Any]
    ) -> AsyncPager[T]:
        terms = self.terms.of(options)
        return AsyncPager(lambda: partial(self._drive, terms=terms.started()), call, cursor)

    async def save(
        self,
        call: Callable[[Download], Call[Downloaded]],
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None,
        options: Mapping[str, Any],
    ) -> Downloaded:
        with opened(to) as file:
            return await self.one(call(Download(file, progress)), options)

    async def _drive(self, call: Call[T], terms: Terms) -> T:
        talk = converse(call, terms)
        try:
            step = next(talk)
            while True:
                try:
                    outcome = await self._do(step)
                except BaseException as error:  # noqa: BLE001 - the exchange raises it again
                    step = talk.throw(error)
                else:
                    step = talk.send(outcome)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _do(self, step: Send | Wait) -> Answer | Broken | None:
        if isinstance(step, Send):
            return await self.wire.send(step)
        await self.wait(step.seconds)
        return None
