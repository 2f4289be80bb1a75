"""An HTTP server for metrics, on the loopback interface alone."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from socket import SO_REUSEADDR, SOL_SOCKET
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

LOOPBACK = "127.0.0.1"
MAX_PROCESSES = 64
MAX_PORT = 65_535
IDLE_SECONDS = 10
POLL_SECONDS = 0.1
REUSE_ADDRESS = (SOL_SOCKET, SO_REUSEADDR, 1)

LOG = logging.getLogger(__name__)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_port = False  # two workers on one port would be scraped in turns

    def server_bind(self) -> None:
        """Bind without the name server, which the base class asks for the name of this machine."""
        self.socket.setsockopt(*REUSE_ADDRESS)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    timeout = IDLE_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Log no request: there is one every few seconds."""


@contextmanager
def serve_metrics(registry: CollectorRegistry, first_port: int | None) -> Iterator[int | None]:
    """Serve on the first free port from this one on, so that each worker process has its own."""
    server = _open_server(registry, first_port) if first_port else None
    if server is None:
        yield None
        return
    thread = Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _open_server(registry: CollectorRegistry, first_port: int) -> WSGIServer | None:
    last_port = min(first_port + MAX_PROCESSES - 1, MAX_PORT)
    app = make_wsgi_app(registry)
    for port in range(first_port, last_port + 1):
        try:
            return make_server(LOOPBACK, port, app, _Server, _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                LOG.error("no metrics: cannot listen on port %d: %s", port, error.strerror)  # noqa: TRY400 the line says all
                return None
    LOG.error("no metrics: the ports %d to %d are in use", first_port, last_port)
    return None
