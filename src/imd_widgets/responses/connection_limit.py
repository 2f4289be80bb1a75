from collections.abc import Iterator
from contextlib import contextmanager


class ConnectionLimit:
    """How many connections may stay open, and how many do."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @property
    def full(self) -> bool:
        return self._taken >= self._most

    @contextmanager
    def taken(self) -> Iterator[None]:
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
