"""Drivers: they carry out the steps of an exchange, blocking or async, and decide nothing."""

from __future__ import annotations

import os
from contextlib import nullcontext
from copy import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from imd_sdk._atomic_file import atomic_write
from imd_sdk._download import Download
from imd_sdk._paging import AsyncPager, Pager
from imd_sdk._retry_flow import Send, exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager
    from os import PathLike

    from imd_sdk._call import ApiCall
    from imd_sdk._download import DownloadedFile
    from imd_sdk._retry_flow import Exchange, Result, Step
    from imd_sdk._terms import Terms
    from imd_sdk._transport import AsyncHttpTransport, HttpTransport
    from imd_sdk.models import Page

T = TypeVar("T")


def with_layers(call: ApiCall[T], terms: Terms) -> Exchange[T]:
    """Begin an exchange with the layers of a client; the outermost sees what is sent."""
    layered = exchange(call, terms)
    if terms.cache is not None:
        from imd_sdk._caching import with_cache

        layered = with_cache(layered, call, terms, terms.cache)
    if terms.hooks:
        from imd_sdk._observing import with_hooks

        layered = with_hooks(layered, call, terms)
    return layered


def _open_target(to: str | PathLike[str] | BinaryIO) -> AbstractContextManager[Any]:
    return atomic_write(Path(to)) if isinstance(to, str | os.PathLike) else nullcontext(to)


class Driver:
    """Sends and waits as an exchange asks."""

    def __init__(
        self, transport: HttpTransport, terms: Terms, wait: Callable[[float], object]
    ) -> None:
        self.transport = transport
        self.terms = terms
        self.wait = wait
        self.owns_transport = True

    def with_terms(self, terms: Terms) -> Driver:
        """Return a driver with other terms over the same connections, which stay this one's."""
        other = copy(self)
        other.terms, other.owns_transport = terms, False
        return other

    def close(self) -> None:
        if self.owns_transport:
            self.transport.close()

    def call(self, call: ApiCall[T], options: Mapping[str, Any]) -> T:
        terms = self.terms.override(options, takes_key=not call.is_safe)
        return self._drive(call, terms.start())

    def pages(
        self, call: ApiCall[Page[T]], cursor: str | None, options: Mapping[str, Any]
    ) -> Pager[T]:
        terms = self.terms.override(options)
        return Pager(lambda: partial(self._drive, terms=terms.start()), call, cursor)

    def download(
        self,
        make_call: Callable[[Download], ApiCall[DownloadedFile]],
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None,
        options: Mapping[str, Any],
    ) -> DownloadedFile:
        with _open_target(to) as file:
            return self.call(make_call(Download(file, progress)), options)

    def _drive(self, call: ApiCall[T], terms: Terms) -> T:
        layered = with_layers(call, terms)
        try:
            step = next(layered)
            while True:
                try:
                    result = self._carry_out(step)
                except BaseException as error:
                    step = layered.throw(error)
                else:
                    step = layered.send(result)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _carry_out(self, step: Step) -> Result:
        if isinstance(step, Send):
            return self.transport.send(step)
        self.wait(step.seconds)
        return None


class AsyncDriver:
    """Sends and waits as an exchange asks."""

    def __init__(
        self,
        transport: AsyncHttpTransport,
        terms: Terms,
        wait: Callable[[float], Awaitable[object]],
    ) -> None:
        self.transport = transport
        self.terms = terms
        self.wait = wait
        self.owns_transport = True

    def with_terms(self, terms: Terms) -> AsyncDriver:
        """Return a driver with other terms over the same connections, which stay this one's."""
        other = copy(self)
        other.terms, other.owns_transport = terms, False
        return other

    async def close(self) -> None:
        if self.owns_transport:
            await self.transport.aclose()

    async def call(self, call: ApiCall[T], options: Mapping[str, Any]) -> T:
        terms = self.terms.override(options, takes_key=not call.is_safe)
        return await self._drive(call, terms.start())

    def pages(
        self, call: ApiCall[Page[T]], cursor: str | None, options: Mapping[str, Any]
    ) -> AsyncPager[T]:
        terms = self.terms.override(options)
        return AsyncPager(lambda: partial(self._drive, terms=terms.start()), call, cursor)

    async def download(
        self,
        make_call: Callable[[Download], ApiCall[DownloadedFile]],
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None,
        options: Mapping[str, Any],
    ) -> DownloadedFile:
        with _open_target(to) as file:
            return await self.call(make_call(Download(file, progress)), options)

    async def _drive(self, call: ApiCall[T], terms: Terms) -> T:
        layered = with_layers(call, terms)
        try:
            step = next(layered)
            while True:
                try:
                    result = await self._carry_out(step)
                except BaseException as error:
                    step = layered.throw(error)
                else:
                    step = layered.send(result)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _carry_out(self, step: Step) -> Result:
        if isinstance(step, Send):
            return await self.transport.send(step)
        await self.wait(step.seconds)
        return None
