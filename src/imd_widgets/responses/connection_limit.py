from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class ConnectionLimit:
    """A limit on what is open at a time, with a smaller one for each network.

    Of an unknown or local network (None), only the first applies.
    """

    def __init__(self, limit: int, limit_per_network: int) -> None:
        self._limit = limit
        self._limit_per_network = limit_per_network
        self._open: Counter[str | None] = Counter()

    @property
    def open(self) -> int:
        return self._open.total()

    @property
    def is_full(self) -> bool:
        return self.open >= self._limit

    def has_room(self, network: str | None) -> bool:
        is_limited = network is not None and self._open[network] >= self._limit_per_network
        return not self.is_full and not is_limited

    @contextmanager
    def acquire(self, network: str | None) -> Iterator[None]:
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]
