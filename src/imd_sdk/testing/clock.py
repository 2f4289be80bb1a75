"""Time as the campaign in memory tells it: it stands still until somebody moves it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import anyio.lowlevel

__all__ = ["Clock"]


class Clock:
    """The kit's clock: holds lapse, links age and retries wait by it, and no test sleeps."""

    def __init__(self, now: datetime | None = None) -> None:
        if now is not None and now.tzinfo is None:
            raise ValueError("now needs an offset, such as datetime(2026, 12, 1, tzinfo=UTC)")
        self._now = (now or datetime.now(UTC)).astimezone(UTC)
        self._ahead = 0.0
        self.waits: list[float] = []
        """Seconds that the kit's clients waited before each retry."""

    def now(self) -> datetime:
        """What time it is for the campaign, in UTC."""
        return self._now

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move on by the sum of these."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if span < timedelta():
            raise ValueError("time goes forward only")
        self._now += span
        self._ahead += span.total_seconds()

    def monotonic(self) -> float:
        """`time.monotonic`, and as much ahead of it as this clock was moved: for deadlines."""
        return time.monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        """Let the time pass that a retry waits."""
        self.waits.append(seconds)
        self.advance(seconds)

    async def wait_async(self, seconds: float) -> None:
        """Let the time pass that a retry waits, and other tasks run."""
        self.wait(seconds)
        await anyio.lowlevel.checkpoint()
