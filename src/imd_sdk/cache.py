"""Keep public answers, and ask only for what has changed.

With a ``cache``, a client sends the entity tag of what it has kept (RFC 9110, 13.1.2), and an
answer 304 is read from the cache: the server is still asked every time, and little comes over the
network. Kept are campaign, petitions, counts, places, events, posters, share kit and resources, as
long as the server allows it and the client has no API key. Never kept is what is somebody's or is
secret: signers, signatures, confirmations, reservations, orders, moderation, files.

A cache is asked in the thread or the event loop of the call, so it has to be quick. Whatever it
gives back is checked: what is broken, cut short or another's counts as nothing, and so does a
cache that raises.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Protocol

__all__ = ["Cache", "MemoryCache"]


class Cache(Protocol):
    """Where answers are kept; both methods are plain functions and may lose what they like."""

    def get(self, key: str, /) -> bytes | bytearray | memoryview | None:
        """Give back what was set under this key; None: nothing.

        A key is 74 ASCII characters with a digest of address, query and headers; nothing can be
        read from it.
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
