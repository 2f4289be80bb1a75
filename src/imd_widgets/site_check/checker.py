from asyncio import Semaphore
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from starlette.requests import Request

from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.site_check.fetcher import Fetcher

MAX_CHECKS, MAX_CHECKS_PER_NETWORK, WINDOW = 30, 6, 60.0
MAX_AT_ONCE, MAX_AT_ONCE_PER_NETWORK = 6, 2


class TooManyChecks(Exception):  # noqa: N818 - a state that is shown, not a fault
    pass


@dataclass
class Checker:
    """Checks pages for people, a limited number a minute, so that nobody can misuse it.

    A part of the checks is left to others, however many one network asks for.
    """

    fetcher: Fetcher = field(default_factory=Fetcher)
    parsing: Semaphore = field(default_factory=lambda: Semaphore(1))
    """One page is parsed at a time: many threads would slow the server down."""
    running: ConnectionLimit = field(
        default_factory=lambda: ConnectionLimit(MAX_AT_ONCE, MAX_AT_ONCE_PER_NETWORK)
    )
    _started: deque[tuple[float, str | None]] = field(default_factory=deque)

    @contextmanager
    def admit(self, network: str | None) -> Iterator[None]:
        """Run a check of a network, or of an unknown one; raise TooManyChecks."""
        now = monotonic()
        while self._started and self._started[0][0] < now - WINDOW:
            self._started.popleft()
        if not self._has_room(network) or not self.running.has_room(network):
            raise TooManyChecks
        self._started.append((now, network))
        with self.running.acquire(network):
            yield

    def _has_room(self, network: str | None) -> bool:
        of_network = sum(started_by == network for _, started_by in self._started)
        is_limited = network is not None and of_network >= MAX_CHECKS_PER_NETWORK
        return len(self._started) < MAX_CHECKS and not is_limited


def get_checker(request: Request) -> Checker:
    checker: Checker = request.app.state.checker
    return checker
