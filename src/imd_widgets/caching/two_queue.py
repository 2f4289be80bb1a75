"""A cache of bounded size, from which values requested once cannot evict the others."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

V = TypeVar("V")

NEW_SHARE = 5


class Entry(NamedTuple, Generic[V]):
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
        self._new: OrderedDict[Hashable, Entry[V]] = OrderedDict()
        self._proven: OrderedDict[Hashable, Entry[V]] = OrderedDict()
        self._new_weight = self.weight = 0

    def get(self, key: Hashable) -> V | None:
        kept = self._proven.get(key)
        if kept is not None:
            self._proven.move_to_end(key)
            return kept.value
        kept = self._new.pop(key, None)
        if kept is None:
            return None
        self._new_weight -= kept.weight
        self._proven[key] = kept
        return kept.value

    def peek(self, key: Hashable) -> V | None:
        kept = self._proven.get(key) or self._new.get(key)
        return kept.value if kept else None

    def put(self, key: Hashable, value: V) -> None:
        proven = key in self._proven
        self.pop(key)
        kept = Entry(value, self._weigh(value))
        self.weight += kept.weight
        if proven:
            self._proven[key] = kept
        else:
            self._new[key] = kept
            self._new_weight += kept.weight
        while self.weight > self._max_weight:
            self._evict_one()

    def pop(self, key: Hashable) -> None:
        kept = self._proven.pop(key, None)
        if kept is None and (kept := self._new.pop(key, None)):
            self._new_weight -= kept.weight
        self.weight -= kept.weight if kept else 0

    def items(self) -> list[tuple[Hashable, V]]:
        return [(key, kept.value) for key, kept in (*self._new.items(), *self._proven.items())]

    def __contains__(self, key: Hashable) -> bool:
        return key in self._proven or key in self._new

    def __len__(self) -> int:
        return len(self._proven) + len(self._new)

    def _evict_one(self) -> None:
        crowded = self._new_weight * NEW_SHARE > self._max_weight
        self.pop(next(iter(self._new if crowded else self._proven)))
