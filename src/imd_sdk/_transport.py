"""The transport: a client of httpx or httpx2, behind one interface for both."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from contextlib import aclosing, contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import httpx

from imd_sdk._redaction import LOGGED_URL, RedactingFilter
from imd_sdk._response import RawResponse
from imd_sdk._retry_flow import Send, TransportFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

LIBRARIES = ("httpx", "httpx2")
for _name in LIBRARIES:
    logging.getLogger(_name).addFilter(RedactingFilter())

NOT_SENT_ERRORS = {
    "ConnectError",
    "ConnectTimeout",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}
"""The errors that come before the first byte of a request is sent."""
PERMANENT_ERRORS = {"LocalProtocolError", "UnsupportedProtocol"}
INHERITED_CLIENTS: list[Any] = []
"""In a forked child, the clients of its parent: to release one would close the connections."""


class HttpClient(Protocol):
    """What the SDK uses of ``httpx.Client`` and ``httpx2.Client``."""

    @property
    def base_url(self) -> Any: ...

    @property
    def build_request(self) -> Callable[..., Any]: ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...) -> Any: ...

    def close(self) -> None: ...


class AsyncHttpClient(Protocol):
    """What the SDK uses of ``httpx.AsyncClient`` and ``httpx2.AsyncClient``."""

    @property
    def base_url(self) -> Any: ...

    @property
    def build_request(self) -> Callable[..., Any]: ...

    async def send(
        self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...
    ) -> Any: ...


def find_library(http_client: object, kind: str) -> ModuleType:
    """Return the HTTP library that a client belongs to."""
    for ancestor in type(http_client).__mro__:
        module = ancestor.__module__.partition(".")[0]
        if module in LIBRARIES and ancestor.__name__ == kind:
            return sys.modules[module]
    raise TypeError(f"http_client must be a {kind} of httpx or httpx2")


def choose_base_url(given: str | None, http_client: HttpClient | AsyncHttpClient | None) -> str:
    """Check the argument, else the base URL of ``http_client``, else ``IMD_BASE_URL``."""
    default = str(http_client.base_url) if http_client else ""
    url = str(given or default or os.environ.get("IMD_BASE_URL", "")).strip().rstrip("/")
    if not _is_http_url(url):
        raise ValueError(
            "base_url must be a campaign's URL, such as https://campaign.example; "
            "pass it or set IMD_BASE_URL"
        )
    if re.search("[@?#]", url):
        raise ValueError("base_url must have no user, password, query or fragment")
    return url


def _is_http_url(url: str) -> bool:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    has_host, port = bool(re.fullmatch(_HOST, parts.raw_host)), parts.port
    return parts.scheme in {"http", "https"} and has_host and (port is None or port in PORTS)


PORTS = range(1, 1 << 16)
_HOST = rb"([^\s.%\\]{1,63}\.)*[^\s.%\\]{1,63}\.?"
"""RFC 1035, 2.3.4: a longer or an empty label cannot be looked up."""


def to_failure(error: Any) -> TransportFailure:
    """Classify an error of the HTTP library, and remove what it holds of the request."""
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    error.request = error.__cause__ = error.__context__ = None
    return TransportFailure(
        was_sent=names.isdisjoint(NOT_SENT_ERRORS),
        cause=error.with_traceback(None),
        is_permanent=not names.isdisjoint(PERMANENT_ERRORS),
    )


def build_request(http: Any, send: Send) -> Any:
    headers = send.headers
    if send.download:
        headers = {**headers, **send.download.request_headers()}
    return http.build_request(
        send.method, send.url, headers=headers, content=send.body, timeout=send.timeout
    )


def choose_writer(send: Send, response: Any, chunks: list[bytes]) -> Callable[[bytes], None]:
    """Write the body of a successful download to its file; collect any other body."""
    if send.download is None or not response.is_success:
        return chunks.append
    send.download.begin(RawResponse(response.status_code, response.headers, b""))
    return send.download.write


def is_past(until: float | None) -> bool:
    return until is not None and monotonic() >= until


def deadline_failure() -> TransportFailure:
    cause = TimeoutError("the response was not complete before the deadline")
    return TransportFailure(was_sent=True, cause=cause)


class SetupError(Exception):
    """The HTTP library rejects a setting of the environment."""


@contextmanager
def reject_settings() -> Iterator[None]:
    """Say which settings to check; the error of the library may quote a proxy's password."""
    try:
        yield
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        reason = "" if isinstance(error, httpx.InvalidURL) else f": {error}"
        raise SetupError(
            f"{type(error).__name__}{reason}; check the environment variables for proxies,"
            " and SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None


def setup_failure(error: SetupError) -> TransportFailure:
    error.__context__ = None
    return TransportFailure(was_sent=False, cause=error.with_traceback(None), is_permanent=True)


class HttpTransport:
    """Sends requests over one client, which it makes at the first request if none was given."""

    def __init__(self, http_client: HttpClient | None) -> None:
        self._own: httpx.Client | None = None
        self._library = find_library(http_client, "Client") if http_client else httpx
        self._given: Any = http_client
        self._pid = os.getpid()
        self._locks: dict[int, Lock] = {}
        self._is_closed = False

    def send(self, send: Send) -> RawResponse | TransportFailure:
        try:
            http = self._given or self._own_client()
        except SetupError as error:
            return setup_failure(error)
        request = build_request(http, send)
        before = LOGGED_URL.set(send.logged_url)
        try:
            return self._read(send, http.send(request, stream=True, follow_redirects=False))
        except self._library.RequestError as error:
            return to_failure(error)
        finally:
            LOGGED_URL.reset(before)

    def _read(self, send: Send, response: Any) -> RawResponse | TransportFailure:
        chunks: list[bytes] = []
        try:
            write = choose_writer(send, response, chunks)
            for chunk in response.iter_bytes():
                write(chunk)
                if is_past(send.until):
                    return deadline_failure()
        finally:
            response.close()
        return RawResponse(response.status_code, response.headers, b"".join(chunks))

    def _own_client(self) -> httpx.Client:
        """Make a new client in a forked child: it must not use its parent's connections."""
        own = self._own
        if own and self._pid == os.getpid():
            return own
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the client is closed")
            if self._pid != os.getpid():
                INHERITED_CLIENTS.append(self._own)
                self._own, self._pid = None, os.getpid()
            if self._own is None:
                with reject_settings():
                    self._own = httpx.Client()
            return self._own

    @property
    def _lock(self) -> Lock:
        """One per process: a thread that a forked child lacks may hold the parent's lock."""
        return self._locks.setdefault(os.getpid(), Lock())

    def close(self) -> None:
        with self._lock:
            own, self._own, self._is_closed = self._own, None, True
        if own and self._pid == os.getpid():
            own.close()

    def __del__(self) -> None:
        """Warn only: closing would do I/O at an arbitrary moment."""
        if self._own and self._pid == os.getpid():
            warnings.warn("a Client was not closed", ResourceWarning, stacklevel=1, source=self)


DEADLINE_GRACE = 0.05
"""Seconds for the HTTP library to notice the deadline itself: its error says more."""


class AsyncHttpTransport:
    """Sends requests over one client per event loop, or over the one that was given."""

    def __init__(self, http_client: AsyncHttpClient | None) -> None:
        self._own: WeakKeyDictionary[Any, httpx.AsyncClient] = WeakKeyDictionary()
        self._library = find_library(http_client, "AsyncClient") if http_client else httpx
        self._given: Any = http_client
        self._pid = os.getpid()
        self._is_closed = False

    async def send(self, send: Send) -> RawResponse | TransportFailure:
        if send.until is None:
            return await self._send(send)
        from anyio import move_on_after

        with move_on_after(send.until - monotonic() + DEADLINE_GRACE):
            return await self._send(send)
        return deadline_failure()

    async def _send(self, send: Send) -> RawResponse | TransportFailure:
        try:
            http = self._given or self._own_client()
        except SetupError as error:
            return setup_failure(error)
        request = build_request(http, send)
        before = LOGGED_URL.set(send.logged_url)
        try:
            response = await http.send(request, stream=True, follow_redirects=False)
            return await self._read(send, response)
        except self._library.RequestError as error:
            return to_failure(error)
        finally:
            LOGGED_URL.reset(before)

    async def _read(self, send: Send, response: Any) -> RawResponse:
        chunks: list[bytes] = []
        try:
            write = choose_writer(send, response, chunks)
            async with aclosing(response.aiter_bytes()) as body:
                async for chunk in body:
                    write(chunk)
        finally:
            await response.aclose()
        return RawResponse(response.status_code, response.headers, b"".join(chunks))

    def _own_client(self) -> httpx.AsyncClient:
        """Make one per event loop: connections belong to the loop that opened them."""
        if self._is_closed:
            raise RuntimeError("the client is closed")
        own = self._own.get(loop := _running_loop())
        if own is None:
            with reject_settings():
                self._own[loop] = own = httpx.AsyncClient()
            self._pid = os.getpid()
        return own

    async def aclose(self) -> None:
        self._is_closed = True
        own = self._own.pop(_running_loop(), None)
        if own:
            await own.aclose()

    def __del__(self) -> None:
        """Warn only: closing would do I/O, and there may be no event loop."""
        if self._own and self._pid == os.getpid():
            warnings.warn(
                "an AsyncClient was not closed", ResourceWarning, stacklevel=1, source=self
            )


def _running_loop() -> Any:
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return sys.modules["trio"].lowlevel.current_trio_token()
