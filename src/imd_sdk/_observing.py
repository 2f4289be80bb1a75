"""The layer of an exchange that reports its steps to hooks."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from imd_sdk import _retry_flow, hooks
from imd_sdk._terms import check_headers

if TYPE_CHECKING:
    from collections.abc import Generator

    from imd_sdk._call import ApiCall
    from imd_sdk._retry_flow import Exchange, Result, Step
    from imd_sdk._terms import Terms

T = TypeVar("T")

LOG = logging.getLogger("imd_sdk.hooks")


def with_hooks(inner: Exchange[T], call: ApiCall[T], terms: Terms) -> Exchange[T]:
    """Report an exchange from its beginning to its end."""
    calls = _HookCalls(hooks.Call(call.method, call.route, terms.base_url), terms)
    try:
        value = yield from _report_steps(inner, calls)
    except BaseException as error:
        calls.end(type(error).__name__)
        raise
    calls.end(None)
    return value


def _report_steps(inner: Exchange[T], calls: _HookCalls) -> Exchange[T]:
    step = next(inner)
    try:
        while True:
            step = inner.send((yield from _report_step(step, calls)))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _report_step(step: Step, calls: _HookCalls) -> Generator[Step, Result, Result]:
    if isinstance(step, _retry_flow.Pause):
        calls.wait(step)
        return (yield step)
    send = calls.attempt(step)
    try:
        result = yield send
    except BaseException as error:
        calls.outcome(failure=type(error).__name__)
        raise
    calls.result(result)
    return result


class _HookCalls:
    """Calls the hooks of a client about one call; an error of a hook is logged."""

    def __init__(self, call: hooks.Call, terms: Terms) -> None:
        self._call = call
        self._clock = terms.clock
        self._began_at = self._sent_at = terms.clock()
        self._attempts = 0
        self._last: hooks.Outcome | None = None
        begun = [(hook, *_try_call(hook, "begin", call)) for hook in terms.hooks]
        self._hooks = [successor or hook for hook, succeeded, successor in begun if succeeded]

    def attempt(self, send: _retry_flow.Send) -> _retry_flow.Send:
        self._attempts += 1
        added: dict[str, str] = {}
        for hook in self._hooks:
            attempt = hooks.Attempt(self._attempts)
            _try_call(hook, "attempt", self._call, attempt)
            added |= _added_headers(hook, attempt)
        self._sent_at = self._clock()
        return replace(send, headers=send.headers | added) if added else send

    def result(self, result: Result) -> None:
        if isinstance(result, _retry_flow.TransportFailure):
            self.outcome(failure=type(result.cause).__name__)
        elif result:
            self.outcome(status=result.status, request_id=result.request_id)

    def outcome(self, **fields: Any) -> None:
        self._last = hooks.Outcome(self._attempts, self._clock() - self._sent_at, **fields)
        self._call_all("outcome", self._last)

    def wait(self, wait: _retry_flow.Pause) -> None:
        if self._last:
            self._call_all("wait", hooks.Wait(wait.seconds, self._last))

    def end(self, error: str | None) -> None:
        seconds = self._clock() - self._began_at
        self._call_all("end", hooks.End(self._attempts, seconds, error, self._last))

    def _call_all(self, method: str, argument: object) -> None:
        for hook in reversed(self._hooks):
            _try_call(hook, method, self._call, argument)


def _added_headers(hook: hooks.Hook, attempt: hooks.Attempt) -> dict[str, str]:
    try:
        return check_headers(attempt.headers)
    except Exception as error:
        _log_failure(hook, "attempt", error)
        return {}


def _try_call(hook: hooks.Hook, method: str, *arguments: object) -> tuple[bool, Any]:
    """Return whether the hook succeeded, and what it returned."""
    try:
        return True, getattr(hook, method)(*arguments)
    except Exception as error:
        _log_failure(hook, method, error)
        return False, None


def _log_failure(hook: hooks.Hook, method: str, error: Exception) -> None:
    """Log the error without its context: the call itself may be ending with an error."""
    error.__context__ = None
    LOG.error("%s.%s failed, the call goes on", type(hook).__name__, method, exc_info=error)
