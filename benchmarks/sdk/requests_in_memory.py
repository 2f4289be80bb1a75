"""Servers without sockets for requests, whose users offer no way to pass a transport."""

from io import BytesIO
from typing import Any

from httpx_in_memory import Respond
from payloads import HEADERS
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


def serve_requests(respond: Respond) -> None:
    def send(self: HTTPAdapter, request: Any, **_: Any) -> Any:
        status, body = respond(request.path_url.partition("?")[0], request.method)
        raw = HTTPResponse(BytesIO(body), HEADERS, status, preload_content=False)
        return self.build_response(request, raw)

    HTTPAdapter.send = send
