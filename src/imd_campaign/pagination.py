"""Keyset pagination: the next page begins after a row, not after a number of rows."""

from collections.abc import Callable, Sequence
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


def make_slice(rows: Sequence[T], page_request: PageRequest, key: Callable[[T], Key]) -> Slice[T]:
    """Make a page of rows fetched with one more than the limit, which shows if there are more."""
    items = rows[: page_request.limit]
    more = len(rows) > page_request.limit
    return Slice(items, key(items[-1]) if more else None)
