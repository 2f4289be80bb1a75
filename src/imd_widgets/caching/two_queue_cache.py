"""A cache of bounded size, from which values requested once cannot evict the others."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

V = TypeVar("V")

NEW_SHARE = 5


class CacheEntry(NamedTuple, Generic[V]):
    value: V
    weight: int


def weigh_equally(_value: Any) -> int:
    return 1


class TwoQueueCache(Generic[V]):
    """A value is new until it is requested again; then it is proven.

    When space runs short, new values are evicted first as long as they fill more than their share,
    and the least recently used goes first. After 2Q: https://www.vldb.org/conf/1994/P439.PDF
    """

    def __init__(self, max_weight: int, weigh: Callable[[V], int] = weigh_equally) -> None:
        self._max_weight = max_weight
        self._weigh = weigh
        self._new: OrderedDict[Hashable, CacheEntry[V]] = OrderedDict()
        self._proven: OrderedDict[Hashable, CacheEntry[V]] = OrderedDict()
        self._new_weight = self.weight = 0

    def get(self, key: Hashable) -> V | None:
        entry = self._proven.get(key)
        if entry is not None:
            self._proven.move_to_end(key)
            return entry.value
        entry = self._new.pop(key, None)
        if entry is None:
            return None
        self._new_weight -= entry.weight
        self._proven[key] = entry
        return entry.value

    def peek(self, key: Hashable) -> V | None:
        entry = self._proven.get(key) or self._new.get(key)
        return entry.value if entry else None

    def put(self, key: Hashable, value: V) -> None:
        is_proven = key in self._proven
        self.pop(key)
        entry = CacheEntry(value, self._weigh(value))
        self.weight += entry.weight
        if is_proven:
            self._proven[key] = entry
        else:
            self._new[key] = entry
            self._new_weight += entry.weight
        while self.weight > self._max_weight:
            self._evict_one()

    def pop(self, key: Hashable) -> None:
        entry = self._proven.pop(key, None)
        if entry is None and (entry := self._new.pop(key, None)):
            self._new_weight -= entry.weight
        self.weight -= entry.weight if entry else 0

    def items(self) -> list[tuple[Hashable, V]]:
        return [(key, entry.value) for key, entry in (*self._new.items(), *self._proven.items())]

    def __contains__(self, key: Hashable) -> bool:
        return key in self._proven or key in self._new

    def __len__(self) -> int:
        return len(self._proven) + len(self._new)

    def _evict_one(self) -> None:
        has_too_many_new = self._new_weight * NEW_SHARE > self._max_weight
        self.pop(next(iter(self._new if has_too_many_new else self._proven)))
