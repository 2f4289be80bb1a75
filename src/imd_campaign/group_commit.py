"""Short writes of many tasks in shared transactions: each commit waits for the disk."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection

from imd_campaign.errors import Unavailable

T = TypeVar("T")
Action = Callable[[Connection], Any]
MAX_GROUP = 500


@dataclass(slots=True, eq=False)
class _Write:
    action: Action
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def report(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class GroupCommit:
    """Runs what has gathered while the previous group was written; the result means "committed"."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction
        self._waiting: deque[_Write] = deque()
        self._lock = Lock()
        self._is_running = False

    async def run(self, action: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        write = _Write(action, loop.create_future(), loop)
        with self._lock:
            self._waiting.append(write)
            is_first, self._is_running = not self._is_running, True
        if is_first:
            loop.run_in_executor(None, self._run_groups)
        result: T = await write.future
        return result

    def _run_groups(self) -> None:
        while group := self._take_group():
            self._commit(group)
            for loop in {write.loop for write in group}:
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(_report, [w for w in group if w.loop is loop])

    def _take_group(self) -> list[_Write]:
        with self._lock:
            group = list(islice(self._waiting, MAX_GROUP))
            for _ in group:
                self._waiting.popleft()
            self._is_running = bool(group)
        return group

    def _commit(self, group: list[_Write]) -> None:
        """If one of a group fails, run each alone, so that it fails alone."""
        try:
            self._run_in_transaction(group)
        except Unavailable as error:  # each would wait for the database in vain
            for write in group:
                write.error = error
        except Exception as error:  # noqa: BLE001 it is raised where the write was asked for
            if len(group) == 1:
                group[0].error = error
                return
            for write in group:
                self._commit([write])

    def _run_in_transaction(self, group: list[_Write]) -> None:
        with self._transaction() as connection:
            for write in group:
                write.result = write.action(connection)


def _report(group: list[_Write]) -> None:
    for write in group:
        write.report()
