"""How often a mailbox may be used within sliding windows of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    length: timedelta
    limit: int


EMAILS = (Window(timedelta(hours=1), 3), Window(timedelta(days=1), 6))
CODES = (Window(timedelta(hours=1), 100),)
LONGEST = max(window.length for window in (*EMAILS, *CODES))


def find_next_time(windows: Sequence[Window], used_at: Sequence[datetime]) -> datetime | None:
    """Return when the next use is allowed; None if it never had to wait."""
    times = [_find_free(window, sorted(used_at)) for window in windows]
    return max((time for time in times if time), default=None)


def _find_free(window: Window, used_at: Sequence[datetime]) -> datetime | None:
    """Return when the use that fills the window leaves it."""
    if len(used_at) < window.limit:
        return None
    return used_at[-window.limit] + window.length
