"""What many requests need and few change: read once a second, on no request's thread."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from anyio import to_thread

T = TypeVar("T")
MAX_AGE = 1.0


@dataclass(slots=True)
class _Read:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: Any = None
    read_at: float = -MAX_AGE

    @property
    def is_recent(self) -> bool:
        return time.monotonic() - self.read_at < MAX_AGE


class RecentReads:
    def __init__(self) -> None:
        self._reads: dict[str, _Read] = {}

    async def get(self, name: str, read: Callable[[], T]) -> T:
        """Return what `read` returned within the last second; it runs in a thread."""
        known = self._reads.setdefault(name, _Read())
        if not known.is_recent:
            async with known.lock:
                if not known.is_recent:
                    known.value = await to_thread.run_sync(read)
                    known.read_at = time.monotonic()
        value: T = known.value
        return value
