from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from imd_campaign.errors import Unavailable


class ConnectionShare:
    """The connections that readers, or writers, may use; further ones wait for a free one."""

    def __init__(self, limit: int) -> None:
        self.limit, self.in_use = limit, 0
        self._free, self._lock = BoundedSemaphore(limit), Lock()

    @contextmanager
    def take(self, seconds: float) -> Iterator[None]:
        if not self._free.acquire(timeout=seconds):
            raise Unavailable
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)
            self._free.release()

    def _count(self, change: int) -> None:
        with self._lock:
            self.in_use += change
