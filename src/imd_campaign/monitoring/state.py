"""The state of a campaign as metrics, read whenever it is asked for."""

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from imd_campaign.context import Context
from imd_campaign.db import Connection, freeze_snapshot
from imd_campaign.errors import Unavailable
from imd_campaign.leases import service as leases
from imd_campaign.mail import store as mail
from imd_campaign.metrics import PREFIX
from imd_campaign.petitions import ledger
from imd_campaign.submissions import store as submissions
from imd_campaign.submissions.lanes import Lane
from imd_campaign.switches import service as switches
from imd_campaign.webhooks import store as webhooks
from imd_campaign.worker import LEASE, Worker

MAX_COUNTED = 100_000


class ProcessState(Collector):
    """What this process holds."""

    def __init__(
        self, context: Context, worker: Worker | None, get_cache_size: Callable[[], int]
    ) -> None:
        self._context, self._worker = context, worker
        self._get_cache_size = get_cache_size

    def collect(self) -> Iterator[Metric]:
        yield from self._collect_connections()
        yield _make("public_cache_bytes", "Public responses in memory.", self._get_cache_size())
        age = self._worker.lease_age if self._worker else None
        yield _make(
            "lease_held",
            "1 if this process has the lease of the background work, 0 if not.",
            int(age is not None),
        )
        if age is not None:
            yield _make("lease_renewed_seconds", "Since this process has renewed its lease.", age)

    def _collect_connections(self) -> Iterator[Metric]:
        """Each share has a limit of its own, so the sum would hide that one is used up."""
        database = self._context.database
        name, labels = f"{PREFIX}_database_connections", ["purpose"]
        in_use = Gauge(f"{name}_in_use", "Of this process.", labels=labels)
        limit = Gauge(f"{name}_limit", "Of this process.", labels=labels)
        for purpose, share in (("reading", database.readers), ("writing", database.writers)):
            in_use.add_metric([purpose], share.in_use)
            limit.add_metric([purpose], share.limit)
        yield from (in_use, limit)


class DatabaseState(Collector):
    """What waits in the database, which all processes see alike."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        try:
            with self._context.database.read() as connection:
                freeze_snapshot(connection)
                found = list(_collect(connection, self._context.now()))
        except Unavailable:
            found = []
        yield _make("database_up", "1 if the database can be used, 0 if not.", int(bool(found)))
        yield from found


def _collect(connection: Connection, now: datetime) -> Iterator[Metric]:
    yield _make(
        "background_work_held",
        "1 if a server has the lease of the background work, 0 if none has.",
        int(leases.is_held(connection, LEASE)),
    )
    yield from _collect_submissions(connection, now)
    queue = mail.measure_queue(connection)
    yield _make("emails_waiting", "E-mails in the outbox, tried or not.", queue.waiting)
    yield _make(
        "emails_oldest_untried_seconds",
        "How long the oldest e-mail waits that was never tried.",
        _get_age(queue.oldest_untried_at, now),
    )
    yield from _collect_webhooks(connection, now)
    yield from _collect_counts(connection, now)
    yield _collect_switches(connection)


def _collect_webhooks(connection: Connection, now: datetime) -> Iterator[Metric]:
    queue = webhooks.measure_queue(connection)
    yield _make(
        "webhooks_waiting",
        "Webhooks that wait, without those to endpoints that fail.",
        queue.waiting,
    )
    yield _make(
        "webhooks_oldest_untried_seconds",
        "How long the oldest of them waits that was never tried.",
        _get_age(queue.oldest_untried_at, now),
    )


def _collect_submissions(connection: Connection, now: datetime) -> Iterator[Metric]:
    lanes = submissions.measure_lanes(connection)
    waiting = Gauge(f"{PREFIX}_submissions_waiting", "Forms that wait.", labels=["lane"])
    oldest = Gauge(
        f"{PREFIX}_submissions_oldest_due_seconds",
        "How long the oldest form that is due waits for its e-mail.",
        labels=["lane"],
    )
    for lane in Lane:
        count, oldest_due_at = lanes.get(lane, (0, None))
        waiting.add_metric([lane.name.lower()], count)
        oldest.add_metric([lane.name.lower()], _get_age(oldest_due_at, now))
    yield from (waiting, oldest)


def _collect_counts(connection: Connection, now: datetime) -> Iterator[Metric]:
    counts = ledger.measure(connection, MAX_COUNTED)
    signatures = Gauge(f"{PREFIX}_signatures", "Signatures that are counted.", labels=["petition"])
    for slug, total in counts.totals.items():
        signatures.add_metric([slug], total)
    yield signatures
    yield _make("signatures_uncounted", "Rows of the ledger to be counted.", counts.uncounted)
    yield _make(
        "count_age_seconds", "Since signatures were counted.", _get_age(counts.counted_at, now)
    )


def _collect_switches(connection: Connection) -> Metric:
    metric = Gauge(
        f"{PREFIX}_switch_on", "1 if staff have turned a switch on, 0 if not.", labels=["switch"]
    )
    for switch in switches.list_switches(connection):
        metric.add_metric([switch.name], int(switch.is_on))
    return metric


def _make(name: str, documentation: str, value: float) -> Metric:
    return Gauge(f"{PREFIX}_{name}", documentation, value=value)


def _get_age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
