"""One conversation about one call: when to send, when to wait, when to give up; no I/O.

`exchange` is a generator. It yields what it wants done next, a `Send` or a `Wait`, and is sent
what came of it, an `Answer` or a `Broken`. Whoever drives it has nothing to decide.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from imd_sdk import errors
from imd_sdk._answers import Answer, refusal
from imd_sdk._discretion import scrubbed
from imd_sdk._results import Headers, Response

if TYPE_CHECKING:
    from imd_sdk._calls import Call
    from imd_sdk._results import Download
    from imd_sdk._terms import Terms

T = TypeVar("T")

LONGEST_WAIT = 30.0
"""Seconds that a single wait may take when the caller has set no deadline."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 8.0


@dataclass(slots=True)
class Send:
    """Put this on the wire; no step of it longer than ``timeout``, all of it before ``until``."""

    method: str
    shown: str
    """The URL with nothing personal or secret in it."""
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout: float
    sink: Download | None = field(default=None, repr=False)
    until: float | None = None


@dataclass(slots=True)
class Wait:
    seconds: float


@dataclass(slots=True)
class Broken:
    """No whole answer: whether the request may have reached the server, and what happened."""

    sent: bool
    cause: Exception
    hopeless: bool = False


Step = Send | Wait
Came = Answer | Broken | None
Talk = Generator[Step, Came, T]
"""What is wanted next, what came of it, and what is read in the end."""


def exchange(call: Call[T], terms: Terms) -> Talk[T]:
    send = _request(call, terms)
    story = _Story(call, terms, send.headers.get("Idempotency-Key"))
    while True:
        outcome = yield story.in_time(send)
        if isinstance(outcome, Answer) and _is_success(outcome):
            terms.budget.earn()
            return story.read(outcome)  # type: ignore[no-any-return]
        setback = story.setback(outcome)
        wait = story.patience(setback)
        if wait is None:
            raise story.verdict(setback)
        yield Wait(wait)


def _request(call: Call[T], terms: Terms) -> Send:
    headers = {**terms.headers, "Accept": call.accept}
    if not call.is_safe:
        headers["Idempotency-Key"] = terms.idempotency_key or uuid4().hex
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    shown, url = terms.base_url + call.route, terms.base_url + call.target
    return Send(call.method, shown, url, headers, call.body, terms.timeout, call.sink)


def _is_success(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


class _Story:
    def __init__(self, call: Call[Any], terms: Terms, key: str | None) -> None:
        self._call = call
        self._terms = terms
        self._key = key
        self._began = terms.clock()
        self._tries = 0
        self._doubt: Exception | None = None
        self._late = False

    def in_time(self, send: Send) -> Send:
        self._tries += 1
        left = self._terms.left
        if left is None:
            return send
        if left <= 0:
            self._late = True
            raise self._unanswered(self._doubt)
        return replace(send, timeout=min(send.timeout, left), until=self._terms.until)

    def read(self, answer: Answer) -> Any:
        told, read = self._terms.on_response, self._call.read
        response = self._whole(answer) if told or not read else None
        if told and response:
            told(response)
        try:
            return read(answer) if read else response
        except errors.UnexpectedResponse as error:
            error.idempotency_key = self._key
            raise

    def _whole(self, answer: Answer) -> Response:
        return Response(
            answer.status,
            Headers(answer.headers),
            answer.content,
            elapsed=self._terms.clock() - self._began,
            attempts=self._tries,
            from_cache=answer.from_cache,
        )

    def setback(self, outcome: Answer | Broken | None) -> Broken | errors.ImdError:
        hidden = self._call.hidden | self._terms.secrets
        if isinstance(outcome, Answer):
            refused = refusal(outcome, datetime.now(UTC), hidden)
            refused.idempotency_key = self._key
            return refused
        if not isinstance(outcome, Broken):
            raise TypeError("a Send is answered with an Answer or a Broken")
        outcome.cause.args = tuple(scrubbed(list(outcome.cause.args), hidden))
        if outcome.sent:
            self._doubt = outcome.cause
        return outcome

    def patience(self, setback: Broken | errors.ImdError) -> float | None:
        """Seconds to wait before the next try; None: there is none."""
        left = self._terms.left
        self._late = left is not None and left <= 0
        if self._late or self._tries > self._terms.max_retries or not _may_pass(setback):
            return None
        asked = getattr(setback, "retry_after", None) or 0.0
        wait = asked + self._terms.chance(0, _backoff(self._tries))
        if left is None and asked > LONGEST_WAIT:
            return None
        if left is not None and wait >= left:
            self._late = True
            return None
        return wait if self._affordable(setback) else None

    def _affordable(self, setback: Broken | errors.ImdError) -> bool:
        """A server that says when to come back for more is not struggling: 429 is free."""
        return isinstance(setback, errors.RateLimited) or self._terms.budget.spend()

    def verdict(self, setback: Broken | errors.ImdError) -> errors.ImdError:
        if isinstance(setback, Broken):
            return self._unanswered(setback.cause)
        if self._doubt and self._key and not _settles(setback):
            return self._unanswered(setback)
        return setback

    def _unanswered(self, cause: Exception | None) -> errors.ImdError:
        kind, words = _UNANSWERED[self._doubt is not None, self._late]
        reason = f" ({type(cause).__name__})" if cause else ""
        error = kind(f"{self._call.route}: {words}{reason}", idempotency_key=self._key)
        error.__cause__ = cause
        return error


_UNANSWERED: dict[tuple[bool, bool], tuple[type[errors.ImdError], str]] = {
    (False, False): (errors.NotSent, "no request reached the server"),
    (False, True): (errors.NotSentInTime, "the deadline passed before a request was sent"),
    (True, False): (errors.OutcomeUnknown, "a request was sent and no whole answer came back"),
    (True, True): (errors.NotAnsweredInTime, "the deadline passed before a whole answer came"),
}

_TRANSIENT = {408, 429, 500, 502, 503, 504}
_UNSETTLED = {401, 403, 408, 429}
"""Below 500, the answers that a server does not keep for a key, so they do not tell what an
earlier try with the same key has done."""


def _may_pass(setback: Broken | errors.ImdError) -> bool:
    if isinstance(setback, Broken):
        return not setback.hopeless
    if isinstance(setback, errors.Refused):
        return setback.status in _TRANSIENT or isinstance(setback, errors.IdempotencyInFlight)
    return False


def _settles(error: errors.ImdError) -> bool:
    if isinstance(error, errors.IdempotencyInFlight | errors.ServerError):
        return False
    return isinstance(error, errors.Refused) and error.status not in _UNSETTLED


def _backoff(tries: int) -> float:
    """The most that a wait may be; the wait itself is drawn from all of it (full jitter)."""
    return min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (tries - 1))
