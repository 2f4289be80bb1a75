"""Limits on requests for any ASGI application: their size, their time, and a network's share."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from imd_network.client_address import find_client_address
from imd_network.client_network import find_network
from imd_network.connection_guard import CURRENT
from imd_network.rejections import (
    API_PATH,
    HEAD_TOO_LARGE,
    NETWORK_IS_FULL,
    TOO_SLOW,
    URL_TOO_LONG,
    Rejection,
)

MAX_CACHED_LENGTH = 200

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class RequestLimits:
    url_bytes: int = 8 * 1024
    headers: int = 100
    header_bytes: int = 32 * 1024
    body_seconds: float = 30
    requests_per_network: int = 100
    """Requests of one network that are handled at the same time."""


class RequestGuard:
    def __init__(
        self, app: Application, proxies: str = "", limits: RequestLimits | None = None
    ) -> None:
        self._app, self._proxies = app, proxies
        self._limits = limits or RequestLimits()
        self._running: Counter[str] = Counter()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = CURRENT.get()
        if connection is None:  # of another server
            await self._handle(scope, receive, send)
            return
        connection.begin_request()
        try:
            await self._handle(scope, receive, send)
        finally:
            connection.end_request()

    async def _handle(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        head = _read_head(scope)
        network = self._find_network(scope, head.forwarded_for)
        if rejection := self._find_rejection(scope, head, network):
            await _send(rejection, scope, send)
            return
        if head.has_body:
            deadline = asyncio.get_running_loop().time() + self._limits.body_seconds
            timed = _TimedRequest(scope, receive, send, deadline)
            receive, send = timed.receive, timed.send
        with self._count(network):
            await self._app(scope, receive, send)

    def _find_network(
        self, scope: MutableMapping[str, Any], forwarded_for: tuple[bytes, ...]
    ) -> str | None:
        peer, _ = scope.get("client") or (None, None)
        known = forwarded_for if self._proxies else ()
        is_short = sum(map(len, known)) <= MAX_CACHED_LENGTH
        return (_find_network if is_short else _find_network.__wrapped__)(
            peer, known, self._proxies
        )

    def _find_rejection(
        self, scope: MutableMapping[str, Any], head: "_Head", network: str | None
    ) -> Rejection | None:
        limits = self._limits
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > limits.url_bytes:
            return URL_TOO_LONG
        if head.size > limits.header_bytes or len(scope["headers"]) > limits.headers:
            return HEAD_TOO_LARGE
        is_full = network is not None and self._running[network] >= limits.requests_per_network
        return NETWORK_IS_FULL if is_full else None

    @contextmanager
    def _count(self, network: str | None) -> Iterator[None]:
        if network is None:
            yield
            return
        self._running[network] += 1
        try:
            yield
        finally:
            self._running[network] -= 1
            if not self._running[network]:
                del self._running[network]


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    has_body: bool
    forwarded_for: tuple[bytes, ...]


def _read_head(scope: MutableMapping[str, Any]) -> _Head:
    size, has_body, forwarded_for = 0, False, []
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"x-forwarded-for":
            forwarded_for.append(value)
        elif name in {b"content-length", b"transfer-encoding"}:
            has_body = True
    return _Head(size, has_body, tuple(forwarded_for))


@lru_cache(maxsize=4096)
def _find_network(peer: str | None, forwarded_for: tuple[bytes, ...], proxies: str) -> str | None:
    values = [value.decode("latin-1") for value in forwarded_for]
    return find_network(find_client_address(peer, values, proxies))


class _TimedRequest:
    """A request whose body must arrive by a deadline; if it does not, the application is left."""

    def __init__(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, deadline: float
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._deadline = deadline
        self._is_complete = self._is_started = self._is_late = False

    async def receive(self) -> Message:
        if self._is_late:
            return {"type": "http.disconnect"}
        if self._is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return await self._end()
        self._is_complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self._is_late:
            self._is_started = True
            await self._send(message)

    async def _end(self) -> Message:
        self._is_late = True
        if not self._is_started:
            await _send(TOO_SLOW, self._scope, self._send)
        return {"type": "http.disconnect"}


async def _send(rejection: Rejection, scope: MutableMapping[str, Any], send: Send) -> None:
    is_api = scope["path"].startswith(API_PATH)
    headers = rejection.make_headers(is_api=is_api)
    body = b"" if scope["method"] == "HEAD" else rejection.make_body(is_api=is_api)
    start = {"type": "http.response.start", "status": rejection.status.value, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
