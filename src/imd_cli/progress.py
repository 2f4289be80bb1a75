"""A progress line on the terminal; nothing if standard error is not a terminal."""

import sys
import time

INTERVAL = 0.1
ERASE = "\r\x1b[K"


class ProgressLine:
    def __init__(self) -> None:
        self._is_visible = sys.stderr.isatty()
        self._next = 0.0

    def show(self, text: str) -> None:
        if self._is_visible and time.monotonic() >= self._next:
            self._next = time.monotonic() + INTERVAL
            print(f"{ERASE}{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._is_visible:
            print(ERASE, end="", file=sys.stderr, flush=True)
