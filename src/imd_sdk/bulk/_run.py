"""One bulk job without I/O other than the journal: what to do next, when to wait, when to stop.

A driver asks for the next `Step`, carries it out and reports the result: it calls `BulkRun.add_row`
after a `Pull`, and `BulkRun.settle` for a pending row that has a result. The drivers, one with
threads and one with tasks, decide nothing.
"""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imd_sdk import errors
from imd_sdk.bulk._errors import JournalError, TableError
from imd_sdk.bulk._journal import SENDING, UNRESOLVED, JournalEntry
from imd_sdk.bulk._report import Report, RowOutcome
from imd_sdk.bulk._rows import parse_row, to_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imd_sdk.bulk._journal import Job, Journal
    from imd_sdk.bulk._rows import Row

MAX_TRIES = 8
"""Attempts for a row, without the client's own retries, before it is set aside; also how many
consecutive pauses without success stop the job."""
FIRST_PAUSE, MAX_PAUSE = 1.0, 60.0
MAX_BUSY = 3 * 60.0
"""Seconds for which a row waits while the campaign still handles a request with its key."""
MAX_WAIT = 15 * 60.0
"""Longest wait in seconds that a 429 may ask for; for a longer one the job stops."""


@dataclass(eq=False)
class PendingRow:
    row: int
    key: str
    fields: dict[str, Any] = field(repr=False)
    tries: int = 0
    busy_since: float | None = None
    is_recorded: bool = False
    """Whether this run has recorded in the journal that it sends the row."""
    is_unresolved: bool = False
    """Whether an earlier pending may have arrived."""
    has_expired_key: bool = False
    """Whether its key has expired since."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Read the next row."""


@dataclass(frozen=True, slots=True)
class Start:
    """Send this row, without waiting for the result."""

    pending: PendingRow


@dataclass(frozen=True, slots=True)
class Collect:
    """Wait for a result, for at most this many seconds (None: without a limit)."""

    seconds: float | None


Step = Pull | Start | Collect


class BulkRun:
    def __init__(
        self,
        job: Job,
        journal: Journal,
        *,
        concurrency: int,
        progress: Callable[[Report], object] | None = None,
    ) -> None:
        self.report = Report()
        self._job = job
        self._journal = journal
        self._concurrency = concurrency
        self._progress = progress
        self._position = 0
        self._ready: deque[PendingRow] = deque()
        self._retries: deque[PendingRow] = deque()
        self._in_flight: dict[str, PendingRow] = {}
        self._paused_until = 0.0
        self._pauses = 0
        self._failure: Exception | None = None
        self._report_progress()

    @property
    def is_attested(self) -> bool:
        return self._job.attested

    def list_arguments(self, pending: PendingRow) -> dict[str, Any]:
        """Return what is sent of a row; the source of an attested one is that of the key."""
        if not self.is_attested:
            return pending.fields
        return {name: value for name, value in pending.fields.items() if name != "source"}

    def step(self) -> Step | None:
        hold = self._paused_until - time.monotonic()
        if self._is_halted or self._is_exhausted or len(self._in_flight) >= self._concurrency:
            return Collect(None) if self._in_flight else None
        if hold > 0:
            return Collect(hold)
        queue = self._ready or (self._retries if self._retries_first else None)
        return Start(self._start(queue.popleft())) if queue else Pull()

    @property
    def _is_exhausted(self) -> bool:
        return self.report.has_read_all and not self._ready and not self._retries

    @property
    def _retries_first(self) -> bool:
        """Whether retries go first; not by default, or one bad row would look like an outage."""
        return self.report.has_read_all or len(self._retries) >= 2 * self._concurrency

    @property
    def _is_halted(self) -> bool:
        return self.report.stopped is not None or self._failure is not None

    # --- rows ----------------------------------------------------------------------

    def add_row(self, given: Mapping[str, Any] | Row) -> None:
        self._position += 1
        row = to_row(self._position, given)
        self.report.read += 1
        try:
            fields = parse_row(row, attested=self._job.attested)
        except ValueError as error:
            self._record(RowOutcome.INVALID, row.number, None, str(error))
            return
        fields["source"] = fields["source"] or self._job.source
        self._add_attempt(PendingRow(row.number, self._journal.key(fields), fields))

    def _add_attempt(self, pending: PendingRow) -> None:
        known = self._journal.known_outcome(pending.key)
        if pending.key in self._in_flight or (known and known.outcome == RowOutcome.SENT):
            self.report.note(RowOutcome.SKIPPED, pending.row)
            self._report_progress()
            return
        pending.is_unresolved = bool(known and known.outcome in UNRESOLVED)
        pending.has_expired_key = bool(known and known.has_expired(time.time()))
        self.report.late += pending.has_expired_key
        self._ready.append(pending)

    def end(self) -> None:
        self.report.has_read_all = True

    def interrupt(self) -> None:
        self.report.stopped = self.report.stopped or "it was interrupted"

    def halt(self, error: Exception) -> None:
        """Send no more rows, because reading or writing failed; still collect results."""
        if isinstance(error, TableError):
            self.report.stopped = str(error)
        else:
            self._failure = error

    # --- attempts -----------------------------------------------------------------------

    def _start(self, pending: PendingRow) -> PendingRow:
        if not pending.is_recorded:
            self._write(SENDING, pending.row, pending.key, None)
        pending.is_recorded = True
        pending.tries += 1
        self._in_flight[pending.key] = pending
        return pending

    # --- results ---------------------------------------------------------------------

    def settle(self, pending: PendingRow, error: Exception | None) -> None:
        if self._in_flight.pop(pending.key, None) is None:
            return
        if error is None:
            self._pauses = 0
            self._record(RowOutcome.SENT, pending.row, pending.key)
        elif not isinstance(error, errors.ImdError):
            self._failure = error
            self._set_aside(pending, "the program failed")
        else:
            self._handle_error(pending, error)

    def _handle_error(self, pending: PendingRow, error: errors.ImdError) -> None:
        rejection = _find_rejection(error)
        pending.is_unresolved = pending.is_unresolved or _may_have_arrived(error)
        if stop := _stop_reason(rejection, self._job.petition):
            self._stop_job(pending, error, stop)
        elif isinstance(rejection, errors.RateLimited):
            self._wait_for_rate_limit(pending, rejection)
        elif isinstance(rejection, errors.IdempotencyInFlight):
            self._wait_for_key(pending, rejection)
        elif isinstance(rejection, errors.IdempotencyKeyReused):
            pending.is_unresolved = True
            self._set_aside(pending, _reason(rejection))
        elif rejection and not _is_temporary(rejection):
            self._record_rejection(pending, rejection)
        else:
            self._try_again(pending, error)

    def _stop_job(self, pending: PendingRow, error: errors.ImdError, stop: str) -> None:
        self.report.stopped = stop
        if isinstance(error, errors.PetitionClosed | errors.CampaignClosed):
            self._record_rejection(pending, error)
        else:
            self._set_aside(pending, _reason(error))

    def _record_rejection(self, pending: PendingRow, rejection: errors.StatusError) -> None:
        """Record a rejection, which also settles earlier attempts unless the key has expired."""
        outcome = RowOutcome.UNKNOWN if pending.has_expired_key else RowOutcome.REFUSED
        self._record(outcome, pending.row, pending.key, _reason(rejection))

    def _wait_for_rate_limit(self, pending: PendingRow, limited: errors.RateLimited) -> None:
        seconds = limited.retry_after or 0.0
        if seconds > MAX_WAIT:
            self.report.stopped = f"the campaign asks to wait {seconds / 60:.0f} minutes"
            self._set_aside(pending, _reason(limited))
            return
        pending.tries -= 1
        self._pause(seconds + _jitter(FIRST_PAUSE))
        self._ready.appendleft(pending)

    def _wait_for_key(self, pending: PendingRow, rejection: errors.IdempotencyInFlight) -> None:
        """Wait: the campaign still handles a request with this key, perhaps from a killed run."""
        now = time.monotonic()
        pending.busy_since = pending.busy_since or now
        if now - pending.busy_since >= MAX_BUSY:
            self._set_aside(pending, _reason(rejection))
            return
        pending.tries -= 1
        self._pause((rejection.retry_after or 0.0) + _jitter(FIRST_PAUSE))
        self._retries.append(pending)

    def _try_again(self, pending: PendingRow, error: errors.ImdError) -> None:
        self._back_off(_find_rejection(error))
        if self._pauses >= MAX_TRIES and not self._is_last:
            self.report.stopped = f"the campaign does not respond ({_reason(error)})"
        if self._is_halted or pending.tries >= MAX_TRIES:
            self._set_aside(pending, _reason(error))
        else:
            self._retries.append(pending)

    @property
    def _is_last(self) -> bool:
        """Whether no other row is left, so that the problem may be this row's alone."""
        return self._is_exhausted and not self._in_flight

    def _back_off(self, rejection: errors.StatusError | None) -> None:
        seconds = (rejection.retry_after if rejection else None) or 0.0
        if seconds > MAX_WAIT:
            self._pauses = MAX_TRIES
        if time.monotonic() >= self._paused_until:
            self._pauses += 1
            seconds += _jitter(min(MAX_PAUSE, FIRST_PAUSE * 2.0 ** (self._pauses - 1)))
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _set_aside(self, pending: PendingRow, reason: str) -> None:
        outcome = RowOutcome.UNKNOWN if pending.is_unresolved else RowOutcome.NOT_SENT
        self._record(outcome, pending.row, pending.key, reason)

    # --- end ---------------------------------------------------------------------------

    def finish(self) -> Report:
        for pending in self._in_flight.values():
            pending.is_unresolved = True
        left = [*self._in_flight.values(), *self._ready, *self._retries]
        for queue in (self._in_flight, self._ready, self._retries):
            queue.clear()
        try:
            for pending in left:
                self._set_aside(pending, "the job stopped before it was sent")
        except JournalError as error:
            self._failure = self._failure or error
        if self._failure:
            raise self._failure
        return self.report

    # --- journal and report -----------------------------------------------------

    def _record(
        self, outcome: RowOutcome, row: int, key: str | None, reason: str | None = None
    ) -> None:
        self._write(outcome, row, key, reason)
        self.report.note(outcome, row, reason)
        self._report_progress()

    def _write(self, outcome: str, row: int, key: str | None, reason: str | None) -> None:
        self._journal.write(JournalEntry(row, key, outcome, int(time.time()), reason))

    def _report_progress(self) -> None:
        try:
            if self._progress:
                self._progress(self.report)
        except Exception as error:
            self._progress, self._failure = None, error


def _find_rejection(error: errors.ImdError) -> errors.StatusError | None:
    """Return the rejection itself, or the one that caused an unknown outcome."""
    if isinstance(error, errors.StatusError):
        return error
    return error.__cause__ if isinstance(error.__cause__, errors.StatusError) else None


def _may_have_arrived(error: errors.ImdError) -> bool:
    return isinstance(error, _ARRIVAL_UNKNOWN)


_ARRIVAL_UNKNOWN = (
    errors.OutcomeUnknown,
    errors.UnexpectedResponse,
    errors.ServerError,
    errors.IdempotencyInFlight,
)
_TEMPORARY_STATUSES = {408, 429}


def _is_temporary(rejection: errors.StatusError) -> bool:
    return isinstance(rejection, errors.ServerError) or rejection.status in _TEMPORARY_STATUSES


def _stop_reason(rejection: errors.StatusError | None, petition: str) -> str | None:
    if isinstance(rejection, errors.NotFound):
        return f"the petition {petition!r} does not exist at this URL"
    for kind, words in _STOP_REASONS.items():
        if isinstance(rejection, kind):
            return words
    return None


_STOP_REASONS: dict[type[errors.StatusError], str] = {
    errors.PetitionClosed: "the petition is closed",
    errors.CampaignClosed: "the campaign is closed",
    errors.Unauthorized: "the API key is not valid",
    errors.Forbidden: "the API key lacks the required scope",
}


def _reason(error: errors.ImdError) -> str:
    """Describe an error without request id or message, so that equal reasons are equal text."""
    if isinstance(error, errors.StatusError):
        name = error.problem.name or f"status {error.status}"
        fields = sorted({fault.field for fault in error.errors})
        return f"{name}: {', '.join(fields)}" if fields else name
    rejection = _find_rejection(error)
    if rejection:
        return f"no complete response arrived, then {_reason(rejection)}"
    return _REASONS.get(type(error)) or type(error).__name__


_REASONS: dict[type[errors.ImdError], str] = {
    errors.NotSent: "no request reached the campaign",
    errors.NotSentInTime: "no request reached the campaign in time",
    errors.OutcomeUnknown: "no complete response arrived",
    errors.NoResponseInTime: "no complete response arrived in time",
    errors.UnexpectedResponse: "the response is not from a campaign",
}


def _jitter(longest: float) -> float:
    """Draw a random part of the pause, so that many clients do not return at once."""
    return random.uniform(longest / 2, longest)
