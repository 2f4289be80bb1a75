from asyncio import Semaphore
from collections import deque
from dataclasses import dataclass, field
from time import monotonic

from starlette.requests import Request

from imd_widgets.site_check.fetcher import Fetcher

MAX_CHECKS, WINDOW = 30, 60.0


@dataclass
class Checker:
    """Checks pages for people, a limited number a minute, so that nobody can misuse it."""

    fetcher: Fetcher = field(default_factory=Fetcher)
    parsing: Semaphore = field(default_factory=lambda: Semaphore(1))
    """One page is parsed at a time: many threads would slow the server down."""
    _started: deque[float] = field(default_factory=deque)

    def admit(self) -> bool:
        now = monotonic()
        while self._started and self._started[0] < now - WINDOW:
            self._started.popleft()
        if len(self._started) >= MAX_CHECKS:
            return False
        self._started.append(now)
        return True


def get_checker(request: Request) -> Checker:
    checker: Checker = request.app.state.checker
    return checker
