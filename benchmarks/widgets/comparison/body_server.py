"""A loopback server of bodies that are already encoded with brotli."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".geojson": "application/geo+json",
}


def get_name(path: str) -> str:
    return path.partition("?")[0].removeprefix("/")


@contextmanager
def serve_bodies(bodies: Mapping[str, bytes]) -> Iterator[str]:
    """Serve the bodies and return the URL; bodies that are added later are served too."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = get_name(self.path)
            body = bodies.get(name, b"")
            self.send_response(200 if body else 404)
            self.send_header(
                "Content-Type", MEDIA_TYPES.get(Path(name).suffix, "text/html; charset=utf-8")
            )
            self.send_header("Content-Encoding", "br")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
