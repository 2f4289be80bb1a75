from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from anyio import CapacityLimiter

from imd_campaign.crypto import Vault
from imd_campaign.db import Database
from imd_campaign.metrics import Metrics
from imd_campaign.rate_limiter import RateLimiter
from imd_campaign.recent_reads import RecentReads
from imd_campaign.settings import Settings

FEEDS_AT_ONCE = 2


def utc_now() -> datetime:
    return datetime.now(UTC)


def do_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Context:
    """What services need: settings, database, vault and clock; one per application."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Callable[[], datetime] = utc_now
    wake_worker: Callable[[], object] = do_nothing
    recent_reads: RecentReads = field(default_factory=RecentReads)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    feed_limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(FEEDS_AT_ONCE))
    """Leaves threads and the processor to other requests while long feeds are written."""
    metrics: Metrics = field(default_factory=Metrics)
    relay_key: str | None = field(default=None, repr=False)
    """The key of a widgets server in this process."""

    def now(self) -> datetime:
        return self.clock()
