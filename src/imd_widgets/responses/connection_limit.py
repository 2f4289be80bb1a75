from collections.abc import Iterator
from contextlib import contextmanager


class ConnectionLimit:
    """A limit on open connections, and how many are open."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = 0

    @property
    def is_full(self) -> bool:
        return self._open >= self._limit

    @contextmanager
    def acquire(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
