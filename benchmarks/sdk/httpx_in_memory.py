"""Servers without sockets, for the clients of httpx and httpx2."""

from collections.abc import Callable
from typing import Any

from payloads import HEADERS

Respond = Callable[[str, str], tuple[int, bytes]]
"""Turns a path and a method into a status and a body."""


def make_transport(library: Any, respond: Respond) -> Any:
    def handle(request: Any) -> Any:
        status, body = respond(request.url.path, request.method)
        return library.Response(status, headers=HEADERS, content=body)

    return library.MockTransport(handle)
