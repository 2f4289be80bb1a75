"""The layer of an exchange that revalidates cached responses (RFC 9110, 13.1.2)."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from imd_sdk._response import RawResponse
from imd_sdk._retry_flow import Send
from imd_sdk._terms import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Generator

    from imd_sdk._call import ApiCall
    from imd_sdk._retry_flow import Exchange, Result, Step
    from imd_sdk._terms import Terms
    from imd_sdk.cache import Cache

T = TypeVar("T")

LOG = logging.getLogger("imd_sdk.cache")

CACHEABLE_ROUTES = {
    "/v1/campaign",
    "/v1/events",
    "/v1/events.atom",
    "/v1/events.csv",
    "/v1/events.geojson",
    "/v1/events.ics",
    "/v1/events/clusters",
    "/v1/events/{id}",
    "/v1/events/{id}.ics",
    "/v1/petitions",
    "/v1/petitions/{slug}",
    "/v1/petitions/{slug}/count",
    "/v1/petitions/{slug}/places",
    "/v1/posters",
    "/v1/posters/{slug}",
    "/v1/resources",
    "/v1/resources/{slug}",
    "/v1/share-kit",
}
"""The GET endpoints to cache; signers' names are public too, but stay on the server."""

MAGIC = b"imd1"
DIGEST_SIZE = hashlib.sha256().digest_size
_ENTITY_TAG = r'(W/)?"[\x21\x23-\x7e]*"'
"""RFC 9110, 8.8.3."""


def with_cache(inner: Exchange[T], call: ApiCall[T], terms: Terms, cache: Cache) -> Exchange[T]:
    """Send the tag of a cached response, read it on a 304, and store what could be read."""
    if not _is_cacheable(call, terms):
        return (yield from inner)
    slot = _CacheSlot(cache, _cache_key(call, terms))
    step, result = next(inner), None
    try:
        while True:
            result = yield from _revalidate(step, slot)
            step = inner.send(result)
    except StopIteration as end:
        if isinstance(result, RawResponse):
            slot.store(result)
        return end.value  # type: ignore[no-any-return]


def _is_cacheable(call: ApiCall[Any], terms: Terms) -> bool:
    return (
        call.method == "GET"
        and call.route in CACHEABLE_ROUTES
        and call.read is not None
        and "Authorization" not in terms.headers
    )


def _revalidate(step: Step, slot: _CacheSlot) -> Generator[Step, Result, Result]:
    if not isinstance(step, Send):
        return (yield step)
    entry = slot.load()
    if entry is None:
        return (yield step)
    headers = {**step.headers, "If-None-Match": entry.tag}
    result = yield replace(step, headers=headers)
    if not isinstance(result, RawResponse) or result.status != HTTPStatus.NOT_MODIFIED:
        return result
    if entry.is_confirmed_by(result):
        return entry.as_response(result)
    return (yield step)


def _cache_key(call: ApiCall[Any], terms: Terms) -> str:
    """Digest everything that a response depends on, so that the key reveals none of it."""
    headers = sorted(pair for pair in terms.headers.items() if pair[1] != USER_AGENT)
    request = json.dumps([terms.base_url, call.target, call.accept, headers])
    return f"imd-sdk:1:{hashlib.sha256(request.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: str
    media_type: str
    content: bytes

    def is_confirmed_by(self, not_modified: RawResponse) -> bool:
        """Return whether a 304 is about this entry (RFC 9110, 15.4.5), as far as it says."""
        tag = not_modified.headers.get("etag", self.tag)
        return tag.removeprefix("W/") == self.tag.removeprefix("W/")

    def as_response(self, not_modified: RawResponse) -> RawResponse:
        headers = {name.lower(): value for name, value in not_modified.headers.items()}
        headers |= {"content-type": self.media_type, "etag": self.tag}
        return RawResponse(HTTPStatus.OK, headers, self.content, from_cache=True)


class _CacheSlot:
    """One key of the caller's cache, which may fail or return anything."""

    def __init__(self, cache: Cache, key: str) -> None:
        self._cache = cache
        self._key = key

    def load(self) -> _Entry | None:
        try:
            found = self._cache.get(self._key)
            return _unpack(self._key, bytes(memoryview(found))) if found else None
        except Exception as error:
            _log_failure("get", error)
            return None

    def store(self, response: RawResponse) -> None:
        entry = None if response.from_cache else _make_entry(response)
        if entry is None:
            return
        try:
            self._cache.set(self._key, _pack(self._key, entry))
        except Exception as error:
            _log_failure("set", error)


def _log_failure(method: str, error: Exception) -> None:
    LOG.error("the cache failed to %s (%s), the call goes on", method, type(error).__name__)


def _make_entry(response: RawResponse) -> _Entry | None:
    tag, control = response.headers.get("etag", ""), response.headers.get("cache-control", "")
    if response.status != HTTPStatus.OK or not re.fullmatch(_ENTITY_TAG, tag):
        return None
    if re.search(r"(?i)\b(no-store|private)\b", control):
        return None
    return _Entry(tag, response.headers.get("content-type", ""), response.content)


def _pack(key: str, entry: _Entry) -> bytes:
    head = json.dumps({"tag": entry.tag, "type": entry.media_type}).encode()
    body = head + b"\n" + entry.content
    return MAGIC + _digest(key, body) + body


def _unpack(key: str, stored: bytes) -> _Entry | None:
    """Read an entry if it is complete and was stored under this key."""
    start = len(MAGIC) + DIGEST_SIZE
    digest, body = stored[len(MAGIC) : start], stored[start:]
    if not stored.startswith(MAGIC) or digest != _digest(key, body):
        return None
    head, _, content = body.partition(b"\n")
    fields = json.loads(head)
    return _Entry(fields["tag"], fields["type"], content)


def _digest(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + body).digest()
