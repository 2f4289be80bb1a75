"""Campaigns without sockets, for the clients of httpx and httpx2."""

from collections.abc import Callable
from typing import Any

from payloads import HEADERS

Serve = Callable[[str, str], tuple[int, bytes]]
"""From path and method to status and body."""


def transport(library: Any, serve: Serve) -> Any:
    def handle(request: Any) -> Any:
        status, body = serve(request.url.path, request.method)
        return library.Response(status, headers=HEADERS, content=body)

    return library.MockTransport(handle)
