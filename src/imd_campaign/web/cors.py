"""Allow any origin to read public GETs, and nothing else.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EXPOSED_HEADERS = "Accept-Ranges, Content-Range, ETag, Repr-Digest, Retry-After, X-Request-Id"
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
}


class CorsMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and (methods := _find_methods(scope)):
            await _make_options_response(scope, methods)(scope, receive, send)
        elif scope["method"] == "GET" and "authorization" not in Headers(scope=scope):
            await self.app(scope, receive, _allow_any_origin(send))
        else:
            await self.app(scope, receive, send)


def _find_methods(scope: Scope) -> list[str]:
    found: list[str] = scope["app"].state.openapi_validator.list_methods(scope["path"])
    return found


def _make_options_response(scope: Scope, methods: list[str]) -> Response:
    requested = Headers(scope=scope).get("access-control-request-method", "")
    readable = PREFLIGHT if requested in {"GET", "HEAD"} and requested in methods else {}
    return Response(status_code=204, headers={"Allow": ", ".join(methods), **readable})


def _allow_any_origin(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        await send(message)

    return send_with_headers
