"""The order in which submissions are handled when there are more than the budget allows."""

from datetime import timedelta
from enum import IntEnum


class Lane(IntEnum):
    PROVEN = 0
    NEW = 1
    HELD = 2
    """Waits because of its mailbox, not because of the queue."""
    SLOW = 3


# Nothing waits for ever: a submission goes ahead of what comes this much later in a faster lane.
HEAD_STARTS = {
    Lane.PROVEN: timedelta(hours=1, minutes=30),
    Lane.NEW: timedelta(minutes=30),
    Lane.HELD: timedelta(minutes=30),
    Lane.SLOW: timedelta(),
}
