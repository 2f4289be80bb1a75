"""An exchange with listeners; no I/O but what they do."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from imd_sdk import hooks
from imd_sdk._exchange import Broken, Send, Wait
from imd_sdk._terms import extra

if TYPE_CHECKING:
    from collections.abc import Generator

    from imd_sdk._answers import Answer
    from imd_sdk._calls import Call
    from imd_sdk._exchange import Talk
    from imd_sdk._terms import Terms

T = TypeVar("T")

LOG = logging.getLogger("imd_sdk.hooks")


def observed(talk: Talk[T], call: Call[T], terms: Terms) -> Talk[T]:
    story = _Story(hooks.Call(call.method, call.route, terms.base_url), terms)
    try:
        value = yield from _retold(talk, story)
    except BaseException as error:
        story.end(type(error).__name__)
        raise
    story.end(None)
    return value


def _retold(talk: Talk[T], story: _Story) -> Talk[T]:
    step = next(talk)
    try:
        while True:
            step = talk.send((yield from _step(step, story)))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _step(
    step: Send | Wait, story: _Story
) -> Generator[Send | Wait, Answer | Broken | None, Answer | Broken | None]:
    if isinstance(step, Wait):
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
    def __init__(self, call: hooks.Call, terms: Terms) -> None:
        self._call = call
        self._clock = terms.clock
        self._began = self._sent = terms.clock()
        self._attempts = 0
        self._last: hooks.Outcome | None = None
        begun = [(hook, *_try(hook, "begin", call)) for hook in terms.hooks]
        self._listeners = [heir or hook for hook, well, heir in begun if well]

    def attempt(self, send: Send) -> Send:
        self._attempts += 1
        added: dict[str, str] = {}
        for listener in self._listeners:
            attempt = hooks.Attempt(self._attempts)
            _try(listener, "attempt", self._call, attempt)
            added |= _checked(listener, attempt)
        self._sent = self._clock()
        return replace(send, headers=send.headers | added) if added else send

    def came(self, outcome: Answer | Broken | None) -> None:
        if isinstance(outcome, Broken):
            self.outcome(failure=type(outcome.cause).__name__)
        elif outcome:
            self.outcome(status=outcome.status, request_id=outcome.request_id)

    def outcome(self, **what: Any) -> None:
        self._last = hooks.Outcome(self._attempts, self._clock() - self._sent, **what)
        self._tell("outcome", self._last)

    def wait(self, wait: Wait) -> None:
        if self._last:
            self._tell("wait", hooks.Wait(wait.seconds, self._last))

    def end(self, error: str | None) -> None:
        seconds = self._clock() - self._began
        self._tell("end", hooks.End(self._attempts, seconds, error, self._last))

    def _tell(self, what: str, said: object) -> None:
        for listener in reversed(self._listeners):
            _try(listener, what, self._call, said)


def _checked(listener: hooks.Hook, attempt: hooks.Attempt) -> dict[str, str]:
    try:
        return extra(attempt.headers)
    except Exception as error:  # noqa: BLE001 - whatever it put there, the call goes on
        _report(listener, "attempt", error)
        return {}


def _try(listener: hooks.Hook, what: str, *said: object) -> tuple[bool, Any]:
    """Whether it went well, and what was given back."""
    try:
        return True, getattr(listener, what)(*said)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a hook, the call goes on
        _report(listener, what, error)
        return False, None


def _report(listener: hooks.Hook, what: str, error: Exception) -> None:
    """Log it without the error that the call itself may be ending with."""
    error.__context__ = None
    LOG.error("%s.%s failed, the call goes on", type(listener).__name__, what, exc_info=error)
