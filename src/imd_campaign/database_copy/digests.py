"""A digest of a table's rows that does not depend on their order.

Databases sort text in different orders, so the digests of the rows are added up.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

MODULUS = 2**256


class TableDigest:
    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for row in rows:
            values = repr(tuple(map(_normalise, row))).encode()
            self._sum += int.from_bytes(hashlib.sha256(values).digest(), "big")
            self.rows += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TableDigest) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]

    @property
    def value(self) -> tuple[int, int]:
        return self.rows, self._sum % MODULUS


def _normalise(value: Any) -> Any:
    """Make -0.0 equal to 0.0: SQLite stores no negative zero."""
    return value + 0.0 if isinstance(value, float) else value
