"""Strong entity tags, and responses with 304 (RFC 9110, 8.8.3, 13.1.2)."""

import hashlib
from typing import Any

from fastapi import Depends
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS_ON_304 = {
    b"cache-control",
    b"content-location",
    b"date",
    b"etag",
    b"expires",
    b"vary",
}
TAGGED_STATUSES = {200, 206}
TAG_BYTES = 16


def allow_caching(seconds: int) -> Any:
    """Make a response public and cacheable; for a route's `dependencies`."""

    async def set_header(response: Response) -> None:
        set_public_cache(response, seconds)

    return Depends(set_header)


def require_revalidation() -> Any:
    """Make a response public, but let caches ask each time: staff can withdraw it at once."""

    async def set_header(response: Response) -> None:
        response.headers["Cache-Control"] = "public, no-cache"

    return Depends(set_header)


def set_public_cache(response: Response, seconds: int) -> None:
    response.headers["Cache-Control"] = (
        f"public, max-age={seconds}, stale-while-revalidate={2 * seconds}, "
        f"stale-if-error={5 * seconds}"
    )


def make_entity_tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[: 2 * TAG_BYTES]}"'


def matches_tag(known_tags: str, tag: str) -> bool:
    """Return whether an If-None-Match field has a tag; weak ones count (RFC 9110, 13.1.2)."""
    known = {known.strip().removeprefix("W/") for known in known_tags.split(",")}
    return bool(known & {tag, "*"})


class ConditionalGetMiddleware:
    """Respond with 304 where a route sets an entity tag; `public_cache` tags all that is public."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _TaggedResponse(Headers(scope=scope), send).pass_on)


class _TaggedResponse:
    def __init__(self, request_headers: Headers, send: Send) -> None:
        self._known_tags = request_headers.get("if-none-match", "")
        self._is_private = "authorization" in request_headers
        self._send = send
        self._is_sent = False

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif not self._is_sent:
            await self._send(message)

    async def _begin(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        if self._is_private:
            headers["Cache-Control"] = "no-store"
        is_tagged = start["status"] in TAGGED_STATUSES and "etag" in headers
        if not is_tagged or not matches_tag(self._known_tags, headers["etag"]):
            await self._send(start)
            return
        self._is_sent = True
        kept_headers = [pair for pair in start["headers"] if pair[0] in HEADERS_ON_304]
        await self._send({"type": "http.response.start", "status": 304, "headers": kept_headers})
        await self._send({"type": "http.response.body", "body": b""})
