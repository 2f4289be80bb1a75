"""Sign for many people: the drivers of a `BulkRun`, one with threads and one with tasks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from imd_sdk.bulk._interrupts import deferred_interrupts
from imd_sdk.bulk._journal import Job, open_journal
from imd_sdk.bulk._rows import SOURCE
from imd_sdk.bulk._run import BulkRun, Collect, Pull, Start

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping

    from anyio.abc import TaskGroup

    from imd_sdk.bulk._interrupts import Interrupts
    from imd_sdk.bulk._report import Report
    from imd_sdk.bulk._rows import Row
    from imd_sdk.bulk._run import PendingRow, Step
    from imd_sdk.client import AsyncClient, Client

MAX_CONCURRENCY = 64


def sign_many(
    client: Client,
    petition: str,
    rows: Iterable[Mapping[str, Any] | Row],
    *,
    journal: str | os.PathLike[str],
    source: str | None = None,
    attested: bool = False,
    concurrency: int = 4,
    progress: Callable[[Report], object] | None = None,
) -> Report:
    """Sign for each person in ``rows`` exactly once, and report the result.

    Send only rows of people who agreed to it. ``rows`` come from `read_csv`, or are mappings of
    the arguments of ``petitions.sign``; they are read as they are needed. ``journal`` is the file
    that records progress: run the job again with the same journal to continue where it stopped. It
    holds row numbers, keys and outcomes, and no personal data. ``source`` names the partner for
    rows without one. With ``attested``, the signatures are sent as verified by yourself, with
    ``petitions.attest``: they count at once, and rows may also have ``reference``, ``public`` and
    ``updates``; their source is that of the key. ``concurrency`` is the number of simultaneous
    requests, 1 to 64. ``progress`` is called with the report after every row.

    A row that fails does not stop the others; after a 429 all of them wait. `PetitionClosed`,
    `NotFound`, `Unauthorized`, `Forbidden` and a campaign that stops responding stop the job;
    ``report.stopped`` is the reason. After Ctrl-C, requests in progress are still recorded. Raises
    `JournalError`.
    """
    job = Job(client.base_url, petition, source, attested)
    with deferred_interrupts() as interrupts, _open_run(job, journal, concurrency, progress) as run:
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imd-bulk")
        driver = _ThreadDriver(client, petition, iter(rows), pool, run, interrupts)
        try:
            driver.drive()
        finally:
            driver.wait_for_results()
            pool.shutdown()
    return run.report


async def sign_many_async(
    client: AsyncClient,
    petition: str,
    rows: Iterable[Mapping[str, Any] | Row] | AsyncIterable[Mapping[str, Any] | Row],
    *,
    journal: str | os.PathLike[str],
    source: str | None = None,
    attested: bool = False,
    concurrency: int = 4,
    progress: Callable[[Report], object] | None = None,
) -> Report:
    """Sign for each person in ``rows`` exactly once, and report the result.

    Like `sign_many`, with tasks instead of threads; ``rows`` may also be an asynchronous iterable.
    When cancelled, it waits for requests in progress and records them before the cancellation
    takes effect.
    """
    job = Job(client.base_url, petition, source, attested)
    with _open_run(job, journal, concurrency, progress) as run:
        async with aclosing(_iterate(rows)) as iterated:
            driver = _TaskDriver(client, petition, iterated, run)
            try:
                async with anyio.create_task_group() as group:
                    await driver.drive(group)
            finally:
                driver.settle()
    return run.report


@contextmanager
def _open_run(
    job: Job,
    journal: str | os.PathLike[str],
    concurrency: int,
    progress: Callable[[Report], object] | None,
) -> Iterator[BulkRun]:
    """Keep the journal open while the job runs, and record every row that was read."""
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        raise ValueError(f"concurrency must be 1 to {MAX_CONCURRENCY}")
    if not SOURCE.fullmatch(job.source or "-"):
        raise ValueError("source must be 1 to 64 characters of a–z, 0–9 and -")
    with open_journal(journal, job, now=time.time()) as book:
        run = BulkRun(job, book, concurrency=concurrency, progress=progress)
        try:
            yield run
        except BaseException:
            run.interrupt()
            raise
        finally:
            run.finish()


@dataclass
class _ThreadDriver:
    _client: Client
    _petition: str
    _rows: Iterator[Mapping[str, Any] | Row]
    _pool: ThreadPoolExecutor
    _run: BulkRun
    _interrupts: Interrupts
    _futures: dict[Future[Exception | None], PendingRow] = field(default_factory=dict)

    def drive(self) -> None:
        while step := self._run.step():
            if isinstance(step, Pull):
                self._pull()
            elif isinstance(step, Start):
                self._futures[self._pool.submit(self._send, step.pending)] = step.pending
            else:
                self._collect(step)

    def wait_for_results(self) -> None:
        with self._interrupts.allowed():
            wait(self._futures)
        self._settle()

    def _pull(self) -> None:
        try:
            with self._interrupts.allowed():
                row = next(self._rows)
        except StopIteration:
            self._run.end()
        except Exception as error:
            self._run.halt(error)
        else:
            self._run.add_row(row)

    def _send(self, pending: PendingRow) -> Exception | None:
        try:
            petitions = self._client.petitions
            call: Any = petitions.attest if self._run.is_attested else petitions.sign
            call(self._petition, **self._run.list_arguments(pending), idempotency_key=pending.key)
        except Exception as error:
            return error
        return None

    def _collect(self, step: Collect) -> None:
        with self._interrupts.allowed():
            if self._futures:
                wait(self._futures, step.seconds, FIRST_COMPLETED)
            elif step.seconds:
                time.sleep(step.seconds)
        self._settle()

    def _settle(self) -> None:
        for future in [future for future in self._futures if future.done()]:
            self._run.settle(self._futures[future], future.result())
            del self._futures[future]


@dataclass
class _TaskDriver:
    _client: AsyncClient
    _petition: str
    _rows: AsyncIterator[Mapping[str, Any] | Row]
    _run: BulkRun
    _results: list[tuple[PendingRow, Exception | None]] = field(default_factory=list)
    _result_arrived: anyio.Event = field(default_factory=anyio.Event)

    async def drive(self, group: TaskGroup) -> None:
        """Carry out the steps; an exception would leave the task group wrapped in another group."""
        try:
            while step := self._run.step():
                await self._do(step, group)
        except Exception as error:
            self._run.halt(error)

    async def _do(self, step: Step, group: TaskGroup) -> None:
        if isinstance(step, Pull):
            await self._pull()
        elif isinstance(step, Start):
            group.start_soon(self._send, step.pending)
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
            self._run.add_row(row)

    async def _send(self, pending: PendingRow) -> None:
        """Send a row, and finish the request even if the job is cancelled."""
        error: Exception | None = None
        with anyio.CancelScope(shield=True):
            try:
                petitions = self._client.petitions
                call: Any = petitions.attest if self._run.is_attested else petitions.sign
                arguments = self._run.list_arguments(pending)
                await call(self._petition, **arguments, idempotency_key=pending.key)
            except Exception as caught:
                error = caught
        self._results.append((pending, error))
        self._result_arrived.set()

    async def _collect(self, step: Collect) -> None:
        with anyio.move_on_after(step.seconds):
            await self._result_arrived.wait()
        self.settle()

    def settle(self) -> None:
        self._result_arrived = anyio.Event()
        results, self._results = self._results, []
        for pending, error in results:
            self._run.settle(pending, error)


async def _iterate(
    rows: Iterable[Mapping[str, Any] | Row] | AsyncIterable[Mapping[str, Any] | Row],
) -> AsyncGenerator[Mapping[str, Any] | Row]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row
