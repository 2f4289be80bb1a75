"""Hear what the SDK does: for logs, metrics and traces.

A call begins; each attempt goes out and has an outcome; between two there is a wait; it ends. Each
page of a list is such a call. A hook hears no key, no body, no full URL and nothing personal.

The methods are plain functions for both clients: they run in the thread or the task of the call,
which goes on when they return. A hook that raises breaks nothing: ``imd_sdk.hooks`` logs it. One
whose `Hook.begin` raises hears no more of that call.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from imd_sdk import _exchange
from imd_sdk._exchange import extra

if TYPE_CHECKING:
    from collections.abc import Generator

    from imd_sdk import _calls
    from imd_sdk._exchange import Terms

__all__ = ["Attempt", "Call", "End", "Hook", "LoggingHook", "Outcome", "Wait"]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What is asked for."""

    method: str
    route: str
    """The pattern of the address, such as ``/v1/petitions/{slug}/count``."""
    base_url: str
    """The campaign's address."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that is about to go out."""

    number: int
    """1 for the first."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Empty; what is put in goes out with this attempt, on the terms of `Options.headers`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: a ``status``, or a ``failure``."""

    attempt: int
    seconds: float
    status: int | None = None
    """The HTTP status of a whole answer."""
    failure: str | None = None
    """The class of what happened instead, such as ``ReadTimeout`` or ``CancelledError``."""
    request_id: str | None = None
    """The server's name for the exchange (``X-Request-Id``)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next attempt."""

    seconds: float
    after: Outcome
    """Why."""


@dataclass(frozen=True, slots=True)
class End:
    """How a call ended: well, or with what is raised."""

    attempts: int
    seconds: float
    """From the beginning, with all attempts and waits."""
    error: str | None = None
    """The class of what is raised, such as ``OutcomeUnknown``; None: nothing, it is well."""
    last: Outcome | None = None
    """The outcome of the last attempt; None when there was none."""


class Hook:
    """Hears every call of a client; override what you want to hear.

    Beginnings and attempts are told to hooks in their order, all else in the reverse one.
    """

    def begin(self, call: Call, /) -> Hook | None:
        """A call begins. Give back who hears the rest, such as one with a span; None: this one."""

    def attempt(self, call: Call, attempt: Attempt, /) -> None:
        """An attempt is about to go out."""

    def outcome(self, call: Call, outcome: Outcome, /) -> None:
        """It has an outcome: every attempt has one."""

    def wait(self, call: Call, wait: Wait, /) -> None:
        """There will be another attempt, after a wait."""

    def end(self, call: Call, end: End, /) -> None:
        """The call ends: every call that began does."""


class LoggingHook(Hook):
    """Writes a line for each call, each wait and, at DEBUG, each attempt."""

    def __init__(self, logger: logging.Logger | None = None) -> None:
        """``logger`` is that of ``imd_sdk`` when it is not given."""
        self._log = logger or logging.getLogger("imd_sdk")

    def outcome(self, call: Call, outcome: Outcome, /) -> None:
        self._log.debug("%s %s: %s", call.method, call.route, _words(outcome))

    def wait(self, call: Call, wait: Wait, /) -> None:
        words = "%s %s: %s, again in %.1f s"
        self._log.info(words, call.method, call.route, _words(wait.after), wait.seconds)

    def end(self, call: Call, end: End, /) -> None:
        level = logging.WARNING if end.error else logging.INFO
        named = f", request {end.last.request_id}" if end.last and end.last.request_id else ""
        words = "%s %s: %s in %.3f s, attempts: %d%s"
        said = (call.method, call.route, end.error or "well", end.seconds, end.attempts, named)
        self._log.log(level, words, *said)


def _words(outcome: Outcome) -> str:
    return f"{outcome.failure or outcome.status} after {outcome.seconds:.3f} s"


T = TypeVar("T")

LOG = logging.getLogger("imd_sdk.hooks")


def observed(talk: _exchange.Talk[T], call: _calls.Call[T], terms: Terms) -> _exchange.Talk[T]:
    story = _Story(Call(call.method, call.route, terms.base_url), terms)
    try:
        value = yield from _retold(talk, story)
    except BaseException as error:
        story.end(type(error).__name__)
        raise
    story.end(None)
    return value


def _retold(talk: _exchange.Talk[T], story: _Story) -> _exchange.Talk[T]:
    step = next(talk)
    try:
        while True:
            step = talk.send((yield from _step(step, story)))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _step(
    step: _exchange.Step, story: _Story
) -> Generator[_exchange.Step, _exchange.Came, _exchange.Came]:
    if isinstance(step, _exchange.Wait):
        story.wait(step)
        return (yield step)
    send = story.attempt(step)
    try:
        outcome = yield send
    except BaseException as error:
        story.outcome(failure=type(error).__name__)
        raise
    story.came(outcome)
    return outcome


class _Story:
    def __init__(self, call: Call, terms: Terms) -> None:
        self._call = call
        self._clock = terms.clock
        self._began = self._sent = terms.clock()
        self._attempts = 0
        self._last: Outcome | None = None
        begun = [(hook, *_try(hook, "begin", call)) for hook in terms.hooks]
        self._listeners = [heir or hook for hook, well, heir in begun if well]

    def attempt(self, send: _exchange.Send) -> _exchange.Send:
        self._attempts += 1
        added: dict[str, str] = {}
        for listener in self._listeners:
            attempt = Attempt(self._attempts)
            _try(listener, "attempt", self._call, attempt)
            added |= _checked(listener, attempt)
        self._sent = self._clock()
        return replace(send, headers=send.headers | added) if added else send

    def came(self, outcome: _exchange.Came) -> None:
        if isinstance(outcome, _exchange.Broken):
            self.outcome(failure=type(outcome.cause).__name__)
        elif outcome:
            self.outcome(status=outcome.status, request_id=outcome.request_id)

    def outcome(self, **what: Any) -> None:
        self._last = Outcome(self._attempts, self._clock() - self._sent, **what)
        self._tell("outcome", self._last)

    def wait(self, wait: _exchange.Wait) -> None:
        if self._last:
            self._tell("wait", Wait(wait.seconds, self._last))

    def end(self, error: str | None) -> None:
        seconds = self._clock() - self._began
        self._tell("end", End(self._attempts, seconds, error, self._last))

    def _tell(self, what: str, said: object) -> None:
        for listener in reversed(self._listeners):
            _try(listener, what, self._call, said)


def _checked(listener: Hook, attempt: Attempt) -> dict[str, str]:
    try:
        return extra(attempt.headers)
    except Exception as error:
        _report(listener, "attempt", error)
        return {}


def _try(listener: Hook, what: str, *said: object) -> tuple[bool, Any]:
    """Whether it went well, and what was given back."""
    try:
        return True, getattr(listener, what)(*said)
    except Exception as error:
        _report(listener, what, error)
        return False, None


def _report(listener: Hook, what: str, error: Exception) -> None:
    """Log it without the error that the call itself may be ending with."""
    error.__context__ = None
    LOG.error("%s.%s failed, the call goes on", type(listener).__name__, what, exc_info=error)
