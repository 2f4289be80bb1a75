"""Public responses as bytes in memory: a request that finds one touches neither a thread nor SQL.

A response is made again when a table that it was made from has changed; if another process has
changed it, at most a second later.
"""

import asyncio
import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from anyio import sleep_forever, to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imd_campaign.table_changes import TableChanges, record_reads
from imd_campaign.web.etags import make_entity_tag, matches_tag
from imd_campaign.web.middleware import ACCESS, REQUEST_ID, get_route, new_request_id
from imd_monitoring.access_log import log_access
from imd_monitoring.request_metrics import NOT_COUNTED, RequestMetrics

MAX_AGE = timedelta(seconds=0.5)
# A response of this age is still sent while it is made again.
MAX_AGE_OF_SENT = 2 * MAX_AGE
MAX_AGE_OF_STALE = timedelta(minutes=1)
MAX_BYTES = 32 * 1024 * 1024
MAX_BODY_BYTES = 1024 * 1024
MAX_KEY_BYTES = 2000
# Measured for a short body, whose headers and objects are most of its response.
OVERHEAD_BYTES = 3000
MIN_COMPRESSED_BYTES = 500
COMPRESSION_LEVEL = 6
GZIP_WINDOW = 31
OK, FIRST_SERVER_ERROR = 200, 500
ZERO_WEIGHT = re.compile(r"q=0(\.0*)?")
DROPPED_HEADERS = {b"content-length", REQUEST_ID, b"vary"}
HEADERS_OF_BODIES = {b"content-type", b"content-encoding"}

Key: TypeAlias = tuple[str, bytes]
Pairs: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class EncodedResponse:
    """The body in one content encoding, and its headers except X-Request-Id."""

    tag: str
    headers: Pairs
    headers_on_304: Pairs
    body: bytes


@dataclass(frozen=True, slots=True)
class CachedResponse:
    route: str
    plain: EncodedResponse
    compressed: EncodedResponse | None
    tables: frozenset[str]
    change_number: int
    made_at: datetime

    @property
    def size(self) -> int:
        bodies = len(self.plain.body) + (len(self.compressed.body) if self.compressed else 0)
        return OVERHEAD_BYTES + bodies


class PublicCache:
    """The latest response of each address, within a limit of bytes."""

    def __init__(
        self, changes: TableChanges, clock: Callable[[], datetime], requests: RequestMetrics
    ) -> None:
        self.changes, self.clock, self.requests = changes, clock, requests
        self.pending: dict[Key, asyncio.Future[CachedResponse | None]] = {}
        self.tasks: set[asyncio.Task[object]] = set()
        self._responses: OrderedDict[Key, CachedResponse] = OrderedDict()
        self.size = 0
        """In bytes, with what a response takes besides its bodies."""

    def begin(self, key: Key) -> "_Rendering":
        return _Rendering(self, key)

    def find(self, key: Key) -> CachedResponse | None:
        """Return a response that may be sent, perhaps while it is made again."""
        found = self._responses.get(key)
        if found is None or self.is_changed(found) or self._get_age(found) > MAX_AGE_OF_SENT:
            return None
        return found

    def find_stale(self, key: Key) -> CachedResponse | None:
        """Return what may be sent while the database is down: nothing that is known to be wrong."""
        found = self._responses.get(key)
        if found is None or self.is_changed(found) or self._get_age(found) > MAX_AGE_OF_STALE:
            return None
        return found

    def is_old(self, response: CachedResponse) -> bool:
        return self._get_age(response) > MAX_AGE

    def put(self, key: Key, response: CachedResponse) -> None:
        self._remove(key)
        self._responses[key] = response
        self.size += response.size
        while self.size > MAX_BYTES:
            self._remove(next(iter(self._responses)))

    def _remove(self, key: Key) -> None:
        if removed := self._responses.pop(key, None):
            self.size -= removed.size

    def is_changed(self, response: CachedResponse) -> bool:
        return self.changes.has_changed(response.tables, response.change_number)

    def _get_age(self, response: CachedResponse) -> timedelta:
        return abs(self.clock() - response.made_at)


class PublicCacheMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cache = _find_cache(scope)
        if cache is None:
            await self.app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        found, seconds = cache.find(key), 0.0
        if found and cache.is_old(found) and key not in cache.pending:
            self._make_again(cache, key, scope)
        if found is None:
            began = time.perf_counter()
            found = await self._make(cache, key, scope, receive, send)
            seconds = time.perf_counter() - began
        if found is None:
            return
        status, request_id = await _send(found, scope, send)
        if request_id:  # otherwise it has been counted and logged already
            request = scope["method"], found.route, status, seconds
            cache.requests.record(*request)
            log_access(ACCESS, *request, request_id=request_id)

    async def _make(
        self, cache: PublicCache, key: Key, scope: Scope, receive: Receive, send: Send
    ) -> CachedResponse | None:
        """Return a response, or None if it was sent already because it cannot be cached."""
        found = None
        for _ in range(2):  # the first may have been begun before a change that the client knows of
            if (pending := cache.pending.get(key)) is None:
                return await self._render(cache.begin(key), scope, receive, send)
            found = await asyncio.shield(pending)
            if found is None or not cache.is_changed(found):
                break
        if found is None:
            await self.app(scope, receive, send)
        return found

    def _make_again(self, cache: PublicCache, key: Key, scope: Scope) -> None:
        scope = {**scope, "state": dict(scope.get("state", {})), NOT_COUNTED: True}
        rendering = self._render(cache.begin(key), scope, _EmptyBody().receive, _send_nowhere)
        task = asyncio.create_task(rendering)
        cache.tasks.add(task)
        task.add_done_callback(cache.tasks.discard)

    async def _render(
        self, rendering: "_Rendering", scope: Scope, receive: Receive, send: Send
    ) -> CachedResponse | None:
        recorder = _Recorder(rendering, send)
        try:
            with record_reads() as tables:
                await self.app(scope, receive, recorder.pass_on)
            if recorder.is_complete:
                rendering.end(await _make_response(recorder, scope, tables))
        finally:
            rendering.end(None)
        return rendering.result


class _Rendering:
    """A response that is being made, for which other requests may wait."""

    def __init__(self, cache: PublicCache, key: Key) -> None:
        self._cache, self._key = cache, key
        self._future = cache.pending[key] = asyncio.get_running_loop().create_future()
        self.change_number, self.started_at = cache.changes.number, cache.clock()

    @property
    def fallback(self) -> CachedResponse | None:
        return self._cache.find_stale(self._key)

    @property
    def result(self) -> CachedResponse | None:
        result: CachedResponse | None = self._future.result()
        return result

    def end(self, response: CachedResponse | None) -> None:
        """Store a response and wake those who wait; with None, they make their own."""
        if self._future.done():
            return
        if response and response is not self.fallback:
            self._cache.put(self._key, response)
        self._future.set_result(response)
        del self._cache.pending[self._key]


class _Recorder:
    """Hold back a response that can be cached; send any other."""

    def __init__(self, rendering: _Rendering, send: Send) -> None:
        self.rendering = rendering
        self.start: Message | None = None
        self.body = bytearray()
        self.is_complete = False
        self._send = send
        self._is_dropped = False

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self.start is not None:
            await self._collect(message)
        elif not self._is_dropped:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        if _is_public(message):
            self.start = message
        elif message["status"] >= FIRST_SERVER_ERROR and (fallback := self.rendering.fallback):
            self._is_dropped = True
            self.rendering.end(fallback)
        else:
            self.rendering.end(None)
            await self._send(message)

    async def _collect(self, message: Message) -> None:
        self.body += message.get("body", b"")
        self.is_complete = not message.get("more_body", False)
        if len(self.body) <= MAX_BODY_BYTES:
            return
        start, self.start, is_last = self.start, None, self.is_complete
        self.is_complete = False
        self.rendering.end(None)
        await self._send({**(start or {})})
        body = bytes(self.body)
        await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})


def _find_cache(scope: Scope) -> PublicCache | None:
    """Return the cache for an anonymous GET; a key can change a response."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if len(scope["path"]) + len(scope["query_string"]) > MAX_KEY_BYTES:
        return None
    if any(name == b"authorization" for name, _ in scope["headers"]):
        return None
    cache: PublicCache | None = getattr(scope["app"].state, "public_cache", None)
    return cache


def _is_public(start: Message) -> bool:
    headers = dict(start["headers"])
    is_file = b"accept-ranges" in headers or b"etag" in headers
    return start["status"] == OK and not is_file and b"public" in headers.get(b"cache-control", b"")


async def _make_response(recorder: _Recorder, scope: Scope, tables: set[str]) -> CachedResponse:
    start, body = recorder.start or {}, bytes(recorder.body)
    headers = [pair for pair in start["headers"] if pair[0] not in DROPPED_HEADERS]
    tag, compressed = make_entity_tag(body), None
    if len(body) >= MIN_COMPRESSED_BYTES:
        headers.append((b"vary", b"accept-encoding"))
        packed = await to_thread.run_sync(_compress, body)
        gzip_headers = [*headers, (b"content-encoding", b"gzip")]
        compressed = _encode(f'{tag[:-1]}-gzip"', gzip_headers, packed)
    rendering = recorder.rendering
    return CachedResponse(
        route=get_route(scope),
        plain=_encode(tag, headers, body),
        compressed=compressed,
        tables=frozenset(tables),
        change_number=rendering.change_number,
        made_at=rendering.started_at,
    )


def _compress(body: bytes) -> bytes:
    compressor = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush()


def _encode(tag: str, headers: Pairs, body: bytes) -> EncodedResponse:
    tagged = [*headers, (b"etag", tag.encode())]
    return EncodedResponse(
        tag=tag,
        headers=[*tagged, (b"content-length", str(len(body)).encode())],
        headers_on_304=[pair for pair in tagged if pair[0] not in HEADERS_OF_BODIES],
        body=body,
    )


async def _send(response: CachedResponse, scope: Scope, send: Send) -> tuple[int, str | None]:
    """Return the status, and the request ID if this request did not make the response."""
    encoding, known_tags = b"", b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            encoding = value
        elif name == b"if-none-match":
            known_tags = value
    encoded = response.plain
    if response.compressed and accepts_gzip(encoding):
        encoded = response.compressed
    is_known = bool(known_tags) and matches_tag(known_tags.decode("latin-1"), encoded.tag)
    status, headers = (304, encoded.headers_on_304) if is_known else (OK, encoded.headers)
    # The request that made this response has an ID already.
    made_as = scope.get("state", {}).get("request_id")
    request_id = made_as or new_request_id()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (REQUEST_ID, request_id.encode())],
        }
    )
    await send({"type": "http.response.body", "body": b"" if is_known else encoded.body})
    return status, None if made_as else request_id


@lru_cache(maxsize=256)
def accepts_gzip(header: bytes) -> bool:
    """Return whether an Accept-Encoding field has gzip with a weight above zero."""
    for part in header.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in {"gzip", "x-gzip"}:
            return not any(ZERO_WEIGHT.fullmatch(parameter) for parameter in parameters)
    return False


class _EmptyBody:
    """A client that sends no body and does not disconnect, for which streams listen."""

    def __init__(self) -> None:
        self._is_read = False

    async def receive(self) -> Message:
        if self._is_read:
            await sleep_forever()
        self._is_read = True
        return {"type": "http.request", "body": b"", "more_body": False}


async def _send_nowhere(_: Message) -> None:
    pass
