"""Keyset pagination: the next page begins after a row, not after a number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Key: TypeAlias = tuple[object, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    items: Sequence[T]
    next: Key | None
