"""Hooks that report what the SDK does: for logs, metrics and traces.

A call begins; each attempt is sent and has an outcome; between two attempts there is a wait; the
call ends. Each page of a list is one call. A hook receives no key, no body, no full URL and nothing
personal.

The methods are plain functions for both clients: they run in the thread or the task of the call,
which continues when they return. A hook that raises breaks nothing: the logger ``imd_sdk.hooks``
records the error. A hook whose `Hook.begin` raises receives nothing more of that call.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

__all__ = ["Attempt", "Call", "End", "Hook", "LoggingHook", "Outcome", "Wait"]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """The call that a hook observes."""

    method: str
    route: str
    """The pattern of the path, such as ``/v1/petitions/{slug}/count``."""
    base_url: str
    """The campaign's base URL."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that is about to be sent."""

    number: int
    """1 for the first."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Empty; headers that a hook adds are sent with this attempt, as with `Options.headers`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt: a ``status``, or a ``failure``."""

    attempt: int
    seconds: float
    status: int | None = None
    """The HTTP status of a complete response."""
    failure: str | None = None
    """The class of the error instead, such as ``ReadTimeout`` or ``CancelledError``."""
    request_id: str | None = None
    """The server's id of the request (``X-Request-Id``)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next attempt."""

    seconds: float
    after: Outcome
    """The outcome that made it necessary."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a call: successful, or with an error."""

    attempts: int
    seconds: float
    """Since the beginning, including all attempts and waits."""
    error: str | None = None
    """The class of the error, such as ``OutcomeUnknown``; None: the call succeeded."""
    last: Outcome | None = None
    """The outcome of the last attempt; None when there was none."""


class Hook:
    """The base class of hooks; override the methods you need.

    Hooks receive beginnings and attempts in their order, everything else in reverse order.
    """

    def begin(self, call: Call, /) -> Hook | None:
        """A call begins. Return the hook for the rest of it, such as one with a span, or None."""

    def attempt(self, call: Call, attempt: Attempt, /) -> None:
        """An attempt is about to be sent."""

    def outcome(self, call: Call, outcome: Outcome, /) -> None:
        """An attempt has its outcome: every attempt has one."""

    def wait(self, call: Call, wait: Wait, /) -> None:
        """Another attempt follows after a wait."""

    def end(self, call: Call, end: End, /) -> None:
        """The call ends: every call that began ends."""


class LoggingHook(Hook):
    """Logs a line for each call, each wait and, at DEBUG, each attempt."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        """``logger``: the logger ``imd_sdk`` if it is not given."""
        self._log = logger or logging.getLogger("imd_sdk")

    def outcome(self, call: Call, outcome: Outcome, /) -> None:
        self._log.debug("%s %s: %s", call.method, call.route, _describe(outcome))

    def wait(self, call: Call, wait: Wait, /) -> None:
        message = "%s %s: %s, next attempt in %.1f s"
        self._log.info(message, call.method, call.route, _describe(wait.after), wait.seconds)

    def end(self, call: Call, end: End, /) -> None:
        level = logging.WARNING if end.error else logging.INFO
        request_id = end.last.request_id if end.last else None
        suffix = f", request {request_id}" if request_id else ""
        result = end.error or "ok"
        message = "%s %s: %s in %.3f s, attempts: %d%s"
        values = (call.method, call.route, result, end.seconds, end.attempts, suffix)
        self._log.log(level, message, *values)


def _describe(outcome: Outcome) -> str:
    return f"{outcome.failure or outcome.status} after {outcome.seconds:.3f} s"
