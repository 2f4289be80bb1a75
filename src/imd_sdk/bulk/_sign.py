"""One job: what to do next, when to wait, when to stop; and the two that carry it out.

A `Run` does no I/O but the journal's lines. Whoever drives it asks for the next `Step`, does it,
and tells what came of it: `Run.take` a row after a `Pull`, `Run.settle` an attempt that came back.
It has nothing to decide: one drives with threads, one with tasks.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import AsyncIterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from imd_sdk import errors
from imd_sdk.bulk._files import (
    OPEN,
    SENDING,
    Entry,
    Job,
    Journal,
    JournalError,
    Outcome,
    Report,
    TableError,
    opened,
)
from imd_sdk.bulk._table import SOURCE, as_row, signer

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping

    from anyio.abc import TaskGroup

    from imd_sdk import AsyncClient, Client
    from imd_sdk.bulk._table import Row

TRIES = 8
"""How often a row is tried, the retries of the client not counted, before it is put aside; and how
often in a row everybody waits in vain before the job is stopped."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LONGEST_BUSY = 3 * 60.0
"""Seconds for which a row waits until the campaign is done with its key."""
LONGEST_WAIT = 15 * 60.0
"""Seconds that a 429 may ask the job to wait; beyond, it stops and says when to come back."""


@dataclass(eq=False)
class Attempt:
    row: int
    key: str
    fields: dict[str, Any] = field(repr=False)
    tries: int = 0
    busy_since: float | None = None
    begun: bool = False
    """Whether this run has written down that it is sent."""
    doubt: bool = False
    """Whether an earlier try may have arrived."""
    late: bool = False
    """Whether that was so long ago that the campaign has forgotten the key."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Read the next row."""


@dataclass(frozen=True, slots=True)
class Start:
    """Send this one, without waiting for what comes of it."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Collect:
    """Wait until something that was sent comes back, so many seconds at most (None: any)."""

    seconds: float | None


Step = Pull | Start | Collect


class Run:
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
        self._ready: deque[Attempt] = deque()
        self._again: deque[Attempt] = deque()
        self._flying: dict[str, Attempt] = {}
        self._until = 0.0
        self._pauses = 0
        self._bug: Exception | None = None
        self._tell()

    def step(self) -> Step | None:
        hold = self._until - time.monotonic()
        if self._halted or self._exhausted or len(self._flying) >= self._concurrency:
            return Collect(None) if self._flying else None
        if hold > 0:
            return Collect(hold)
        queue = self._ready or (self._again if self._again_first else None)
        return Start(self._start(queue.popleft())) if queue else Pull()

    @property
    def _exhausted(self) -> bool:
        return self.report.ended and not self._ready and not self._again

    @property
    def _again_first(self) -> bool:
        """New rows before those in trouble, so that one bad row does not look like an outage."""
        return self.report.ended or len(self._again) >= 2 * self._concurrency

    @property
    def _halted(self) -> bool:
        return self.report.stopped is not None or self._bug is not None

    # --- rows come in ----------------------------------------------------------------------

    def take(self, given: Mapping[str, Any] | Row) -> None:
        self._position += 1
        row = as_row(self._position, given)
        self.report.read += 1
        try:
            fields = signer(row)
        except ValueError as error:
            self._record(Outcome.INVALID, row.number, None, str(error))
            return
        fields["source"] = fields["source"] or self._job.source
        self._judge(Attempt(row.number, self._journal.key(fields), fields))

    def _judge(self, attempt: Attempt) -> None:
        known = self._journal.known(attempt.key)
        if attempt.key in self._flying or (known and known.outcome == Outcome.SENT):
            self.report.note(Outcome.SKIPPED, attempt.row)
            self._tell()
            return
        attempt.doubt = bool(known and known.outcome in OPEN)
        attempt.late = bool(known and known.late(time.time()))
        self.report.late += attempt.late
        self._ready.append(attempt)

    def end(self) -> None:
        self.report.ended = True

    def interrupt(self) -> None:
        self.report.stopped = self.report.stopped or "it was interrupted"

    def halt(self, error: Exception) -> None:
        """Nothing more can be read or written: what was sent comes back, no more is sent."""
        if isinstance(error, TableError):
            self.report.stopped = str(error)
        else:
            self._bug = error

    # --- rows go out -----------------------------------------------------------------------

    def _start(self, attempt: Attempt) -> Attempt:
        if not attempt.begun:
            self._write(SENDING, attempt.row, attempt.key, None)
        attempt.begun = True
        attempt.tries += 1
        self._flying[attempt.key] = attempt
        return attempt

    # --- and come back ---------------------------------------------------------------------

    def settle(self, attempt: Attempt, error: Exception | None) -> None:
        if self._flying.pop(attempt.key, None) is None:
            return
        if error is None:
            self._pauses = 0
            self._record(Outcome.SENT, attempt.row, attempt.key)
        elif not isinstance(error, errors.ImdError):
            self._bug = error
            self._put_aside(attempt, "this program failed")
        else:
            self._face(attempt, error)

    def _face(self, attempt: Attempt, error: errors.ImdError) -> None:
        refusal = _refusal(error)
        attempt.doubt = attempt.doubt or _may_have_arrived(error)
        if stop := _stop(refusal, self._job.petition):
            self._turned_away(attempt, error, stop)
        elif isinstance(refusal, errors.RateLimited):
            self._wait_for(attempt, refusal)
        elif isinstance(refusal, errors.IdempotencyInFlight):
            self._let_finish(attempt, refusal)
        elif isinstance(refusal, errors.IdempotencyKeyReused):
            attempt.doubt = True
            self._put_aside(attempt, _reason(refusal))
        elif refusal and not _may_pass(refusal):
            self._refused(attempt, refusal)
        else:
            self._try_again(attempt, error)

    def _turned_away(self, attempt: Attempt, error: errors.ImdError, stop: str) -> None:
        self.report.stopped = stop
        if isinstance(error, errors.PetitionClosed):
            self._refused(attempt, error)
        else:
            self._put_aside(attempt, _reason(error))

    def _refused(self, attempt: Attempt, refusal: errors.Refused) -> None:
        """A refusal settles what came before it, unless the campaign has forgotten that."""
        outcome = Outcome.UNKNOWN if attempt.late else Outcome.REFUSED
        self._record(outcome, attempt.row, attempt.key, _reason(refusal))

    def _wait_for(self, attempt: Attempt, limited: errors.RateLimited) -> None:
        seconds = limited.retry_after or 0.0
        if seconds > LONGEST_WAIT:
            self.report.stopped = f"the campaign asks to come back in {seconds / 60:.0f} minutes"
            self._put_aside(attempt, _reason(limited))
            return
        attempt.tries -= 1
        self._pause(seconds + _drawn(FIRST_PAUSE))
        self._ready.appendleft(attempt)

    def _let_finish(self, attempt: Attempt, refusal: errors.IdempotencyInFlight) -> None:
        """The campaign is at it, or was when a run was killed; it lets go of a key in time."""
        now = time.monotonic()
        attempt.busy_since = attempt.busy_since or now
        if now - attempt.busy_since >= LONGEST_BUSY:
            self._put_aside(attempt, _reason(refusal))
            return
        attempt.tries -= 1
        self._pause((refusal.retry_after or 0.0) + _drawn(FIRST_PAUSE))
        self._again.append(attempt)

    def _try_again(self, attempt: Attempt, error: errors.ImdError) -> None:
        self._back_off(_refusal(error))
        if self._pauses >= TRIES and not self._is_last:
            self.report.stopped = f"the campaign does not answer ({_reason(error)})"
        if self._halted or attempt.tries >= TRIES:
            self._put_aside(attempt, _reason(error))
        else:
            self._again.append(attempt)

    @property
    def _is_last(self) -> bool:
        """Whether nothing else is left, so that one row alone may be in trouble."""
        return self._exhausted and not self._flying

    def _back_off(self, refusal: errors.Refused | None) -> None:
        asked = (refusal.retry_after if refusal else None) or 0.0
        if asked > LONGEST_WAIT:
            self._pauses = TRIES
        if time.monotonic() >= self._until:
            self._pauses += 1
            asked += _drawn(min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._pauses - 1)))
        self._pause(asked)

    def _pause(self, seconds: float) -> None:
        self._until = max(self._until, time.monotonic() + seconds)

    def _put_aside(self, attempt: Attempt, reason: str) -> None:
        outcome = Outcome.UNKNOWN if attempt.doubt else Outcome.NOT_SENT
        self._record(outcome, attempt.row, attempt.key, reason)

    # --- it ends ---------------------------------------------------------------------------

    def finish(self) -> Report:
        for attempt in self._flying.values():
            attempt.doubt = True
        left = [*self._flying.values(), *self._ready, *self._again]
        for queue in (self._flying, self._ready, self._again):
            queue.clear()
        try:
            for attempt in left:
                self._put_aside(attempt, "the job was stopped before")
        except JournalError as error:
            self._bug = self._bug or error
        if self._bug:
            raise self._bug
        return self.report

    # --- and all of it is written down -----------------------------------------------------

    def _record(
        self, outcome: Outcome, row: int, key: str | None, reason: str | None = None
    ) -> None:
        self._write(outcome, row, key, reason)
        self.report.note(outcome, row, reason)
        self._tell()

    def _write(self, outcome: str, row: int, key: str | None, reason: str | None) -> None:
        self._journal.write(Entry(row, key, outcome, int(time.time()), reason))

    def _tell(self) -> None:
        try:
            if self._progress:
                self._progress(self.report)
        except Exception as error:
            self._progress, self._bug = None, error


def _refusal(error: errors.ImdError) -> errors.Refused | None:
    """The refusal that is, or that stands behind an outcome that is not known."""
    if isinstance(error, errors.Refused):
        return error
    return error.__cause__ if isinstance(error.__cause__, errors.Refused) else None


def _may_have_arrived(error: errors.ImdError) -> bool:
    return isinstance(error, _DOUBTFUL)


_DOUBTFUL = (
    errors.OutcomeUnknown,
    errors.UnexpectedResponse,
    errors.ServerError,
    errors.IdempotencyInFlight,
)


_PASSING = {408, 429}


def _may_pass(refusal: errors.Refused) -> bool:
    return isinstance(refusal, errors.ServerError) or refusal.status in _PASSING


def _stop(refusal: errors.Refused | None, petition: str) -> str | None:
    if isinstance(refusal, errors.NotFound):
        return f"there is no petition {petition!r} at this address"
    for kind, words in _STOPS.items():
        if isinstance(refusal, kind):
            return words
    return None


_STOPS: dict[type[errors.Refused], str] = {
    errors.PetitionClosed: "the petition takes no more signatures",
    errors.Unauthorized: "the campaign does not know the API key",
    errors.Forbidden: "the API key does not reach this far",
}


def _reason(error: errors.ImdError) -> str:
    """Why, without a request id or a message, so that the same reasons are the same text."""
    if isinstance(error, errors.Refused):
        name = error.problem.name or f"status {error.status}"
        fields = sorted({fault.field for fault in error.errors})
        return f"{name}: {', '.join(fields)}" if fields else name
    refusal = _refusal(error)
    if refusal:
        return f"no whole answer came, then {_reason(refusal)}"
    return _REASONS.get(type(error)) or type(error).__name__


_REASONS: dict[type[errors.ImdError], str] = {
    errors.NotSent: "nothing reached the campaign",
    errors.NotSentInTime: "nothing reached the campaign in time",
    errors.OutcomeUnknown: "no whole answer came",
    errors.NotAnsweredInTime: "no whole answer came in time",
    errors.UnexpectedResponse: "the answer is not one of a campaign",
}


def _drawn(longest: float) -> float:
    """A part of it by lot, so that many partners do not come back at once."""
    return random.uniform(longest / 2, longest)


MOST_AT_ONCE = 64


def sign_many(
    client: Client,
    petition: str,
    rows: Iterable[Mapping[str, Any] | Row],
    *,
    journal: str | os.PathLike[str],
    source: str | None = None,
    concurrency: int = 4,
    progress: Callable[[Report], object] | None = None,
) -> Report:
    """Sign for everybody in ``rows`` who asked for it, each once, and report what came of it.

    ``rows``: `read_csv`, or mappings with the arguments of ``petitions.sign``; read as they are
    needed. ``journal``: the file that remembers what was done; run again with the same one and
    the job goes on where it was. It holds numbers of rows, keys and outcomes, and nobody's name.
    ``source`` names the partner in every row that names none. ``concurrency``: how many are on
    their way at once, 1 to 64. ``progress`` is called with the report so far, after every row.

    A row that fails does not stop the others; a 429 makes all of them wait. `PetitionClosed`,
    `NotFound`, `Unauthorized`, `Forbidden` and a campaign that does not come back stop the job:
    ``report.stopped`` says why. After Ctrl-C what is on its way is still recorded. Raises
    `JournalError`.
    """
    job = Job(client.base_url, petition, source)
    with _running(job, journal, concurrency, progress) as run:
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imd-bulk")
        threads = _Threads(client, petition, iter(rows), pool, run)
        try:
            threads.drive()
        finally:
            threads.land()
            pool.shutdown()
    return run.report


async def sign_many_async(
    client: AsyncClient,
    petition: str,
    rows: Iterable[Mapping[str, Any] | Row] | AsyncIterable[Mapping[str, Any] | Row],
    *,
    journal: str | os.PathLike[str],
    source: str | None = None,
    concurrency: int = 4,
    progress: Callable[[Report], object] | None = None,
) -> Report:
    """Sign for everybody in ``rows`` who asked for it, each once, and report what came of it.

    As `sign_many`, with tasks in place of threads; ``rows`` may also be an asynchronous iterable.
    When it is cancelled, what is on its way is waited for and recorded, then the cancellation
    goes on.
    """
    job = Job(client.base_url, petition, source)
    with _running(job, journal, concurrency, progress) as run:
        async with aclosing(_each(rows)) as each:
            tasks = _Tasks(client, petition, each, run)
            try:
                async with anyio.create_task_group() as group:
                    await tasks.drive(group)
            finally:
                tasks.settle()
    return run.report


@contextmanager
def _running(
    job: Job,
    journal: str | os.PathLike[str],
    concurrency: int,
    progress: Callable[[Report], object] | None,
) -> Iterator[Run]:
    """Hold the journal for as long as the job runs, and leave nothing that was read unrecorded."""
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise ValueError(f"concurrency must be 1 to {MOST_AT_ONCE}")
    if not SOURCE.fullmatch(job.source or "-"):
        raise ValueError("source must be 1 to 64 of a–z, 0–9 and -")
    with opened(journal, job, now=time.time()) as book:
        run = Run(job, book, concurrency=concurrency, progress=progress)
        try:
            yield run
        except BaseException:
            run.interrupt()
            raise
        finally:
            run.finish()


@dataclass
class _Threads:
    _client: Client
    _petition: str
    _rows: Iterator[Mapping[str, Any] | Row]
    _pool: ThreadPoolExecutor
    _run: Run
    _flights: dict[Future[Exception | None], Attempt] = field(default_factory=dict)

    def drive(self) -> None:
        while step := self._run.step():
            if isinstance(step, Pull):
                self._pull()
            elif isinstance(step, Start):
                self._flights[self._pool.submit(self._fly, step.attempt)] = step.attempt
            else:
                self._collect(step)

    def land(self) -> None:
        wait(self._flights)
        self._settle()

    def _pull(self) -> None:
        try:
            row = next(self._rows)
        except StopIteration:
            self._run.end()
        except Exception as error:
            self._run.halt(error)
        else:
            self._run.take(row)

    def _fly(self, attempt: Attempt) -> Exception | None:
        try:
            self._client.petitions.sign(
                self._petition, **attempt.fields, idempotency_key=attempt.key
            )
        except Exception as error:
            return error
        return None

    def _collect(self, step: Collect) -> None:
        if self._flights:
            wait(self._flights, step.seconds, FIRST_COMPLETED)
        elif step.seconds:
            time.sleep(step.seconds)
        self._settle()

    def _settle(self) -> None:
        for flight in [flight for flight in self._flights if flight.done()]:
            self._run.settle(self._flights[flight], flight.result())
            del self._flights[flight]


@dataclass
class _Tasks:
    _client: AsyncClient
    _petition: str
    _rows: AsyncIterator[Mapping[str, Any] | Row]
    _run: Run
    _landed: list[tuple[Attempt, Exception | None]] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)

    async def drive(self, group: TaskGroup) -> None:
        """Carry out step after step; a failure would leave the group in a group of its own."""
        try:
            while step := self._run.step():
                await self._do(step, group)
        except Exception as error:
            self._run.halt(error)

    async def _do(self, step: Step, group: TaskGroup) -> None:
        if isinstance(step, Pull):
            await self._pull()
        elif isinstance(step, Start):
            group.start_soon(self._fly, step.attempt)
        else:
            await self._collect(step)

    async def _pull(self) -> None:
        await anyio.lowlevel.checkpoint()
        try:
            row = await anext(self._rows)
        except StopAsyncIteration:
            self._run.end()
        except Exception as error:
            self._run.halt(error)
        else:
            self._run.take(row)

    async def _fly(self, attempt: Attempt) -> None:
        """Send it, and do not leave it in the air when the job is cancelled."""
        error: Exception | None = None
        with anyio.CancelScope(shield=True):
            try:
                await self._client.petitions.sign(
                    self._petition, **attempt.fields, idempotency_key=attempt.key
                )
            except Exception as caught:
                error = caught
        self._landed.append((attempt, error))
        self._news.set()

    async def _collect(self, step: Collect) -> None:
        with anyio.move_on_after(step.seconds):
            await self._news.wait()
        self.settle()

    def settle(self) -> None:
        self._news = anyio.Event()
        landed, self._landed = self._landed, []
        for attempt, error in landed:
            self._run.settle(attempt, error)


async def _each(
    rows: Iterable[Mapping[str, Any] | Row] | AsyncIterable[Mapping[str, Any] | Row],
) -> AsyncGenerator[Mapping[str, Any] | Row]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row
