"""The exchange of requests and responses for one call: when to send, wait and give up; no I/O.

`exchange` is a generator. It yields the next step, a `Send` or a `Pause`, and is sent the result
of a step, a `RawResponse` or a `TransportFailure`. The driver that runs it decides nothing. The
`Terms` of the client or of the call decide how long and how often to try.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from imd_sdk import errors
from imd_sdk._problems import to_error
from imd_sdk._redaction import redact
from imd_sdk._response import Headers, RawResponse, Response

if TYPE_CHECKING:
    from imd_sdk._call import ApiCall
    from imd_sdk._download import Download
    from imd_sdk._terms import Terms

T = TypeVar("T")

MAX_WAIT = 30.0
"""Seconds of a single wait when the caller has set no deadline."""
MIN_BACKOFF, MAX_BACKOFF = 0.5, 8.0


@dataclass(slots=True)
class Send:
    """Send a request; no network step may take longer than ``timeout`` or end after ``until``."""

    method: str
    logged_url: str
    """The URL without anything personal or secret."""
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout: float
    download: Download | None = field(default=None, repr=False)
    until: float | None = None


@dataclass(slots=True)
class Pause:
    """Pause before the next attempt."""

    seconds: float


@dataclass(slots=True)
class TransportFailure:
    """No complete response: the cause, and whether the request may have reached the server."""

    was_sent: bool
    cause: Exception
    is_permanent: bool = False


Step = Send | Pause
Result = RawResponse | TransportFailure | None
Exchange = Generator[Step, Result, T]
"""Yields steps, is sent their results, and returns what the call reads."""
Failure = TransportFailure | errors.ImdError


def exchange(call: ApiCall[T], terms: Terms) -> Exchange[T]:
    """Carry out a call, with as many attempts as its terms allow."""
    request = _build_request(call, terms)
    state = _RetryState(call, terms, request.headers.get("Idempotency-Key"))
    while True:
        result: Any = yield state.next_attempt(request)
        if isinstance(result, RawResponse) and _is_success(result):
            terms.budget.earn()
            return state.read(result)  # type: ignore[no-any-return]
        failure = state.failure(result)
        delay = state.retry_delay(failure)
        if delay is None:
            raise state.final_error(failure)
        yield Pause(delay)


def _build_request(call: ApiCall[T], terms: Terms) -> Send:
    headers = {**terms.headers, "Accept": call.accept}
    if not call.is_safe:
        headers["Idempotency-Key"] = terms.idempotency_key or uuid4().hex
    if terms.visitor_address:
        headers["Imd-Visitor-Address"] = terms.visitor_address
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    logged_url, url = terms.base_url + call.route, terms.base_url + call.target
    return Send(call.method, logged_url, url, headers, call.body, terms.timeout, call.download)


def _is_success(response: RawResponse) -> bool:
    return HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES


class _RetryState:
    """The attempts of one call so far, and what follows from them."""

    def __init__(self, call: ApiCall[Any], terms: Terms, key: str | None) -> None:
        self._call = call
        self._terms = terms
        self._key = key
        self._started_at = terms.clock()
        self._attempts = 0
        self._unknown_outcome: Exception | None = None
        """Why an earlier attempt may have been carried out without a response."""
        self._is_late = False

    def next_attempt(self, request: Send) -> Send:
        self._attempts += 1
        left = self._terms.time_left
        if left is None:
            return request
        if left <= 0:
            self._is_late = True
            raise self._no_response(self._unknown_outcome)
        return replace(request, timeout=min(request.timeout, left), until=self._terms.until)

    def read(self, raw: RawResponse) -> Any:
        on_response, read = self._terms.on_response, self._call.read
        response = self._public_response(raw) if on_response or not read else None
        if on_response and response:
            on_response(response)
        try:
            return read(raw) if read else response
        except errors.UnexpectedResponse as error:
            error.idempotency_key = self._key
            raise

    def _public_response(self, raw: RawResponse) -> Response:
        return Response(
            raw.status,
            Headers(raw.headers),
            raw.content,
            elapsed=self._terms.clock() - self._started_at,
            attempts=self._attempts,
            from_cache=raw.from_cache,
        )

    def failure(self, result: RawResponse | TransportFailure) -> Failure:
        """Turn a result into a failure without anything sensitive in it."""
        sensitive = self._call.sensitive_values | self._terms.sensitive_values
        if isinstance(result, RawResponse):
            error = to_error(result, self._call.route, datetime.now(UTC), sensitive)
            error.idempotency_key = self._key
            return error
        result.cause.args = tuple(redact(list(result.cause.args), sensitive))
        if result.was_sent:
            self._unknown_outcome = result.cause
        return result

    def retry_delay(self, failure: Failure) -> float | None:
        """Return the seconds to wait before the next attempt; None: no further attempt."""
        left = self._terms.time_left
        self._is_late = left is not None and left <= 0
        if self._is_late or self._attempts > self._terms.max_retries or not _is_transient(failure):
            return None
        requested = getattr(failure, "retry_after", None) or 0.0
        delay = requested + self._terms.draw(0, _max_backoff(self._attempts))
        if left is None and requested > MAX_WAIT:
            return None
        if left is not None and delay >= left:
            self._is_late = True
            return None
        return delay if self._is_within_budget(failure) else None

    def _is_within_budget(self, failure: Failure) -> bool:
        """A 429 is free: a server that says when to come back is not struggling."""
        return isinstance(failure, errors.RateLimited) or self._terms.budget.spend()

    def final_error(self, failure: Failure) -> errors.ImdError:
        if isinstance(failure, TransportFailure):
            return self._no_response(failure.cause)
        if self._unknown_outcome and self._key and not _settles_outcome(failure):
            return self._no_response(failure)
        return failure

    def _no_response(self, cause: Exception | None) -> errors.ImdError:
        was_sent = self._unknown_outcome is not None
        kind, summary = _NO_RESPONSE[was_sent, self._is_late]
        summary = summary.format(self._terms.base_url)
        reason = _describe(cause, with_text=not was_sent)
        error = kind(
            f"{self._call.route}: {summary}{reason}; {self._advice()}", idempotency_key=self._key
        )
        error.__cause__ = cause
        return error

    def _advice(self) -> str:
        if self._unknown_outcome and self._key:
            return "call again with idempotency_key=error.idempotency_key"
        if self._unknown_outcome or self._is_late:
            return "call again"
        return "check the URL and the network, and call again"


def _describe(cause: Exception | None, *, with_text: bool) -> str:
    if cause is None:
        return ""
    parts = [type(cause).__name__, str(cause) if with_text else ""]
    return f" ({': '.join(filter(None, parts))})"


_NO_RESPONSE: dict[tuple[bool, bool], tuple[type[errors.ImdError], str]] = {
    (False, False): (errors.NotSent, "no request reached {}"),
    (False, True): (errors.NotSentInTime, "the deadline passed before a request was sent"),
    (True, False): (errors.OutcomeUnknown, "a request was sent, but no complete response came"),
    (True, True): (
        errors.NoResponseInTime,
        "the deadline passed before a complete response came",
    ),
}
"""By whether a request was sent, and whether the deadline has passed."""

_TRANSIENT_STATUSES = {408, 429, 500, 502, 503, 504}
_UNSTORED_STATUSES = {401, 403, 408, 429}
"""Below 500, the responses that a server does not store for an Idempotency-Key: they do not say
what an earlier attempt with the same key has done."""


def _is_transient(failure: Failure) -> bool:
    if isinstance(failure, TransportFailure):
        return not failure.is_permanent
    if isinstance(failure, errors.IdempotencyInFlight):
        return True
    return isinstance(failure, errors.StatusError) and failure.status in _TRANSIENT_STATUSES


def _settles_outcome(error: errors.ImdError) -> bool:
    """Return whether the error says what the earlier attempts with the same key have done."""
    if isinstance(error, errors.IdempotencyInFlight | errors.ServerError):
        return False
    return isinstance(error, errors.StatusError) and error.status not in _UNSTORED_STATUSES


def _max_backoff(attempts: int) -> float:
    """Return the longest delay; the delay is drawn from 0 to it (full jitter)."""
    return min(MAX_BACKOFF, MIN_BACKOFF * 2.0 ** (attempts - 1))
