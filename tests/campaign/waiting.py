"""Waiting for what the worker does in the background."""

from collections.abc import Callable

import anyio


async def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 a thread, a folder or a log is checked
            await anyio.sleep(0.01)
