"""Measures the CPU time of calls in batches; the subjects take turns in their own processes."""

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from paired_ratios import make_orders

CALLS = ("get", "page", "post", "get_async")
WORKER = Path(__file__).with_name("worker.py")
WARM_UP = 20
MIN_BATCH_SECONDS = 0.01
"""Seconds of CPU in a batch, at least."""

Times = dict[str, list[float]]


class Worker:
    """A process that makes calls on request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.calls = set(self._read_line().split())
        if not self.calls:
            raise RuntimeError(f"{process.args} does not start: has its API changed?")
        self._batch_sizes = {name: self._find_batch_size(name) for name in sorted(self.calls)}

    def measure_call(self, call: str) -> float:
        """Measure the CPU seconds of one call."""
        return self._run_batch(call, self._batch_sizes[call]) / self._batch_sizes[call]

    def _find_batch_size(self, call: str) -> int:
        """Find how many calls make a batch; this also warms the process up."""
        self._run_batch(call, WARM_UP)
        times = 1
        while self._run_batch(call, times) < MIN_BATCH_SECONDS:
            times *= 2
        return times

    def _run_batch(self, call: str, times: int) -> float:
        assert self._process.stdin
        self._process.stdin.write(f"{call} {times}\n")
        self._process.stdin.flush()
        return float(self._read_line())

    def _read_line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def start_worker(python: Path, name: str, sample: Path) -> Iterator[Worker]:
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
    """Return each subject's times for each call, one for each round.

    The place of code and data in memory changes the speed of a process by some percent, so the
    rounds are spread over several processes.
    """
    times: dict[str, Times] = {call: defaultdict(list) for call in CALLS}
    for _ in range(processes):
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(start_worker(python, name, sample))
                for name, python in pythons.items()
            }
            for order in make_orders(list(workers), rounds):
                _measure_round(workers, order, times)
    return times


def _measure_round(workers: dict[str, Worker], order: list[str], times: dict[str, Times]) -> None:
    for call in CALLS:
        for name in order:
            if call in workers[name].calls:
                times[call][name].append(workers[name].measure_call(call))
