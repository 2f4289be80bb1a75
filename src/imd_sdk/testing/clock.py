"""The clock of a campaign in memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import anyio.lowlevel

__all__ = ["Clock"]


class Clock:
    """A clock that tests move: orders expire and retries wait on it, without sleeping."""

    def __init__(self, now: datetime | None = None) -> None:
        if now is not None and now.tzinfo is None:
            raise ValueError("now must have an offset, such as datetime(2026, 12, 1, tzinfo=UTC)")
        self._now = (now or datetime.now(UTC)).astimezone(UTC)
        self._ahead = 0.0
        self.waits: list[float] = []
        """The seconds that clients waited before each retry."""

    def now(self) -> datetime:
        """Return the campaign's time, in UTC."""
        return self._now

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move the clock forward by the sum of the arguments."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if span < timedelta():
            raise ValueError("a clock only moves forward")
        self._now += span
        self._ahead += span.total_seconds()

    def monotonic(self) -> float:
        """Return `time.monotonic` plus the time that this clock was moved, for deadlines."""
        return time.monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        """Move the clock by the wait before a retry."""
        self.waits.append(seconds)
        self.advance(seconds)

    async def wait_async(self, seconds: float) -> None:
        """Move the clock by the wait before a retry, and let other tasks run."""
        self.wait(seconds)
        await anyio.lowlevel.checkpoint()
