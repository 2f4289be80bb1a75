"""Keep public answers, and ask only for what has changed.

The server is asked every time, with the entity tag of what is kept (RFC 9110, 13.1.2); a 304 is
read from the cache. Kept are campaign, petitions, counts, places, events, posters, share kit and
resources, if the server allows it and the client has no API key; never what is somebody's or is
secret.

A cache is asked in the thread or the event loop of the call. What it gives back is checked: what is
broken or another's counts as nothing, and so does a cache that raises.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from imd_sdk._answers import Answer
from imd_sdk._exchange import USER_AGENT, Send

if TYPE_CHECKING:
    from collections.abc import Generator

    from imd_sdk._calls import Call
    from imd_sdk._exchange import Came, Step, Talk, Terms

__all__ = ["Cache", "MemoryCache"]


class Cache(Protocol):
    """Where answers are kept; both methods are plain functions and may lose what they like."""

    def get(self, key: str, /) -> bytes | bytearray | memoryview | None:
        """Give back what was set under this key; None: nothing.

        A key is 74 ASCII characters, of which nothing can be read.
        """

    def set(self, key: str, entry: bytes, /) -> None:
        """Keep an entry in place of what was there; it holds a public answer and its tag."""


class MemoryCache:
    """Keeps the answers that were used last, in memory, for all threads and tasks of a process."""

    def __init__(self, max_bytes: int = 16 * 1024 * 1024) -> None:
        """``max_bytes``: how much is kept in all; an entry that is larger is not kept."""
        if max_bytes < 0:
            raise ValueError("max_bytes must not be negative")
        self._max = max_bytes
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, /) -> bytes | None:
        """Give back what was set under this key; None: nothing, or nothing any more."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def set(self, key: str, entry: bytes, /) -> None:
        """Keep an entry, and let go of those that were not used for longest."""
        with self._lock:
            self._drop(key)
            if _weight(key, entry) > self._max:
                return
            self._entries[key] = entry
            self._size += _weight(key, entry)
            while self._size > self._max:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {len(self)} entries, {self._size} of {self._max} bytes>"

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= _weight(key, entry)


def _weight(key: str, entry: bytes) -> int:
    return len(key) + len(entry)


T = TypeVar("T")

LOG = logging.getLogger("imd_sdk.cache")

PUBLIC = {
    "/v1/campaign",
    "/v1/events",
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
"""What may be kept of the GETs; the names of signers are public too, and stay with the server."""

MAGIC = b"imd1"
DIGEST = hashlib.sha256().digest_size
_TAG = r'(W/)?"[\x21\x23-\x7e]*"'
"""RFC 9110, 8.8.3."""


def _may_be_kept(call: Call[Any], terms: Terms) -> bool:
    return (
        call.method == "GET"
        and call.route in PUBLIC
        and call.read is not None
        and "Authorization" not in terms.headers
    )


def kept(talk: Talk[T], call: Call[T], terms: Terms, cache: Cache) -> Talk[T]:
    """Send the tag of what is kept, read a 304 from it, and keep what could be read anew."""
    if not _may_be_kept(call, terms):
        return (yield from talk)
    shelf = _Shelf(cache, _key(call, terms))
    step, came = next(talk), None
    try:
        while True:
            came = yield from _asked(step, shelf)
            step = talk.send(came)
    except StopIteration as end:
        if isinstance(came, Answer):
            shelf.put(came)
        return end.value  # type: ignore[no-any-return]


def _asked(step: Step, shelf: _Shelf) -> Generator[Step, Came, Came]:
    if not isinstance(step, Send):
        return (yield step)
    entry = shelf.take()
    if entry is None:
        return (yield step)
    asked = {**step.headers, "If-None-Match": entry.tag}
    came = yield replace(step, headers=asked)
    if not isinstance(came, Answer) or came.status != HTTPStatus.NOT_MODIFIED:
        return came
    if entry.is_meant(came):
        return entry.renewed(came)
    return (yield step)


def _key(call: Call[Any], terms: Terms) -> str:
    """Name an answer by all that it depends on, in a way that tells nothing of it."""
    headers = sorted(pair for pair in terms.headers.items() if pair[1] != USER_AGENT)
    said = json.dumps([terms.base_url, call.target, call.accept, headers])
    return f"imd-sdk:1:{hashlib.sha256(said.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: str
    media_type: str
    content: bytes

    def is_meant(self, answer: Answer) -> bool:
        """Whether a 304 is about this one (RFC 9110, 15.4.5), as far as it says."""
        tag = answer.headers.get("etag", self.tag)
        return tag.removeprefix("W/") == self.tag.removeprefix("W/")

    def renewed(self, answer: Answer) -> Answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        headers |= {"content-type": self.media_type, "etag": self.tag}
        return Answer(HTTPStatus.OK, headers, self.content, from_cache=True)


class _Shelf:
    def __init__(self, cache: Cache, key: str) -> None:
        self._cache = cache
        self._key = key

    def take(self) -> _Entry | None:
        try:
            found = self._cache.get(self._key)
            return _opened(self._key, bytes(memoryview(found))) if found else None
        except Exception as error:
            _report("get", error)
            return None

    def put(self, answer: Answer) -> None:
        entry = None if answer.from_cache else _entry(answer)
        if entry is None:
            return
        try:
            self._cache.set(self._key, _closed(self._key, entry))
        except Exception as error:
            _report("set", error)


def _report(what: str, error: Exception) -> None:
    LOG.error("the cache failed to %s (%s), the call goes on", what, type(error).__name__)


def _entry(answer: Answer) -> _Entry | None:
    tag, control = answer.headers.get("etag", ""), answer.headers.get("cache-control", "")
    if answer.status != HTTPStatus.OK or not re.fullmatch(_TAG, tag):
        return None
    if re.search(r"(?i)\b(no-store|private)\b", control):
        return None
    return _Entry(tag, answer.headers.get("content-type", ""), answer.content)


def _closed(key: str, entry: _Entry) -> bytes:
    head = json.dumps({"tag": entry.tag, "type": entry.media_type}).encode()
    said = head + b"\n" + entry.content
    return MAGIC + _digest(key, said) + said


def _opened(key: str, stored: bytes) -> _Entry | None:
    """Read what was kept, if it is whole and what was kept under this key."""
    digest, said = stored[len(MAGIC) : len(MAGIC) + DIGEST], stored[len(MAGIC) + DIGEST :]
    if not stored.startswith(MAGIC) or digest != _digest(key, said):
        return None
    head, _, content = said.partition(b"\n")
    known = json.loads(head)
    return _Entry(known["tag"], known["type"], content)


def _digest(key: str, said: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + said).digest()
