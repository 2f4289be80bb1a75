"""Makes one subject's calls in its own process, and prints the CPU time that they take.

python worker.py SUBJECT, then a line with a call's name and a number of times for each batch.
"""

import asyncio
import gc
import inspect
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    subject = Path(__file__).parent / "subjects" / f"{sys.argv[1]}.py"
    calls = runpy.run_path(str(subject))["CALLS"]
    print(*calls, flush=True)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            name, times = line.split()
            gc.collect()
            print(run_batch(runner, calls[name], int(times)), flush=True)


def run_batch(runner: asyncio.Runner, call: Callable[[], Any], times: int) -> float:
    if inspect.iscoroutinefunction(call):
        return runner.run(run_async_batch(call, times))
    begin = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - begin


async def run_async_batch(call: Callable[[], Any], times: int) -> float:
    begin = time.process_time()
    for _ in range(times):
        await call()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
