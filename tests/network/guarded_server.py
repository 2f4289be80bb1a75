"""A small application behind the guards, on a real server with either of uvicorn's parsers."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from imd_network.connection_guard import ConnectionGuard, ConnectionLimits
from imd_network.request_guard import RequestGuard, RequestLimits

SECONDS = 10
LARGE = 64 * 1024 * 1024

try:
    import uvloop
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # extras of uvicorn
    PARSERS = [(H11Protocol, "asyncio")]
else:
    assert uvloop
    PARSERS = [(H11Protocol, "asyncio"), (HttpToolsProtocol, "uvloop")]


async def respond(scope: Any, receive: Any, send: Any) -> None:
    """Send what the path names: `/large`, `/open` (until the client leaves), or the body's size."""
    body, more = b"", scope["path"] != "/unread"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    content = bytes(LARGE) if scope["path"] == "/large" else b"%d bytes" % len(body)
    is_stream = scope["path"] == "/open"
    headers = [] if is_stream else [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while is_stream and (await receive())["type"] != "http.disconnect":
        pass
    await send({"type": "http.response.body", "body": content})


class LoopbackGuard(ConnectionGuard):
    """Counts each address of loopback as a network of its own, and 127.0.0.1 as none."""

    def find_network(self, peer: str | None) -> str | None:
        return None if peer == "127.0.0.1" else peer


@dataclass
class GuardedServer:
    port: int
    guard: ConnectionGuard
    sockets: list[socket.socket] = field(default_factory=list)

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), SECONDS, (source, 0))
        self.sockets.append(connection)
        return connection

    def wait_for_open(self, number: int) -> None:
        deadline = time.monotonic() + SECONDS
        while len(self.guard._connections) != number and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.guard._connections) == number

    def send(self, data: bytes, source: str = "127.0.0.1") -> socket.socket:
        connection = self.connect(source)
        connection.sendall(data)
        return connection

    def exchange(self, data: bytes, source: str = "127.0.0.1") -> bytes:
        return read_all(self.send(data, source))


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def read_until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received and (chunk := connection.recv(65536)):
        received += chunk
    return received


@dataclass
class GuardedServers:
    """Servers of this test run, each with limits of its own."""

    running: dict[Any, tuple[GuardedServer, Callable[[], None]]] = field(default_factory=dict)

    def start(
        self, parser: Any, connections: Any = None, requests: Any = None, proxies: str = ""
    ) -> GuardedServer:
        key = (parser, connections, requests, proxies)
        if key not in self.running:
            self.running[key] = start(*key)
        return self.running[key][0]

    def disconnect(self) -> None:
        for server, _ in self.running.values():
            while server.sockets:
                server.sockets.pop().close()
            server.wait_for_open(0)

    def stop(self) -> None:
        for _, stop in self.running.values():
            stop()


def start(
    parser: Any,
    connections: ConnectionLimits | None,
    requests: RequestLimits | None,
    proxies: str,
) -> tuple[GuardedServer, Callable[[], None]]:
    guard = LoopbackGuard(proxies, connections)
    config = uvicorn.Config(
        RequestGuard(respond, proxies, requests),
        http=guard.wrap(parser[0]),
        loop=parser[1],
        lifespan="off",
        log_level="critical",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    deadline = time.monotonic() + SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started

    def stop() -> None:
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive()

    return GuardedServer(listener.getsockname()[1], guard), stop
