"""The seam to the HTTP library, a client of httpx or of httpx2, and who sends and waits over it."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from contextlib import aclosing, nullcontext
from copy import copy
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar
from weakref import WeakKeyDictionary

import httpx

from imd_sdk._answers import SHOWN, Answer, AsyncPager, DiscreetFilter, Download, Pager, whole
from imd_sdk._exchange import Broken, Send, exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager
    from os import PathLike
    from types import ModuleType

    from imd_sdk import models
    from imd_sdk._answers import Downloaded
    from imd_sdk._calls import Call
    from imd_sdk._exchange import Came, Step, Talk, Terms

LIBRARIES = ("httpx", "httpx2")
for _name in LIBRARIES:
    logging.getLogger(_name).addFilter(DiscreetFilter())

NOT_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}
"""The failures that come before the first byte of a request is on its way."""
INHERITED: list[Any] = []
"""What a forked child has of its parent's: to let go of it would be to close it."""
HOPELESS = {"LocalProtocolError", "UnsupportedProtocol"}


class HttpClient(Protocol):
    """What is used of ``httpx.Client`` and ``httpx2.Client``, and what their async twins lack."""

    @property
    def base_url(self) -> Any: ...

    @property
    def build_request(self) -> Callable[..., Any]: ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...) -> Any: ...

    def close(self) -> None: ...


class AsyncHttpClient(Protocol):
    """What is used of ``httpx.AsyncClient`` and ``httpx2.AsyncClient``."""

    @property
    def base_url(self) -> Any: ...

    @property
    def build_request(self) -> Callable[..., Any]: ...

    async def send(
        self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...
    ) -> Any: ...


def library(http_client: object, kind: str) -> ModuleType:
    for ancestor in type(http_client).__mro__:
        module = ancestor.__module__.partition(".")[0]
        if module in LIBRARIES and ancestor.__name__ == kind:
            return sys.modules[module]
    raise TypeError(f"http_client must be a {kind} of httpx or httpx2")


def base_url_of(given: str | None, http_client: HttpClient | AsyncHttpClient | None) -> str:
    own = str(http_client.base_url) if http_client else ""
    url = str(given or own or os.environ.get("IMD_BASE_URL", "")).strip().rstrip("/")
    if not _is_address(url):
        raise ValueError(
            "base_url must be a campaign's address, such as https://campaign.example, "
            "or be in IMD_BASE_URL"
        )
    if re.search("[@?#]", url):
        raise ValueError("base_url must have no user, password, query or fragment")
    return url


def _is_address(url: str) -> bool:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    named, port = re.fullmatch(_HOST, parts.raw_host), parts.port
    return parts.scheme in {"http", "https"} and bool(named) and (port is None or port in PORTS)


PORTS = range(1, 1 << 16)
_HOST = rb"([^\s.%\\]{1,63}\.)*[^\s.%\\]{1,63}\.?"
"""RFC 1035, 2.3.4: what is longer, or has nothing between two dots, cannot be looked up."""


def broken(error: Any) -> Broken:
    """Tell what a failure means; what it knows of the request, and where it was, is taken off."""
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    error.request = error.__cause__ = error.__context__ = None
    return Broken(
        sent=names.isdisjoint(NOT_SENT),
        cause=error.with_traceback(None),
        hopeless=not names.isdisjoint(HOPELESS),
    )


def prepared(http: Any, send: Send) -> Any:
    headers = {**send.headers, **send.sink.headers()} if send.sink else send.headers
    return http.build_request(
        send.method, send.url, headers=headers, content=send.body, timeout=send.timeout
    )


def taker(send: Send, response: Any, chunks: list[bytes]) -> Callable[[bytes], None]:
    """The bytes of a file go where the file is wanted; all else is kept to be read."""
    if send.sink is None or not response.is_success:
        return chunks.append
    send.sink.begin(Answer(response.status_code, response.headers, b""))
    return send.sink.write


def late(until: float | None) -> bool:
    return until is not None and monotonic() >= until


def out_of_time() -> Broken:
    return Broken(sent=True, cause=TimeoutError("the answer did not end before the deadline"))


class Wire:
    def __init__(self, http_client: HttpClient | None) -> None:
        self._own: httpx.Client | None = None
        self._library = library(http_client, "Client") if http_client else httpx
        self._given: Any = http_client
        self._pid = os.getpid()
        self._locks: dict[int, Lock] = {}
        self._closed = False

    def send(self, send: Send) -> Answer | Broken:
        http = self._given or self._made()
        request = prepared(http, send)
        before = SHOWN.set(send.shown)
        try:
            return self._whole(send, http.send(request, stream=True, follow_redirects=False))
        except self._library.RequestError as error:
            return broken(error)
        finally:
            SHOWN.reset(before)

    def _whole(self, send: Send, response: Any) -> Answer | Broken:
        chunks: list[bytes] = []
        try:
            take = taker(send, response, chunks)
            for chunk in response.iter_bytes():
                take(chunk)
                if late(send.until):
                    return out_of_time()
        finally:
            response.close()
        return Answer(response.status_code, response.headers, b"".join(chunks))

    def _made(self) -> httpx.Client:
        """A forked child must not write into the sockets of its parent, so it makes its own."""
        own = self._own
        if own and self._pid == os.getpid():
            return own
        with self._lock:
            if self._closed:
                raise RuntimeError("the client is closed")
            if self._pid != os.getpid():
                INHERITED.append(self._own)
                self._own, self._pid = None, os.getpid()
            if self._own is None:
                self._own = httpx.Client()
            return self._own

    @property
    def _lock(self) -> Lock:
        """One a process: that of the parent may be held by a thread that the child has not."""
        return self._locks.setdefault(os.getpid(), Lock())

    def close(self) -> None:
        with self._lock:
            own, self._own, self._closed = self._own, None, True
        if own and self._pid == os.getpid():
            own.close()

    def __del__(self) -> None:
        """Say that it was forgotten; to close it here would be I/O at a moment nobody chose."""
        if self._own and self._pid == os.getpid():
            warnings.warn("a Client was not closed", ResourceWarning, stacklevel=1, source=self)


GRACE = 0.05
"""Seconds for the library to notice by itself that the time is over: it knows what it was at."""


class AsyncWire:
    def __init__(self, http_client: AsyncHttpClient | None) -> None:
        self._own: WeakKeyDictionary[Any, httpx.AsyncClient] = WeakKeyDictionary()
        self._library = library(http_client, "AsyncClient") if http_client else httpx
        self._given: Any = http_client
        self._pid = os.getpid()
        self._closed = False

    async def send(self, send: Send) -> Answer | Broken:
        if send.until is None:
            return await self._send(send)
        from anyio import move_on_after

        with move_on_after(send.until - monotonic() + GRACE):
            return await self._send(send)
        return out_of_time()

    async def _send(self, send: Send) -> Answer | Broken:
        http = self._given or self._made()
        request = prepared(http, send)
        before = SHOWN.set(send.shown)
        try:
            response = await http.send(request, stream=True, follow_redirects=False)
            return await self._whole(send, response)
        except self._library.RequestError as error:
            return broken(error)
        finally:
            SHOWN.reset(before)

    async def _whole(self, send: Send, response: Any) -> Answer:
        chunks: list[bytes] = []
        try:
            take = taker(send, response, chunks)
            async with aclosing(response.aiter_bytes()) as body:
                async for chunk in body:
                    take(chunk)
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, b"".join(chunks))

    def _made(self) -> httpx.AsyncClient:
        """Sockets belong to the event loop that opened them, so each loop has its own."""
        if self._closed:
            raise RuntimeError("the client is closed")
        own = self._own.get(loop := _running_loop())
        if own is None:
            self._own[loop] = own = httpx.AsyncClient()
            self._pid = os.getpid()
        return own

    async def aclose(self) -> None:
        self._closed = True
        own = self._own.pop(_running_loop(), None)
        if own:
            await own.aclose()

    def __del__(self) -> None:
        """Say that it was forgotten; to close it here would be I/O, and there may be no loop."""
        if self._own and self._pid == os.getpid():
            warnings.warn(
                "an AsyncClient was not closed", ResourceWarning, stacklevel=1, source=self
            )


def _place(to: str | PathLike[str] | BinaryIO) -> AbstractContextManager[Any]:
    return whole(Path(to)) if isinstance(to, str | os.PathLike) else nullcontext(to)


def _running_loop() -> Any:
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return sys.modules["trio"].lowlevel.current_trio_token()


T = TypeVar("T")


def converse(call: Call[T], terms: Terms) -> Talk[T]:
    """Begin an exchange in the layers that a client has; the outermost sees what is on the wire."""
    talk = exchange(call, terms)
    if terms.cache is not None:
        from imd_sdk.cache import kept

        talk = kept(talk, call, terms, terms.cache)
    if terms.hooks:
        from imd_sdk.hooks import observed

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
        with _place(to) as file:
            return self.one(call(Download(file, progress)), options)

    def _drive(self, call: Call[T], terms: Terms) -> T:
        talk = converse(call, terms)
        try:
            step = next(talk)
            while True:
                try:
                    outcome = self._do(step)
                except BaseException as error:
                    step = talk.throw(error)
                else:
                    step = talk.send(outcome)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _do(self, step: Step) -> Came:
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
        with _place(to) as file:
            return await self.one(call(Download(file, progress)), options)

    async def _drive(self, call: Call[T], terms: Terms) -> T:
        talk = converse(call, terms)
        try:
            step = next(talk)
            while True:
                try:
                    outcome = await self._do(step)
                except BaseException as error:
                    step = talk.throw(error)
                else:
                    step = talk.send(outcome)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _do(self, step: Step) -> Came:
        if isinstance(step, Send):
            return await self.wire.send(step)
        await self.wait(step.seconds)
        return None
