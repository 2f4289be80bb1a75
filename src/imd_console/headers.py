"""Headers of all responses; requests in the log and the metrics, by template and never by path."""

import logging
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.context import Context
from imd_monitoring.access_log import log_access

ACCESS = logging.getLogger("imd_console.access")
ROUTE = "imd_console.route"
"""In the scope of a request: the template of its page."""

NO_ROUTE = "(no route)"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


class HeaderMiddleware:
    def __init__(self, app: ASGIApp, get_context: Callable[[], Context]) -> None:
        self.app = app
        self._get_context = get_context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - began
            request = scope["method"], scope.get(ROUTE, NO_ROUTE), status, seconds
            self._get_context().metrics.requests.record(*request)
            log_access(ACCESS, *request)
