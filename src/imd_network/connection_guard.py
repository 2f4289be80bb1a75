"""Limits on the connections of a server, between the event loop and the HTTP parser.

uvicorn ends a connection that is idle after a response, and nothing else: it waits without a limit
for a request to arrive and for a client to read. With httptools, it also accepts a request line and
headers of any size.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from imd_network.client_address import find_client_address
from imd_network.client_network import find_network
from imd_network.rejections import (
    API_PATH,
    HEAD_TOO_LARGE,
    NETWORK_IS_FULL,
    PIPELINED,
    SERVER_IS_FULL,
    TOO_SLOW,
    Rejection,
)

BUFFER_BYTES = 16 * 1024
END_OF_HEAD = b"\r\n\r\n"
MAX_PIPELINED = 20
WARNING_SECONDS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConnectionLimits:
    connections: int = 800
    connections_per_network: int = 100
    rejected: int = 100
    """Connections that are told why they are rejected; of further ones, none is."""
    head_seconds: float = 20
    head_bytes: int = 64 * 1024
    request_bytes: int = 256 * 1024
    send_seconds: float = 60
    linger_seconds: float = 2
    sweep_seconds: float = 1
    """How often slow connections are looked for."""


class ConnectionGuard:
    """The connections of a process, and how many each network has."""

    def __init__(self, proxies: str = "", limits: ConnectionLimits | None = None) -> None:
        self.limits = limits or ConnectionLimits()
        self.buffer = bytearray(BUFFER_BYTES)
        """Shared, because what is read into it is passed on before anything else is read."""
        self._proxies = proxies
        self._open: Counter[str | None] = Counter()
        self._connections: set[GuardedConnection] = set()
        self._is_sweeping = False
        self._warned_at = -float("inf")

    def wrap(self, make_protocol: Callable[..., Any]) -> Callable[..., "GuardedConnection"]:
        """Return a factory of protocols for uvicorn, from its own."""
        return lambda *args, **kwargs: GuardedConnection(self, make_protocol(*args, **kwargs))

    def find_network(self, peer: str | None) -> str | None:
        """Return the network that a connection counts for; None if local, or a proxy's."""
        return find_network(find_client_address(peer, (), self._proxies))

    def find_rejection(self, network: str | None) -> Rejection | None:
        if network is not None and self._open[network] >= self.limits.connections_per_network:
            return NETWORK_IS_FULL
        if self._open.total() < self.limits.connections:
            return None
        self._warn()
        return SERVER_IS_FULL

    @property
    def has_room_for_rejected(self) -> bool:
        return len(self._connections) - self._open.total() < self.limits.rejected

    def add(self, connection: "GuardedConnection") -> None:
        self._connections.add(connection)
        if not connection.rejection:
            self._open[connection.network] += 1
        if not self._is_sweeping:
            self._is_sweeping = True
            connection.loop.call_later(self.limits.sweep_seconds, self._sweep, connection.loop)

    def remove(self, connection: "GuardedConnection") -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        if not connection.rejection:
            self._open[connection.network] -= 1
            if not self._open[connection.network]:
                del self._open[connection.network]

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._connections):
            connection.check(now)
        self._is_sweeping = bool(self._connections)
        if self._is_sweeping:
            loop.call_later(self.limits.sweep_seconds, self._sweep, loop)

    def _warn(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._warned_at > WARNING_SECONDS:
            self._warned_at = now
            log.warning("all %d connections are in use: new ones get 503", self.limits.connections)


class GuardedConnection(asyncio.BufferedProtocol):
    """A connection, whose bytes go to the HTTP protocol as long as they are within the limits."""

    transport: asyncio.Transport

    def __init__(self, guard: ConnectionGuard, inner: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.rejection: Rejection | None = None
        self.network: str | None = None
        self._guard, self._limits, self._inner = guard, guard.limits, inner
        self._requests = 0
        self._quiet_since = self.loop.time()
        """Since when no request is handled; since when a connection lingers."""
        self._received = 0
        self._has_head = self._has_responded = self._is_lingering = False
        self._unsent, self._unsent_since = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none by inheritance.
        self.transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.network = self._guard.find_network(str(peer[0]) if peer else None)
        self.rejection = self._guard.find_rejection(self.network)
        if self.rejection and not self._guard.has_room_for_rejected:
            self.transport.abort()
            return
        self._guard.add(self)
        if not self.rejection:
            self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.remove(self)
        if not self.rejection:
            self._inner.connection_lost(exc)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - a name of asyncio
        return self._guard.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._is_lingering:
            return
        data = bytes(memoryview(self._guard.buffer)[:nbytes])
        rejection = self.rejection or self._find_rejection(data)
        if rejection:
            self._reject(rejection, data)
        else:
            CURRENT.set(self)
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        if self.rejection:
            return None
        is_kept_open: bool | None = self._inner.eof_received()
        return is_kept_open

    def pause_writing(self) -> None:
        if not self.rejection:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if not self.rejection:
            self._inner.resume_writing()

    def begin_request(self) -> None:
        self._requests += 1

    def end_request(self) -> None:
        self._requests -= 1
        self._has_responded = True
        self._quiet_since = self.loop.time()
        self._received, self._has_head = 0, False

    def check(self, now: float) -> None:
        """End the connection if its client is too slow."""
        if self._is_sending_too_slowly(now):
            self.transport.abort()
        elif self._is_lingering or self.rejection:
            if now - self._quiet_since > self._limits.linger_seconds:
                self.transport.abort()
        elif not self._requests and now - self._quiet_since > self._limits.head_seconds:
            self._end_wait()

    def _find_rejection(self, data: bytes) -> Rejection | None:
        self._received += len(data)
        ends = data.count(END_OF_HEAD)
        if ends > MAX_PIPELINED:
            return PIPELINED
        self._has_head = self._has_head or bool(ends) or bool(self._requests)
        limit = self._limits.request_bytes if self._has_head else self._limits.head_bytes
        return HEAD_TOO_LARGE if self._received > limit else None

    def _is_sending_too_slowly(self, now: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent or self._unsent == 0:
            self._unsent_since = now
        self._unsent = unsent
        return now - self._unsent_since > self._limits.send_seconds

    def _end_wait(self) -> None:
        """Close a connection without a request; say why if part of one has arrived."""
        if self._received and not self.transport.is_closing():
            self._reject(TOO_SLOW, b"")
        else:
            self.transport.abort()

    def _reject(self, rejection: Rejection, data: bytes) -> None:
        """Close the connection, and drop what still arrives, so that a response is not lost.

        After a response, what arrives may be the rest of its request: nothing more is sent then.
        """
        self._is_lingering, self._quiet_since = True, self.loop.time()
        if self._requests:
            self.transport.abort()
        if self.transport.is_closing():
            return
        if not self._has_responded:
            target = data[:BUFFER_BYTES].partition(b"\r\n")[0].partition(b" ")[2]
            is_api = target.startswith(API_PATH.encode())
            self.transport.write(rejection.encode(is_api=is_api))
        self.transport.write_eof()


CURRENT: ContextVar[GuardedConnection | None] = ContextVar("connection", default=None)
"""The connection of a request: the server creates the request's task while it reads."""
