"""Keeps several worker processes running, and lets them finish when it is told to stop.

The supervisor opens the listening socket and serves no request. Each worker has one end of a
socket pair: it gets what it has to run, reports that it is ready, and drains if the supervisor is
gone. Workers are process groups of their own, so that Ctrl-C reaches the supervisor alone.
"""

import logging
import pickle
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import TypeAlias

READY = b"r"
COMMAND = "from imd_cli.worker_process import main; main()"
STOP_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
RESTART_SECONDS = 1.0
"""A worker that fails again and again is started once in this time."""

Program: TypeAlias = Callable[[socket.socket, Callable[[], None]], None]
"""What a worker runs, with the listening socket and what it calls when it is ready."""

LOG = logging.getLogger("imd")


class StartFailed(Exception):  # noqa: N818 it says what happened
    """A worker ended before all were ready for the first time."""


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    program: Program
    is_ready: bool = False


class Supervisor:
    def __init__(self, listener: socket.socket, programs: Sequence[Program]) -> None:
        self._listener = listener
        self._programs = programs
        self._workers: list[_Worker] = []
        self._ended: list[tuple[float, Program]] = []
        self._signals: list[int] = []
        self._selector = selectors.DefaultSelector()

    def run(self, on_ready: Callable[[], None]) -> None:
        """Return after SIGINT; after another signal, end by that signal."""
        with self._receive_signals():
            try:
                self._start_all(on_ready)
                self._watch()
            finally:
                self._stop_all()
        if (number := self._signals[0] if self._signals else signal.SIGINT) != signal.SIGINT:
            signal.raise_signal(number)

    # --- starting --------------------------------------------------------------------------

    def _start_all(self, on_ready: Callable[[], None]) -> None:
        for index, program in enumerate(self._programs):
            self._start(program, is_quiet=program in self._programs[:index])
        while not self._signals and not all(worker.is_ready for worker in self._workers):
            self._wait(None)
            if self._ended:
                raise StartFailed
        if not self._signals:
            on_ready()

    def _start(self, program: Program, *, is_quiet: bool) -> None:
        """Start a worker; a quiet one does not repeat the warnings of another."""
        own, other = socket.socketpair()
        with other:
            descriptors = (other.fileno(), self._listener.fileno())
            process = subprocess.Popen(  # noqa: S603 this program itself
                [sys.executable, *_list_flags(), "-c", COMMAND, *map(str, descriptors)],
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                process_group=0,
            )
        worker = _Worker(process, own, program)
        self._workers.append(worker)
        self._selector.register(own, selectors.EVENT_READ, worker)
        with suppress(OSError):  # it has ended: its end of the channel says so
            own.sendall(pickle.dumps((program, is_quiet)))

    # --- watching --------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._signals:
            self._wait(self._find_pause())
            while self._ended and not self._find_pause() and not self._signals:
                _, program = self._ended.pop(0)
                self._start(program, is_quiet=True)

    def _find_pause(self) -> float | None:
        if not self._ended:
            return None
        ended_at, _ = self._ended[0]
        return max(0.0, ended_at + RESTART_SECONDS - time.monotonic())

    def _wait(self, seconds: float | None) -> None:
        """Wait for a worker or a signal."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Worker):
                self._handle_message(key.data)
            else:
                key.fileobj.recv(1)  # type: ignore[union-attr]

    def _handle_message(self, worker: _Worker) -> None:
        with suppress(OSError):
            if worker.channel.recv(1) == READY:
                worker.is_ready = True
                return
        self._selector.unregister(worker.channel)
        worker.channel.close()
        self._workers.remove(worker)
        status = worker.process.wait()
        if worker.is_ready and not self._signals:
            LOG.warning("a worker ended unexpectedly (%s); another one starts", _describe(status))
        self._ended.append((time.monotonic(), worker.program))

    # --- stopping --------------------------------------------------------------------------

    def _stop_all(self) -> None:
        self._listener.close()
        for worker in self._workers:
            worker.process.terminate()
        while self._workers:
            self._wait(None)
            if self._signals.count(signal.SIGINT) > 1:
                for worker in self._workers:
                    worker.process.kill()
        self._selector.close()

    @contextmanager
    def _receive_signals(self) -> Iterator[None]:
        """Collect signals; those that a background job or nohup(1) ignores stay ignored."""
        own, other = socket.socketpair()
        own.settimeout(0)
        other.settimeout(0)

        def note(number: int, _: FrameType | None) -> None:
            self._signals.append(number)
            with suppress(BlockingIOError):
                other.send(b"s")

        self._selector.register(own, selectors.EVENT_READ)
        previous = {
            number: signal.signal(number, note)
            for number in STOP_SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        with own, other:
            try:
                yield
            finally:
                for number, handler in previous.items():
                    signal.signal(number, handler)


def _describe(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _list_flags() -> list[str]:
    """Return the options of Python with which this process runs, such as `-W error`."""
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
    return flags
