"""Limits on requests, counted in the memory of this process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock

MAX_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    seconds: int
    limit: int


@dataclass(slots=True)
class _Count:
    """A sliding window, estimated from the requests of this period and of the one before.

    https://blog.cloudflare.com/counting-things-a-lot-of-different-things/
    """

    rate: Rate
    period: int = 0
    now: int = 0
    before: int = 0

    def move_to(self, at: float) -> None:
        period = int(at // self.rate.seconds)
        if period != self.period:
            self.before = self.now if period == self.period + 1 else 0
            self.period, self.now = period, 0

    def find_wait(self, at: float) -> float:
        """Return the seconds until there is room for one more request."""
        room, elapsed = self.rate.limit - 1 - self.now, at % self.rate.seconds / self.rate.seconds
        if room >= 0:
            wait = 0.0 if self.before <= room else 1 - room / self.before - elapsed
        else:  # in the next period, once enough of this one has left the window
            wait = 1 - elapsed + 1 - (self.rate.limit - 1) / self.now
        return max(0.0, wait) * self.rate.seconds


class RateLimiter:
    """Counts requests by key; of too many keys, those that have been quiet longest are dropped."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS
    ) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._counts: OrderedDict[Hashable, list[_Count]] = OrderedDict()
        self._lock = Lock()

    def count(self, key: Hashable, rates: Sequence[Rate]) -> float:
        """Count a request; return 0, or the seconds to wait if it is over a limit."""
        with self._lock:
            counts = self._take(key, rates)
            at = self._clock()
            for count in counts:
                count.move_to(at)
            wait = max(count.find_wait(at) for count in counts)
            if wait == 0:
                for count in counts:
                    count.now += 1
            return wait

    def _take(self, key: Hashable, rates: Sequence[Rate]) -> list[_Count]:
        counts = self._counts.setdefault(key, [_Count(rate) for rate in rates])
        for count, rate in zip(counts, rates, strict=True):
            count.rate = rate  # a quota may have changed since the last request
        self._counts.move_to_end(key)
        if len(self._counts) > self._max_keys:
            self._counts.popitem(last=False)
        return counts
