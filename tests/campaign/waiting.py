"""Waiting for what the worker does in the background."""

import asyncio
from collections.abc import Callable

import anyio
from sqlalchemy import Connection, text

LOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 a thread, a folder or a log is checked
            await anyio.sleep(0.01)


async def wait_until_locked(task: asyncio.Task, connection: Connection) -> None:
    """Wait until a task waits for a lock of PostgreSQL, or ends."""
    await wait_until(lambda: task.done() or bool(connection.execute(LOCKED).scalar()))
