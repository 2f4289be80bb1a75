"""Campaigns without sockets, for requests: what uses it has no place to pass a transport in."""

from io import BytesIO
from typing import Any

from in_memory import Serve
from payloads import HEADERS
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


def answer_requests(serve: Serve) -> None:
    def send(self: HTTPAdapter, request: Any, **_: Any) -> Any:
        status, body = serve(request.path_url.partition("?")[0], request.method)
        raw = HTTPResponse(BytesIO(body), HEADERS, status, preload_content=False)
        return self.build_response(request, raw)

    HTTPAdapter.send = send
