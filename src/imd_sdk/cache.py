"""Caches for public responses, revalidated with the server on every call.

The client sends the entity tag of the cached response (RFC 9110, 13.1.2); on a 304 it reads the
cached one. Cached are campaign, petitions, counts, places, events, posters, share kit and
resources, if the server allows it and the client has no API key. Personal and secret responses
are never cached.

The client calls a cache in the thread or the event loop of the call. It checks what a cache
returns: a damaged entry, or an error of the cache, counts as a miss.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Protocol

__all__ = ["Cache", "MemoryCache"]


class Cache(Protocol):
    """A store for responses; both methods are plain functions, and may drop entries at will."""

    def get(self, key: str, /) -> bytes | bytearray | memoryview | None:
        """Return the entry that was set under this key; None if there is none.

        A key is 74 ASCII characters that reveal nothing about the request.
        """

    def set(self, key: str, entry: bytes, /) -> None:
        """Store an entry, in place of an earlier one; it holds a public response and its tag."""


class MemoryCache:
    """Keeps the most recently used responses in memory, for all threads and tasks of a process."""

    def __init__(self, max_bytes: int = 16 * 1024 * 1024) -> None:
        """``max_bytes``: the total size of the entries; a larger entry is not stored."""
        if max_bytes < 0:
            raise ValueError("max_bytes must not be negative")
        self._max = max_bytes
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, /) -> bytes | None:
        """Return the entry that was set under this key; None if there is none any more."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def set(self, key: str, entry: bytes, /) -> None:
        """Store an entry, and drop the least recently used ones if there is no room."""
        with self._lock:
            self._drop(key)
            if _entry_size(key, entry) > self._max:
                return
            self._entries[key] = entry
            self._size += _entry_size(key, entry)
            while self._size > self._max:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Drop all entries."""
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
            self._size -= _entry_size(key, entry)


def _entry_size(key: str, entry: bytes) -> int:
    return len(key) + len(entry)
