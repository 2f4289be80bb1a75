"""Threads of the console's own, so that neither logins nor pages hold up the campaign server."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")

FOR_STAFF, FOR_ANYBODY = 8, 4

_staff: RunVar[CapacityLimiter] = RunVar("threads for staff")
_anybody: RunVar[CapacityLimiter] = RunVar("threads for people who have not signed in")


async def run_for_staff(action: Callable[..., T], *arguments: object) -> T:
    limiter = _get_limiter(_staff, FOR_STAFF)
    return await to_thread.run_sync(action, *arguments, limiter=limiter)


async def run_for_anybody(action: Callable[..., T], *arguments: object) -> T:
    """Run what strangers can cause, such as the hash of a password."""
    limiter = _get_limiter(_anybody, FOR_ANYBODY)
    return await to_thread.run_sync(action, *arguments, limiter=limiter)


def _get_limiter(variable: RunVar[CapacityLimiter], threads: int) -> CapacityLimiter:
    """Make a limiter on first use: it belongs to an event loop."""
    limiter = variable.get(None)
    if limiter is None:
        limiter = CapacityLimiter(threads)
        variable.set(limiter)
    return limiter
