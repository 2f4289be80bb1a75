"""Middleware for request IDs, the access log, HEAD, cookies and uncaught errors."""

import logging
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.crypto import new_id
from imd_campaign.errors import CampaignError, NotFound
from imd_campaign.failures import log_failure
from imd_campaign.web.problems import make_problem_response
from imd_monitoring.access_log import log_access

ACCESS = logging.getLogger("imd_campaign.access")
REQUEST_ID = b"x-request-id"
_NUMBERS = count(1)
_ID_PREFIX = new_id("req")[:-8]


class RequestIdMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        started_at, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID.decode()] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            request = scope["method"], get_route(scope), status, time.perf_counter() - started_at
            log_access(ACCESS, *request, request_id=request_id)


def new_request_id() -> str:
    """Return an ID that is unique, but can be guessed: it opens nothing."""
    return f"{_ID_PREFIX}{next(_NUMBERS):08x}"


def get_route(scope: Mapping[str, Any]) -> str:
    """Return the route's template: a path can contain a token, and a query a place."""
    return getattr(scope.get("route"), "path", "(no route)")


class CookieMiddleware:
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

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class ResponseInterrupted(Exception):  # noqa: N818 as in errors
    """A response broke off half-way; the cause is in the server's own log."""


class ErrorMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = False

        async def watch(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._run(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 the last net: it is logged, without its message
            _log_error(error, scope)
            if is_started:
                raise ResponseInterrupted from None
            response = make_problem_response(error, scope["state"]["request_id"])
            await response(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\x00" in scope["path"]:
            raise NotFound
        await self.app(scope, receive, send)


def _log_error(error: Exception, scope: Scope) -> None:
    if isinstance(error, CampaignError):
        return
    log_failure(scope["state"]["request_id"], error)
