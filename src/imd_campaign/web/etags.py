"""Add strong entity tags to cacheable responses; respond with 304 (RFC 9110, 8.8.3, 13.1.2)."""

import hashlib
from typing import Any

from fastapi import Depends
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS_ON_304 = ("cache-control", "content-location", "date", "etag", "expires", "vary")
OK = 200
TAGGED_STATUSES = {OK, 206}
TAG_BYTES = 16


def allow_caching(seconds: int) -> Any:
    """Make a response public and cacheable; for a route's `dependencies`."""

    async def set_header(response: Response) -> None:
        set_public_cache(response, seconds)

    return Depends(set_header)


def set_public_cache(response: Response, seconds: int) -> None:
    response.headers["Cache-Control"] = (
        f"public, max-age={seconds}, stale-while-revalidate={2 * seconds}, "
        f"stale-if-error={5 * seconds}"
    )


def make_entity_tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[: 2 * TAG_BYTES]}"'


class ConditionalGetMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _TaggedResponse(Headers(scope=scope), send).pass_on)


class _TaggedResponse:
    """Hold back a response until its tag is known."""

    def __init__(self, request_headers: Headers, send: Send) -> None:
        self._known_tags = [
            tag.strip() for tag in request_headers.get("if-none-match", "").split(",")
        ]
        self._is_private = "authorization" in request_headers
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()
        self._is_sent = False

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is not None:
            await self._collect(message)
        elif not self._is_sent:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        if self._is_private:
            headers["Cache-Control"] = "no-store"
        is_cacheable = "public" in headers.get("cache-control", "")
        if message["status"] in TAGGED_STATUSES and "etag" in headers:
            await self._decide(message)
        elif message["status"] == OK and is_cacheable:
            self._start = message
        else:
            await self._send(message)

    async def _collect(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        start, self._start = self._start, None
        MutableHeaders(scope=start)["ETag"] = make_entity_tag(bytes(self._body))
        await self._decide(start)
        if not self._is_sent:
            await self._send({"type": "http.response.body", "body": bytes(self._body)})

    async def _decide(self, start: Message) -> None:
        headers = Headers(raw=start["headers"])
        if not self._matches(headers["etag"]):
            await self._send(start)
            return
        self._is_sent = True
        kept_headers = [pair for pair in start["headers"] if pair[0].decode() in HEADERS_ON_304]
        await self._send({"type": "http.response.start", "status": 304, "headers": kept_headers})
        await self._send({"type": "http.response.body", "body": b""})

    def _matches(self, tag: str) -> bool:
        return "*" in self._known_tags or tag in {
            known.removeprefix("W/") for known in self._known_tags
        }
