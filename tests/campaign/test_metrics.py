"""Metrics have routes and numbers, and nothing that a person has entered."""

import socket
import urllib.request
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from imd_campaign.leases.service import Lease
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.service import queue
from imd_campaign.mail.transports import open_transport
from imd_campaign.monitoring.state import DatabaseState, ProcessState
from imd_campaign.petitions import store as petitions
from imd_campaign.petitions.tables import ledger
from imd_campaign.worker import LEASE
from imd_monitoring.metrics_server import serve_metrics
from imd_monitoring.request_metrics import RequestMetrics

pytestmark = pytest.mark.anyio

COUNT = "/v1/petitions/{slug}/count"


def read_samples(registry) -> dict[tuple[str, frozenset], float]:
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def find(registry, name: str, **labels: str) -> float | None:
    return read_samples(registry).get((f"imd_campaign_{name}", frozenset(labels.items())))


def collect(*collectors) -> CollectorRegistry:
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return registry


@pytest.fixture
def count_requests(app):
    """Return how many more requests of a route there are than before."""

    def count(route: str, status: int = 200, method: str = "GET") -> float:
        labels = {"method": method, "route": route, "status": str(status)}
        return find(app.state.metrics.registry, "http_requests_total", **labels) or 0

    return count


async def test_requests_are_counted_from_the_cache_too(client, petition, count_requests):
    before = count_requests(COUNT)
    for _ in range(3):
        await client.get("/v1/petitions/convention/count")
    await client.head("/v1/petitions/convention/count")
    assert count_requests(COUNT) - before == 4


async def test_each_status_is_counted(client, petition, count_requests):
    tag = (await client.get("/v1/petitions/convention/count")).headers["etag"]
    before = count_requests(COUNT, 304), count_requests(COUNT, 404)
    await client.get("/v1/petitions/convention/count", headers={"If-None-Match": tag})
    await client.get("/v1/petitions/nothing/count")
    assert (count_requests(COUNT, 304), count_requests(COUNT, 404)) == (
        before[0] + 1,
        before[1] + 1,
    )


async def test_requests_in_flight_end(app, client, petition):
    await client.get("/v1/petitions")
    assert find(app.state.metrics.registry, "http_requests_in_flight") == 0


async def test_strangers_cannot_invent_labels(app, client, petition):
    registry = app.state.metrics.registry
    for number in range(3):
        await client.request(f"MARKER{number}", f"/marker{number}?marker={number}")
    before = len(read_samples(registry))
    for number in range(3, 20):
        await client.request(f"MARKER{number}", f"/marker{number}?marker={number}")
    assert len(read_samples(registry)) == before
    assert b"marker" not in generate_latest(registry).lower()


@pytest.mark.both_databases
def test_state_of_the_database(context, petition, clock):
    Lease(context.database, LEASE, seconds=60).acquire()
    with context.database.write() as connection:
        email = Email("sample.person@example.org", "en", "Subject", "Text")
        queue(context, connection, kind="confirmation", email=email)
        petition_id = petitions.find(connection, "convention")["id"]
        row = {"petition_id": petition_id, "change": 1, "country": "KE", "line": "confirmed"}
        connection.execute(insert(ledger).values(row | {"day": clock.now.date()}))
    clock.forward(minutes=5)
    registry = collect(DatabaseState(context))
    assert {
        name: find(registry, name)
        for name in (
            "database_up",
            "background_work_held",
            "emails_waiting",
            "emails_oldest_untried_seconds",
            "signatures_uncounted",
        )
    } == {
        "database_up": 1,
        "background_work_held": 1,
        "emails_waiting": 1,
        "emails_oldest_untried_seconds": 300,
        "signatures_uncounted": 1,
    }
    assert find(registry, "signatures", petition="convention") == 0


@pytest.mark.both_databases
def test_used_up_connections_for_reading_are_visible(context):
    limit = context.database.readers.limit
    with ExitStack() as reading:
        for _ in range(limit):
            reading.enter_context(context.database.read())
        registry = collect(ProcessState(context, None, lambda: 0))
        for name in ("database_connections_in_use", "database_connections_limit"):
            assert find(registry, name, purpose="reading") == limit


def test_unreachable_database_is_a_number(settings, context):
    with context.database.write():  # the readers' connections are not used up by a scrape
        assert find(collect(DatabaseState(context)), "database_up") == 1
    with context.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO lost")
    registry = collect(DatabaseState(context), ProcessState(context, None, lambda: 7))
    assert (find(registry, "database_up"), find(registry, "emails_waiting")) == (0, None)
    assert (find(registry, "public_cache_bytes"), find(registry, "lease_held")) == (7, 0)


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({}, "sent"),
        ({b"RCPT": b"550 5.1.1 no such user"}, "failed"),
        ({b"RCPT": b"451 later"}, "postponed"),
    ],
)
def test_emails_are_counted_by_kind_and_outcome(
    context, settings, mail_server, send_batch, replies, outcome
):
    mail_server.replies |= replies
    address = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    with context.database.write() as connection:
        email = Email("sample.person@example.org", "en", "Subject", "Text")
        queue(context, connection, kind="event-approved", email=email)
    send_batch(open_transport(settings.model_copy(update={"mail": address})))
    registry = context.metrics.registry
    assert find(registry, "emails_total", kind="event-approved", outcome=outcome) == 1
    assert b"sample.person" not in generate_latest(registry)


# --- the port ----------------------------------------------------------------------------------


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_each_process_takes_the_next_port():
    registries = [CollectorRegistry() for _ in range(2)]
    for prefix, registry in zip(("first", "second"), registries, strict=True):
        RequestMetrics(prefix, registry)
    with ExitStack() as stack:
        first = find_free_port()
        ports = [stack.enter_context(serve_metrics(one, first)) for one in registries]
        assert len(set(ports)) == 2
        texts = [httpx.get(f"http://127.0.0.1:{port}/metrics").text for port in ports]
    assert ["second_http" in text for text in texts] == [False, True]


def test_metrics_listen_on_loopback_alone():
    with serve_metrics(CollectorRegistry(), find_free_port()) as port:
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex((find_own_address(), port)) != 0
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").status == 200


def find_own_address() -> str:
    """Return an address of this machine that leaves it; 127.0.0.2 if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return probe.getsockname()[0]


def test_without_a_port_nothing_listens():
    with serve_metrics(CollectorRegistry(), None) as port:
        assert port is None


def test_used_ports_are_reported_and_stop_no_server(caplog):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with serve_metrics(CollectorRegistry(), 65535) as port:
            assert port == 65535
            with serve_metrics(CollectorRegistry(), 65535) as second:
                assert second is None
    assert taken
    assert "no metrics: the ports 65535 to 65535 are in use" in caplog.text
