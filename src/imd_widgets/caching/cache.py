import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Generic, TypeVar

from imd_sdk import Gone, ImdError, InvalidRequest, NotFound
from imd_sdk.models import Page
from imd_widgets.caching.two_queue import TwoQueueCache

T = TypeVar("T")
Load = Callable[[], Awaitable[T]]
Clock = Callable[[], datetime]

GRACE = 3
MANY = 100
SPARED, LONGEST = 20, 60

log = logging.getLogger(__name__)


class Unavailable(Exception):  # noqa: N818 - a state that is shown, not a fault
    pass


class Missing(Exception):  # noqa: N818 - a state that is shown, not a fault
    pass


MISSING = (Missing, NotFound, Gone, InvalidRequest)


@dataclass(frozen=True)
class CachedValue(Generic[T]):
    """What the campaign said; `at` is when, as far as it is told to people."""

    value: T
    read_at: datetime
    stale: bool = False
    expired: bool = False
    cost: float = 0.0

    @property
    def at(self) -> datetime:
        return self.read_at.replace(second=0, microsecond=0)

    def like(self, other: "CachedValue[Any] | None") -> bool:
        """Whether the two look the same to people."""
        if other is None or self.value is not other.value:
            return False
        return (self.stale, self.at) == (other.stale, other.at)


@dataclass(frozen=True)
class _Failure:
    error: Exception
    at: datetime
    rest: float


def now() -> datetime:
    return datetime.now(UTC)


def weight(reading: CachedValue[Any]) -> int:
    """A long list counts as several entries."""
    value = reading.value
    items = value.items if isinstance(value, Page) else value if isinstance(value, tuple) else ()
    return 1 + len(items) // MANY


class Cache:
    def __init__(
        self,
        *,
        fresh: float = 10,
        grace: float | None = None,
        patience: float = 2,
        entries: int = 512,
        clock: Clock = now,
    ) -> None:
        self._fresh = fresh
        self._grace = GRACE * fresh if grace is None else grace
        self._patience = patience
        self._entries = entries
        self._clock = clock
        self._readings: TwoQueueCache[CachedValue[Any]] = TwoQueueCache(entries, weight)
        self._failures: OrderedDict[Hashable, _Failure] = OrderedDict()
        self.changes = 0
        self._loads: dict[Hashable, asyncio.Task[CachedValue[Any] | _Failure]] = {}

    async def read(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        reading = self.at_once(key, load)
        if reading is not None:
            return reading
        old: CachedValue[T] | None = self._readings.peek(key)
        if old is None:
            return await self._first(key, load)
        return await self._newer(key, old, self._start(key, load))

    def at_once(self, key: Hashable, load: Load[T]) -> CachedValue[T] | None:
        """What a reader need not wait for; it is renewed behind, where that is due."""
        reading: CachedValue[T] | None = self._readings.get(key)
        if reading is None:
            return None
        age, fresh = self._age(reading), self._fresh_for(reading)
        if age < fresh or self._failed_lately(key):
            return reading
        if age < max(self._grace, GRACE * fresh) or reading.stale:
            self._start(key, load)
            return reading
        return None

    def lend(self, key: Hashable, other: CachedValue[Any]) -> None:
        """What is shown for what was never read while it cannot be, unless it is gone."""
        if self._gone(key) is None:
            stale = other.stale or self._failed_lately(key)
            self._readings.put(key, replace(other, stale=stale, expired=True))

    def expire(self, key: Hashable) -> None:
        reading = self._readings.peek(key)
        if reading is not None:
            self._readings.put(key, replace(reading, expired=True))

    def readings(self) -> list[tuple[Hashable, CachedValue[Any]]]:
        return self._readings.items()

    def restore(self, readings: Iterable[tuple[Hashable, CachedValue[Any]]]) -> None:
        for key, reading in readings:
            self._readings.put(key, reading)

    async def close(self) -> None:
        loads = list(self._loads.values())
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, return_exceptions=True)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._readings

    def __len__(self) -> int:
        return len(self._readings)

    def _age(self, reading: CachedValue[Any]) -> float:
        return float("inf") if reading.expired else self._since(reading.read_at)

    def _since(self, moment: datetime) -> float:
        """A moment to come is long ago: the clock was set back."""
        seconds = (self._clock() - moment).total_seconds()
        return seconds if seconds >= 0 else float("inf")

    def _fresh_for(self, reading: CachedValue[Any]) -> float:
        """What took the campaign long is asked for less often, so that asking is never its load."""
        return max(self._fresh, min(LONGEST, SPARED * reading.cost)) if self._fresh else 0.0

    def _failed_lately(self, key: Hashable) -> bool:
        failure = self._failures.get(key)
        if failure is None:
            return False
        return self._since(failure.at) < failure.rest

    async def _first(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        if self._failed_lately(key):
            raise self._failures[key].error
        outcome = await asyncio.shield(self._start(key, load))
        if isinstance(outcome, _Failure):
            raise outcome.error
        return outcome

    async def _newer(
        self, key: Hashable, old: CachedValue[T], task: asyncio.Task[CachedValue[T] | _Failure]
    ) -> CachedValue[T]:
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            return self._mark_stale(key, old)
        outcome = task.result()
        if isinstance(outcome, CachedValue):
            return outcome
        kept: CachedValue[T] | None = self._readings.peek(key)
        if kept is None:
            raise outcome.error
        return kept

    def _start(self, key: Hashable, load: Load[T]) -> asyncio.Task[CachedValue[T] | _Failure]:
        task = self._loads.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, load))
            self._loads[key] = task
            task.add_done_callback(lambda _: self._loads.pop(key, None))
        return task

    async def _load(self, key: Hashable, load: Load[T]) -> CachedValue[T] | _Failure:
        begin = monotonic()
        try:
            value = await load()
        except MISSING as error:
            self._readings.pop(key)
            self.changes += 1
            return self._fail(key, error)
        except ImdError as error:
            log.warning("the campaign did not respond: %s", type(error).__name__)
            asked = min(LONGEST, getattr(error, "retry_after", None) or 0)
            return self._fail(key, self._gone(key) or Unavailable(), rest=asked)
        except Exception as error:
            log.exception("reading from the campaign failed")
            return self._fail(key, error)
        return self._keep(key, CachedValue(value, self._clock(), cost=monotonic() - begin))

    def _gone(self, key: Hashable) -> Exception | None:
        """What the campaign said last, when that was that there is nothing."""
        failure = self._failures.get(key)
        return failure.error if failure and isinstance(failure.error, MISSING) else None

    def _keep(self, key: Hashable, reading: CachedValue[T]) -> CachedValue[T]:
        self._failures.pop(key, None)
        old = self._readings.peek(key)
        if old is not None and old.value == reading.value:
            reading = replace(reading, value=old.value)
        self._readings.put(key, reading)
        self.changes += 1
        return reading

    def _fail(self, key: Hashable, error: Exception, rest: float = 0) -> _Failure:
        failure = _Failure(error, self._clock(), max(self._fresh, rest))
        self._failures[key] = failure
        self._failures.move_to_end(key)
        if len(self._failures) > self._entries:
            self._failures.popitem(last=False)
        reading = self._readings.peek(key)
        if reading is not None:
            self._mark_stale(key, reading)
        return failure

    def _mark_stale(self, key: Hashable, reading: CachedValue[T]) -> CachedValue[T]:
        stale = reading if reading.stale else replace(reading, stale=True)
        if self._readings.peek(key) is reading:
            self._readings.put(key, stale)
        return stale
