"""The two that carry a job out: one with threads, one with tasks; they decide nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from imd_sdk.bulk._journal import Job, opened
from imd_sdk.bulk._run import Attempt, Collect, Pull, Run, Start, Step

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping

    from anyio.abc import TaskGroup

    from imd_sdk import AsyncClient, Client
    from imd_sdk.bulk._report import Report
    from imd_sdk.bulk._table import Row

__all__ = ["sign_many", "sign_many_async"]

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

    ``rows``: `read_csv`, or mappings with the arguments of ``petitions.sign`` (``name``,
    ``email``, ``country``, ``lang``, ``public``, ``updates``, ``source``); read as they are
    needed. ``journal``: the file that remembers what was done; run again with the same one and
    the job goes on where it was. It holds numbers of rows, keys and outcomes, and nobody's name.
    ``source`` names the partner in every row that names none. ``concurrency``: how many are on
    their way at once, 1 to 64. ``progress`` is called with the report so far, after every row.

    A row that fails does not stop the others; a 429 makes all of them wait. `PetitionClosed`,
    `NotFound`, `Unauthorized`, `Forbidden` and a campaign that does not come back do stop the
    job: ``report.stopped`` says why. After Ctrl-C what is on its way is waited for and recorded,
    then `KeyboardInterrupt` goes on. Raises `JournalError`.
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
                tasks.land()
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
    with opened(journal, job, now=time.time()) as book:
        run = Run(job, book, concurrency=concurrency, progress=progress)
        try:
            yield run
        except BaseException:
            run.interrupt()
            raise
        finally:
            run.finish()


class _Threads:
    def __init__(
        self,
        client: Client,
        petition: str,
        rows: Iterator[Mapping[str, Any] | Row],
        pool: ThreadPoolExecutor,
        run: Run,
    ) -> None:
        self._client = client
        self._petition = petition
        self._rows = rows
        self._pool = pool
        self._run = run
        self._flights: dict[Future[Exception | None], Attempt] = {}

    def drive(self) -> None:
        while step := self._run.step():
            if isinstance(step, Pull):
                self._pull()
            elif isinstance(step, Start):
                self._flights[self._pool.submit(self._fly, step.attempt)] = step.attempt
            else:
                self._collect(step)

    def land(self) -> None:
        """Wait for all that is on its way."""
        wait(self._flights)
        self._settle()

    def _pull(self) -> None:
        try:
            row = next(self._rows)
        except StopIteration:
            self._run.end()
        except Exception as error:  # noqa: BLE001 whatever the caller's rows raise
            self._run.halt(error)
        else:
            self._run.take(row)

    def _fly(self, attempt: Attempt) -> Exception | None:
        try:
            self._client.petitions.sign(
                self._petition, **attempt.fields, idempotency_key=attempt.key
            )
        except Exception as error:  # noqa: BLE001 the run judges it
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


class _Tasks:
    def __init__(
        self,
        client: AsyncClient,
        petition: str,
        rows: AsyncIterator[Mapping[str, Any] | Row],
        run: Run,
    ) -> None:
        self._client = client
        self._petition = petition
        self._rows = rows
        self._run = run
        self._landed: list[tuple[Attempt, Exception | None]] = []
        self._news = anyio.Event()

    async def drive(self, group: TaskGroup) -> None:
        """Carry out step after step; a failure would leave the group in a group of its own."""
        try:
            while step := self._run.step():
                await self._do(step, group)
        except Exception as error:  # noqa: BLE001 it is raised when all has landed
            self._run.halt(error)

    async def _do(self, step: Step, group: TaskGroup) -> None:
        if isinstance(step, Pull):
            await self._pull()
        elif isinstance(step, Start):
            group.start_soon(self._fly, step.attempt)
        else:
            await self._collect(step)

    def land(self) -> None:
        """Settle what came back last; the task group has waited for it."""
        self._settle()

    async def _pull(self) -> None:
        await anyio.lowlevel.checkpoint()
        try:
            row = await anext(self._rows)
        except StopAsyncIteration:
            self._run.end()
        except Exception as error:  # noqa: BLE001 whatever the caller's rows raise
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
            except Exception as caught:  # noqa: BLE001 the run judges it
                error = caught
        self._landed.append((attempt, error))
        self._news.set()

    async def _collect(self, step: Collect) -> None:
        with anyio.move_on_after(step.seconds):
            await self._news.wait()
        self._settle()

    def _settle(self) -> None:
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
