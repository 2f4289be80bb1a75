"""What a call costs: CPU time of batches, the subjects taking turns, each in its own process."""

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ratios import turns

CALLS = ("get", "page", "post", "get_async")
WORKER = Path(__file__).with_name("worker.py")
WARM_UP = 20
LONG_ENOUGH = 0.01
"""Seconds of CPU in a batch, at least."""

Times = dict[str, list[float]]


class Worker:
    """A process that does calls when told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.calls = set(self._read().split())
        if not self.calls:
            raise RuntimeError(f"{process.args} does not start: has its API changed?")
        self._batch = {name: self._size(name) for name in sorted(self.calls)}

    def cost(self, call: str) -> float:
        """CPU seconds of one call."""
        return self._ask(call, self._batch[call]) / self._batch[call]

    def _size(self, call: str) -> int:
        """How many of a call make a batch; finding out warms it up."""
        self._ask(call, WARM_UP)
        times = 1
        while self._ask(call, times) < LONG_ENOUGH:
            times *= 2
        return times

    def _ask(self, call: str, times: int) -> float:
        assert self._process.stdin
        self._process.stdin.write(f"{call} {times}\n")
        self._process.stdin.flush()
        return float(self._read())

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def working(python: Path, name: str, sample: Path) -> Iterator[Worker]:
    process = subprocess.Popen(
        [python, "-W", "ignore", WORKER, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0", "SAMPLE": str(sample)},
    )
    with process:
        yield Worker(process)
        process.communicate()


def measure(
    pythons: dict[str, Path], sample: Path, rounds: int, processes: int
) -> dict[str, Times]:
    """For each call the subjects' times, a number a round.

    Where a process puts its code and data in memory moves its speed by some percent, so the rounds
    are spread over several processes of each.
    """
    times: dict[str, Times] = {call: defaultdict(list) for call in CALLS}
    for _ in range(processes):
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(working(python, name, sample))
                for name, python in pythons.items()
            }
            for order in turns(list(workers), rounds):
                _round(workers, order, times)
    return times


def _round(workers: dict[str, Worker], order: list[str], times: dict[str, Times]) -> None:
    for call in CALLS:
        for name in order:
            if call in workers[name].calls:
                times[call][name].append(workers[name].cost(call))
