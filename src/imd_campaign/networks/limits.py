"""How many e-mails a network may cause without proof of work, and when the next one is due."""

from bisect import insort
from collections.abc import Sequence
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
WINDOW = timedelta(minutes=10)
MAX_EMAILS = 60
BUSY = 20
MAX_WAIT = timedelta(hours=2)
EVERYBODY = b"all"
"""Stands for all networks together."""


class Schedule:
    """The e-mails that one network has caused and will cause."""

    def __init__(self, uses: Sequence[tuple[datetime, int]]) -> None:
        self._times = sorted(at for at, number in uses for _ in range(number))

    def plan(self, now: datetime, latest: datetime) -> datetime:
        """Choose the time of the next e-mail, at the latest `latest`."""
        at = self.find_next(now, latest)
        insort(self._times, at)
        return at

    def find_next(self, now: datetime, latest: datetime) -> datetime:
        return max(now, min(self._find_free(now), latest))

    def _find_free(self, now: datetime) -> datetime:
        """Return when the use that fills the window leaves it."""
        if len(self._times) < MAX_EMAILS:
            return now
        return self._times[-MAX_EMAILS] + WINDOW
