"""Ctrl-C only where nothing is left half recorded."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Interrupts:
    """SIGINT, held back until a block in which it is allowed."""

    def __init__(self, handle: Callable[[int, FrameType | None], object]) -> None:
        self._handle = handle
        self._is_allowed = False
        self._is_waiting = False

    def receive(self, number: int, frame: FrameType | None) -> None:
        if self._is_allowed:
            self._handle(number, frame)
        else:
            self._is_waiting = True

    @contextmanager
    def allowed(self) -> Iterator[None]:
        self._is_allowed = True
        try:
            self.deliver()
            yield
        finally:
            self._is_allowed = False

    def deliver(self) -> None:
        """Handle an interrupt that was held back."""
        if self._is_waiting:
            self._is_waiting = False
            self._handle(signal.SIGINT, None)


@contextmanager
def deferred_interrupts() -> Iterator[Interrupts]:
    """Hold SIGINT back, in the main thread and where the program handles it in Python."""
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield Interrupts(lambda *_: None)
        return
    interrupts = Interrupts(before)
    signal.signal(signal.SIGINT, interrupts.receive)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)
        interrupts.deliver()
