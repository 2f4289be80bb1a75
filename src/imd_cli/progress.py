"""A line on a terminal that says how far something long has come; nothing where there is none."""

import sys
import time

EVERY = 0.1
ERASED = "\r\x1b[K"


class Line:
    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def say(self, text: str) -> None:
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            print(f"{ERASED}{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print(ERASED, end="", file=sys.stderr, flush=True)
