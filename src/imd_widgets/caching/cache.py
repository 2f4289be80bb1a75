import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic
from typing import Any, Generic, TypeVar, cast

from imd_sdk import Gone, ImdError, InvalidRequest, NotFound
from imd_sdk.models import Page
from imd_widgets.caching.two_queue_cache import TwoQueueCache

T = TypeVar("T")
Load = Callable[[], Awaitable[T]]
Clock = Callable[[], datetime]

GRACE_FACTOR = 3
# Staff can hide names, and then they have to disappear at once.
SHORT_LIVED, SHORT_SECONDS = "signers", 0.5
ITEMS_PER_ENTRY = 100
COST_FACTOR, MAX_FRESH_SECONDS = 20, 60
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
AFTER_ALL = datetime.max.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


class Unavailable(Exception):  # noqa: N818 - a state that is shown, not a fault
    pass


class Missing(Exception):  # noqa: N818 - a state that is shown, not a fault
    pass


MISSING_ERRORS = (Missing, NotFound, Gone, InvalidRequest)


@dataclass(frozen=True)
class CachedValue(Generic[T]):
    """A value from the campaign; `as_of` is when it was read, to the minute.

    Copies of one value have its `version`, so that two can be compared without keeping the value.
    """

    value: T
    read_at: datetime
    is_stale: bool = False
    is_expired: bool = False
    cost: float = 0.0
    version: int = field(default_factory=count().__next__, compare=False)

    @property
    def as_of(self) -> datetime:
        return self.read_at.replace(second=0, microsecond=0)

    def looks_same_as(self, other: "CachedValue[Any] | None") -> bool:
        """Return whether the two look the same to readers."""
        if other is None or self.version != other.version:
            return False
        if self.read_at is other.read_at:
            return self.is_stale == other.is_stale
        return (self.is_stale, self.as_of) == (other.is_stale, other.as_of)

    def without_value(self) -> "CachedValue[None]":
        """Return what comparisons need, so that an old value is not kept for them."""
        return cast("CachedValue[None]", replace(self, value=cast("Any", None)))


@dataclass(frozen=True)
class _Failure:
    error: Exception
    failed_at: datetime
    retry_delay: float


def get_current_time() -> datetime:
    return datetime.now(UTC)


def count_entries(cached: CachedValue[Any]) -> int:
    """Return how many entries a value counts as: a long list counts as several."""
    value = cached.value
    items = value.items if isinstance(value, Page) else value if isinstance(value, tuple) else ()
    return 1 + len(items) // ITEMS_PER_ENTRY


def _is_short_lived(key: Hashable) -> bool:
    return isinstance(key, tuple) and key[0] == SHORT_LIVED


class Cache:
    def __init__(
        self,
        *,
        fresh_seconds: float = 10,
        grace_seconds: float | None = None,
        timeout: float = 2,
        max_entries: int = 512,
        clock: Clock = get_current_time,
    ) -> None:
        self._fresh_seconds = fresh_seconds
        self._grace_seconds = (
            GRACE_FACTOR * fresh_seconds if grace_seconds is None else grace_seconds
        )
        self._timeout = timeout
        self._max_entries = max_entries
        self._clock = clock
        self._values: TwoQueueCache[CachedValue[Any]] = TwoQueueCache(max_entries, count_entries)
        self._failures: OrderedDict[Hashable, _Failure] = OrderedDict()
        self.changes = 0
        """Rises whenever a value is replaced or gone."""
        self._tasks: dict[Hashable, asyncio.Task[CachedValue[Any] | _Failure]] = {}

    async def read(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        cached = self.get_without_waiting(key, load)
        if cached is not None:
            return cached
        old: CachedValue[T] | None = self._values.peek(key)
        if old is None:
            return await self._wait_for_first(key, load)
        return await self._wait_for_newer(key, old, self._start(key, load))

    def get_without_waiting(self, key: Hashable, load: Load[T]) -> CachedValue[T] | None:
        """Return the value if no reader has to wait for it; refresh it in the background if due."""
        cached: CachedValue[T] | None = self._values.get(key)
        if cached is None:
            return None
        age, fresh = self._compute_age(cached), self._compute_fresh_seconds(key, cached)
        if age < fresh or self._has_failed_recently(key):
            return cached
        if age < self._compute_grace_seconds(key, fresh) or cached.is_stale:
            self._start(key, load)
            return cached
        return None

    def find_fresh_until(self, key: Hashable) -> datetime:
        """Return until when reading a value starts no request, unless it is replaced."""
        cached = self._values.peek(key)
        if cached is None or cached.is_expired:
            return BEFORE_ALL
        return cached.read_at + timedelta(seconds=self._compute_fresh_seconds(key, cached))

    def put_fallback(self, key: Hashable, fallback: CachedValue[Any]) -> None:
        """Store a value to show until the real one is read, unless that is missing."""
        if self._get_missing_error(key) is None:
            is_stale = fallback.is_stale or self._has_failed_recently(key)
            self._put(key, replace(fallback, is_stale=is_stale, is_expired=True))

    def expire(self, key: Hashable) -> None:
        cached = self._values.peek(key)
        if cached is not None:
            self._put(key, replace(cached, is_expired=True))

    def list_values(self) -> list[tuple[Hashable, CachedValue[Any]]]:
        return self._values.items()

    def restore(self, values: Iterable[tuple[Hashable, CachedValue[Any]]]) -> None:
        for key, cached in values:
            self._values.put(key, cached)

    async def close(self) -> None:
        loads = list(self._tasks.values())
        for task in loads:
            task.cancel()
        await asyncio.gather(*loads, return_exceptions=True)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def _put(self, key: Hashable, cached: CachedValue[Any]) -> None:
        self._values.put(key, cached)
        self.changes += 1

    def _compute_age(self, cached: CachedValue[Any]) -> float:
        return float("inf") if cached.is_expired else self._seconds_since(cached.read_at)

    def _seconds_since(self, moment: datetime) -> float:
        """Return the seconds since a moment; infinity if the clock was set back since."""
        seconds = (self._clock() - moment).total_seconds()
        return seconds if seconds >= 0 else float("inf")

    def _compute_fresh_seconds(self, key: Hashable, cached: CachedValue[Any]) -> float:
        """Return how long a value stays fresh: longer if the campaign took long to respond."""
        if _is_short_lived(key):
            return min(SHORT_SECONDS, self._fresh_seconds)
        return (
            max(self._fresh_seconds, min(MAX_FRESH_SECONDS, COST_FACTOR * cached.cost))
            if self._fresh_seconds
            else 0.0
        )

    def _compute_grace_seconds(self, key: Hashable, fresh: float) -> float:
        """Return until which age a value is shown while it is refreshed in the background."""
        return fresh if _is_short_lived(key) else max(self._grace_seconds, GRACE_FACTOR * fresh)

    def _has_failed_recently(self, key: Hashable) -> bool:
        failure = self._failures.get(key)
        if failure is None:
            return False
        return self._seconds_since(failure.failed_at) < failure.retry_delay

    async def _wait_for_first(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        if self._has_failed_recently(key):
            raise self._failures[key].error
        outcome = await asyncio.shield(self._start(key, load))
        if isinstance(outcome, _Failure):
            raise outcome.error
        return outcome

    async def _wait_for_newer(
        self, key: Hashable, old: CachedValue[T], task: asyncio.Task[CachedValue[T] | _Failure]
    ) -> CachedValue[T]:
        done, _ = await asyncio.wait({task}, timeout=self._timeout)
        if not done:
            return self._mark_stale(key, old)
        outcome = task.result()
        if isinstance(outcome, CachedValue):
            return outcome
        cached: CachedValue[T] | None = self._values.peek(key)
        if cached is None:
            raise outcome.error
        return cached

    def _start(self, key: Hashable, load: Load[T]) -> asyncio.Task[CachedValue[T] | _Failure]:
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, load))
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def _load(self, key: Hashable, load: Load[T]) -> CachedValue[T] | _Failure:
        begin = monotonic()
        try:
            value = await load()
        except MISSING_ERRORS as error:
            self._values.pop(key)
            self.changes += 1
            return self._fail(key, error)
        except ImdError as error:
            log.warning("the campaign did not respond: %s", type(error).__name__)
            retry_after = min(MAX_FRESH_SECONDS, getattr(error, "retry_after", None) or 0)
            return self._fail(
                key, self._get_missing_error(key) or Unavailable(), retry_delay=retry_after
            )
        except Exception as error:
            log.exception("reading from the campaign failed")
            return self._fail(key, error)
        return self._store(key, CachedValue(value, self._clock(), cost=monotonic() - begin))

    def _get_missing_error(self, key: Hashable) -> Exception | None:
        """Return the last failure if it says that the campaign does not have the value."""
        failure = self._failures.get(key)
        return failure.error if failure and isinstance(failure.error, MISSING_ERRORS) else None

    def _store(self, key: Hashable, cached: CachedValue[T]) -> CachedValue[T]:
        self._failures.pop(key, None)
        old = self._values.peek(key)
        if old is not None and old.value == cached.value:
            cached = replace(cached, value=old.value, version=old.version)
        self._put(key, cached)
        return cached

    def _fail(self, key: Hashable, error: Exception, retry_delay: float = 0) -> _Failure:
        failure = _Failure(error, self._clock(), max(self._fresh_seconds, retry_delay))
        self._failures[key] = failure
        self._failures.move_to_end(key)
        if len(self._failures) > self._max_entries:
            self._failures.popitem(last=False)
        cached = self._values.peek(key)
        if cached is not None:
            self._mark_stale(key, cached)
        return failure

    def _mark_stale(self, key: Hashable, cached: CachedValue[T]) -> CachedValue[T]:
        if cached.is_stale:
            return cached
        stale = replace(cached, is_stale=True)
        if self._values.peek(key) is cached:
            self._put(key, stale)
        return stale
