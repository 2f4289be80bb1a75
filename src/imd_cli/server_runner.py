"""Helpers of the commands that run a server: sockets, a clean shutdown, settings."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from imd_cli.errors import CommandError
from imd_cli.process_tuning import reduce_pauses
from imd_cli.supervisor import Program, StartFailed, Supervisor
from imd_network.connection_guard import ConnectionGuard
from imd_network.request_guard import RequestGuard

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings
    from starlette.applications import Starlette

    from imd_monitoring.log_format import LogFormat

S = TypeVar("S", bound="BaseSettings")
GRACE_SECONDS = 5
KEEP_ALIVE_SECONDS = 5
MAX_WORKERS = 64
Lifespan = Callable[["Starlette"], AbstractAsyncContextManager[Any]]


def add_address_options(parser: argparse.ArgumentParser, *, port: int) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)"
    )
    parser.add_argument(
        "--port", type=int, default=port, help=f"port (default {port}); 0 chooses a free one"
    )


def add_workers_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        type=_read_workers,
        default=1,
        metavar="N",
        help="processes that serve requests (default 1)",
    )


def add_log_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="text: warnings and errors (default); json: also a line for each request",
    )


def _read_workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"choose a whole number from 1 to {MAX_WORKERS}")
    return int(text)


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; raise CommandError if that is impossible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio sets TCP_NODELAY on what is accepted.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or _explain(error)
        raise CommandError(
            f"cannot listen on {host}:{port}: {reason}; choose another port or host"
        ) from error
    return listener


def _explain(error: Exception) -> str:
    return "ports are 0 to 65535" if isinstance(error, OverflowError) else "not a host name"


def get_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    make_app: Callable[[], "Starlette"],
    listener: socket.socket,
    *,
    greeting: str,
    workers: int = 1,
    trusted_proxies: str = "",
    background: Sequence[Program] = (),
    log_format: "LogFormat" = "text",
) -> None:
    """Serve until a signal; several workers are processes with an application each.

    `background` runs beside several workers, in processes of its own.
    """

    def greet() -> None:
        print(greeting, flush=True)

    if workers > 1 and sys.platform == "win32":
        raise CommandError("--workers needs Linux or macOS: use one worker")
    serve_app = partial(serve, make_app, trusted_proxies, log_format)
    try:
        if workers == 1:
            serve_app(listener, greet)
        else:
            _configure_logging(log_format)
            Supervisor(listener, [*background, *[serve_app] * workers]).run(greet)
    except StartFailed as error:
        raise CommandError("the server did not start; see the messages above") from error
    print("\nStopped.")


def serve(
    make_app: Callable[[], "Starlette"],
    trusted_proxies: str,
    log_format: "LogFormat",
    listener: socket.socket,
    on_ready: Callable[[], None],
) -> None:
    """Serve in this process."""
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    _configure_logging(log_format)
    guard = ConnectionGuard(trusted_proxies)
    shutdown_event = asyncio.Event()
    is_background_job = signal.getsignal(signal.SIGINT) is signal.SIG_IGN

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if sig != signal.SIGINT or not is_background_job:
                super().handle_exit(sig, frame)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            shutdown_event.set()
            await super().shutdown(sockets)

    app = make_app()
    _call_when_ready(app, on_ready, shutdown_event)
    config = uvicorn.Config(
        RequestGuard(app, trusted_proxies),
        access_log=False,
        http=guard.wrap(AutoHTTPProtocol),  # type: ignore[arg-type]
        log_config=None,
        lifespan="on",
        log_level="error",  # its warnings are about requests of strangers
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )
    server = Server(config)
    with suppress(KeyboardInterrupt, SystemExit), _drain_at_hangup(server.handle_exit):
        server.run(sockets=[listener])
    if not server.started:
        raise StartFailed


def _configure_logging(log_format: "LogFormat") -> None:
    from imd_monitoring.log_format import configure_logging

    configure_logging(log_format)


@contextmanager
def _drain_at_hangup(handle_exit: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """If the terminal is closed, finish open requests before this process ends."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        yield
        return
    received = []

    def drain(number: int, frame: FrameType | None) -> None:
        received.append(number)
        handle_exit(number, frame)

    previous = signal.signal(hangup, drain)
    try:
        yield
    finally:
        signal.signal(hangup, previous)
        for number in received:
            signal.raise_signal(number)


def _call_when_ready(
    app: "Starlette", on_ready: Callable[[], None], shutdown_event: asyncio.Event
) -> None:
    """Report the end of the startup; `state.shutdown_event` ends open responses."""
    opened: Lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(scope_app: "Starlette") -> AsyncIterator[Any]:
        async with opened(scope_app) as state:
            reduce_pauses()
            on_ready()
            yield {**(state or {}), "shutdown_event": shutdown_event}

    app.router.lifespan_context = lifespan


def read_settings(model: type[S]) -> S:
    """Read settings; raise CommandError that names each invalid variable."""
    from pydantic import ValidationError

    try:
        return model()
    except ValidationError as error:
        prefix = str(model.model_config.get("env_prefix", ""))
        messages = [
            f"{prefix}{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise CommandError(
            f"settings: {'; '.join(messages)} (docs/running.md)", status=2
        ) from error
    except ValueError as error:
        raise CommandError(f"settings: {error} (docs/running.md)", status=2) from error
