import gc
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any, TypeVar

import coverage
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from imd_campaign import db

# Tests need no disk that survives a power cut: waiting for it takes most of their time.
db.SYNCHRONOUS = "OFF"

# Every run uses the same examples, so that only changes break tests. `make fuzz` finds new ones.
without_time_limits = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", without_time_limits, derandomize=True, database=None)
settings.register_profile("fuzz", without_time_limits, max_examples=1000, print_blob=True)
settings.load_profile("repeatable")

T = TypeVar("T")
TESTS = Path(__file__).parent
STORIES = {"docs", "journeys", "monitoring"}
READY = re.compile(r"http://127\.0\.0\.1:\d+")
TIMEOUT = 60
# Without the user interface of the whole browser, which opens a process of its own for each page.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


def pytest_collection_finish() -> None:
    """Spare the garbage collector thousands of tests and modules, which it never frees."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with nullcontext() if _is_measured(item) else _unmeasured():
        return (yield)


def _is_measured(item: pytest.Item) -> bool:
    """Measure no coverage where other tests run the same code: it takes a third of the time."""
    is_story = item.path.relative_to(TESTS).parts[0] in STORIES
    is_generated = getattr(item.obj, "is_hypothesis_test", False)  # type: ignore[attr-defined]
    return not (is_story or is_generated or item.get_closest_marker("browser"))


@contextmanager
def _unmeasured() -> Iterator[None]:
    """Measure no coverage in this process, nor in those that it starts."""
    measured = coverage.Coverage.current()
    names = [name for name in os.environ if name.startswith("COVERAGE")]
    removed = {name: os.environ.pop(name) for name in names}
    if measured:
        measured.stop()
    try:
        yield
    finally:
        os.environ.update(removed)
        if measured:
            measured.start()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def sigint_handler(handler: Any) -> Iterator[None]:
    """Make children started in this block inherit this handler of SIGINT.

    Python handlers become the default one in the child: signal(7), execve(2).
    """
    inherited = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, inherited)


def start_process(
    command: list[str], *, ignore_interrupts: bool = False, **options: Any
) -> subprocess.Popen[str]:
    """Start a child that Ctrl-C ends, even from a background job, which ignores SIGINT."""
    with sigint_handler(signal.SIG_IGN if ignore_interrupts else signal.default_int_handler):
        return subprocess.Popen(command, text=True, **options)


@contextmanager
def open_chromium(*arguments: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options = {"executable_path": CHROMIUM, "args": ["--no-sandbox", LOOPBACK_ONLY, *arguments]}
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def launch_chromium() -> Callable[..., AbstractContextManager[Browser]]:
    return open_chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="session", name="start_process")
def start_process_fixture() -> Callable[..., subprocess.Popen[str]]:
    return start_process


@dataclass
class ServerProcess:
    """A server that `imd` runs as a separate process."""

    process: subprocess.Popen[str]
    address: str
    folder: Path

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> str:
        self.interrupt()
        return self.process.communicate(timeout=TIMEOUT)[0]

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()


def serve(
    *arguments: str, folder: Path, ignore_interrupts: bool = False, **environment: str
) -> ServerProcess:
    process = start_process(
        [sys.executable, "-u", "-m", "imd_cli", *arguments],
        ignore_interrupts=ignore_interrupts,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return ServerProcess(process, _wait_for_address(process), folder)


def _wait_for_address(process: subprocess.Popen[str]) -> str:
    output, deadline = "", time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        # Past the buffer of `stdout`, whose lines `select` does not see.
        if select.select([process.stdout], [], [], 0.2)[0]:
            output += os.read(process.stdout.fileno(), 4096).decode()
        # The end of the line is written by itself, so it may come later.
        if output.endswith("\n") and (found := READY.search(output)):
            return found.group()
    process.kill()
    raise AssertionError(f"not ready:\n{output}{process.communicate()[0]}")


@pytest.fixture(scope="session", name="serve")
def serve_fixture() -> Callable[..., ServerProcess]:
    return serve


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Start servers, and stop those still running at the end of the test."""
    started: list[ServerProcess] = []

    def start(*arguments: str, **options: Any) -> ServerProcess:
        started.append(serve(*arguments, folder=tmp_path, **options))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with _unmeasured():  # it runs as long as the tests
        server = serve("demo", "--port", "0", "--data", "data", folder=folder)
    yield server
    server.close()


def eventually(read: Callable[[], T], *, until: Callable[[T], bool] = bool) -> T:
    deadline = time.monotonic() + TIMEOUT
    while not until(value := read()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert until(value), f"still {value!r} after {TIMEOUT} s"
    return value


@pytest.fixture(scope="session", name="eventually")
def eventually_fixture() -> Callable[..., T]:
    return eventually


@pytest.fixture
def mailed_token() -> Callable[[Path, str], str]:
    """Wait for the confirmation e-mail to an address and return its token."""

    def find(mail: Path, address: str) -> str:
        return eventually(lambda: _find_token(mail, address))

    return find


def _find_token(mail: Path, address: str) -> str:
    for file in mail.glob("*.eml"):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        text = message.get_body(("plain",)).get_content()
        found = re.search(r"/confirm/([\w-]+)", text)
        if found and address in message["to"]:
            return found[1]
    return ""
