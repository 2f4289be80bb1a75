import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: only a change turns a test red. `make fuzz` looks for new ones.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", untimed, derandomize=True, database=None)
settings.register_profile("fuzz", untimed, max_examples=1000, print_blob=True)
settings.load_profile("repeatable")

READY = re.compile(r"http://127\.0\.0\.1:\d+")
PATIENCE = 60


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def interrupts(handler: Any) -> Iterator[None]:
    """Children started in this block inherit this disposition of SIGINT.

    A handler written in Python becomes the default one in the child: signal(7), execve(2).
    """
    inherited = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, inherited)


def start_process(
    command: list[str], *, ignore_interrupts: bool = False, **options: Any
) -> subprocess.Popen[str]:
    """Start a child that Ctrl-C ends, also from a background job, whose SIGINT is ignored."""
    with interrupts(signal.SIG_IGN if ignore_interrupts else signal.default_int_handler):
        return subprocess.Popen(command, text=True, **options)


@pytest.fixture(scope="session", name="start_process")
def start_process_fixture() -> Callable[..., subprocess.Popen[str]]:
    return start_process


@dataclass
class Served:
    """A command of ours that serves, as a process of its own."""

    process: subprocess.Popen[str]
    address: str
    folder: Path

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> str:
        self.interrupt()
        return self.process.communicate(timeout=PATIENCE)[0]

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()


def serve(
    *arguments: str, folder: Path, ignore_interrupts: bool = False, **environment: str
) -> Served:
    process = start_process(
        [sys.executable, "-u", "-m", "imd_cli", *arguments],
        ignore_interrupts=ignore_interrupts,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Served(process, _address(process), folder)


def _address(process: subprocess.Popen[str]) -> str:
    seen, deadline = "", time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if select.select([process.stdout], [], [], 0.2)[0]:
            seen += process.stdout.readline()
        if found := READY.search(seen):
            return found.group()
    process.kill()
    raise AssertionError(f"not ready:\n{seen}{process.communicate()[0]}")


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start commands that serve; whatever still runs at the end of the test is stopped."""
    started: list[Served] = []

    def start(*arguments: str, **options: Any) -> Served:
        started.append(serve(*arguments, folder=tmp_path, **options))
        return started[-1]

    yield start
    for served in started:
        served.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    served = serve("demo", "--port", "0", "--data", "data", folder=folder)
    yield served
    served.close()
