"""Around every request: its id, its log, HEAD as GET, no cookies; problems for uncaught errors."""

import logging
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.crypto import new_id
from imd_campaign.errors import CampaignError, NotFound
from imd_campaign.web.problems import problem_response

ACCESS = logging.getLogger("imd_campaign.access")
FAILURES = logging.getLogger("imd_campaign.failures")


class RequestIdMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        begun, status = time.perf_counter(), 0

        async def sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, sealed)
        finally:
            spent = (time.perf_counter() - begun) * 1000
            ACCESS.info(
                "%s %s %d %.1f ms %s", scope["method"], _route(scope), status, spent, request_id
            )


def _route(scope: Scope) -> str:
    """The route's template: a path can hold a token, a query can hold a place."""
    return getattr(scope.get("route"), "path", "(no route)")


class NoCookies:
    """Drop cookies: no endpoint has any, and FastAPI would parse them for each, at any cost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
        await self.app(scope, receive, send)


class HeadMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self.app(scope, receive, without_body)


class CutShort(Exception):  # noqa: N818 as in errors
    """An answer broke off half-way; what broke is in our own log."""


class ErrorMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._somewhere(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 the last net: it is logged, without its message
            _log(error, scope)
            if started:
                raise CutShort from None
            response = problem_response(error, scope["state"]["request_id"])
            await response(scope, receive, send)

    async def _somewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\x00" in scope["path"]:
            raise NotFound
        await self.app(scope, receive, send)


def _log(error: Exception, scope: Scope) -> None:
    if isinstance(error, CampaignError):
        return
    # Frames and the error's class only: messages of databases and parsers repeat values.
    frames = "".join(traceback.format_tb(error.__traceback__))
    FAILURES.error("%s %s\n%s", scope["state"]["request_id"], type(error).__name__, frames)
