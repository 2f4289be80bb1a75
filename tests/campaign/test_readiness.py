"""GET /readyz says which part of a server has failed, and nothing else."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, insert, text, update

from imd_campaign.app import make_lifespan
from imd_campaign.leases.service import Lease
from imd_campaign.leases.tables import leases
from imd_campaign.mail.tables import outbox
from imd_campaign.monitoring import readiness
from imd_campaign.worker import LEASE

pytestmark = pytest.mark.anyio


@pytest.fixture
def lease(context):
    lease = Lease(context.database, LEASE, seconds=600)
    lease.acquire()
    return lease


def add_email(context, **values):
    now = context.now()
    row = {"id": "ltr_1", "kind": "confirmation", "state": "queued", "attempts": 0}
    row |= {"priority": 0, "message": b"", "created_at": now, "due_at": now}
    with context.database.write() as connection:
        connection.execute(insert(outbox).values(row | values))


def find_parts(context) -> list[str]:
    return [reason.part for reason in readiness.find_reasons(context)]


async def test_server_with_a_lease_and_no_old_email_is_ready(client, lease):
    response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "reasons": []})
    assert response.headers["cache-control"] == "no-store"


async def test_failed_part_is_named(client):
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert [reason["part"] for reason in response.json()["reasons"]] == ["background-work"]


@pytest.mark.both_databases
def test_expired_lease_is_a_reason(context, lease):
    assert find_parts(context) == []
    past = context.now() - timedelta(days=365)
    with context.database.write() as connection:
        connection.execute(update(leases).values(expires_at=past))
    assert find_parts(context) == ["background-work"]


@pytest.mark.both_databases
def test_email_that_nobody_has_tried_for_long_is_a_reason(context, lease, clock):
    """Its due time says nothing: it moves on while the mail server cannot be reached."""
    add_email(context)
    clock.forward(minutes=9)
    assert find_parts(context) == []
    clock.forward(minutes=2)
    with context.database.write() as connection:
        connection.execute(update(outbox).values(due_at=clock.now + timedelta(seconds=30)))
    assert find_parts(context) == ["e-mail"]


@pytest.mark.parametrize("values", [{"attempts": 1}, {"state": "sent"}])
def test_email_that_was_tried_is_no_reason(context, lease, clock, values):
    add_email(context, **values)
    clock.forward(hours=1)
    assert find_parts(context) == []


def test_strangers_cannot_make_a_server_unready_with_forms(context, lease, clock):
    with context.database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO submissions (kind, target, state, lane, mailbox, created_at, due_at) "
                "VALUES ('signature', 'convention', 'accepted', 1, x'00', :now, :now)"
            ),
            {"now": context.now().isoformat(sep=" ")},
        )
    clock.forward(days=1)
    assert find_parts(context) == []


@pytest.fixture
def revision(context):
    """Restore the revision afterwards: on PostgreSQL, other tests use the same database."""
    with context.database.read() as connection:
        (version,) = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
    yield
    create = "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"
    with context.database.write() as connection:
        connection.execute(text(create))
        connection.execute(text("DELETE FROM alembic_version"))
        insertion = text("INSERT INTO alembic_version VALUES (:version)")
        connection.execute(insertion, {"version": version})


@pytest.mark.both_databases
@pytest.mark.usefixtures("revision")
def test_tables_of_another_version_are_a_reason(context, lease):
    with context.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r0001_earlier'"))
    (reason,) = readiness.find_reasons(context)
    assert (reason.part, "imd campaign migrate" in reason.message) == ("database", True)


@pytest.mark.both_databases
@pytest.mark.usefixtures("revision")
def test_database_without_tables_is_a_reason(context):
    with context.database.write() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert find_parts(context) == ["database"]


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/campaign.sqlite3", "postgresql://127.0.0.1:1/x"]
)
async def test_unreachable_database_is_a_reason(shared_app, settings, clock, url):
    changes = {"database_url": url, "database_timeout": 0.5}
    unreachable = settings.model_copy(update=changes)
    transport = httpx.ASGITransport(app=shared_app)
    async with (
        make_lifespan(unreachable, clock)(shared_app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
    ):
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == [
        {"part": "database", "message": "The database cannot be reached."}
    ]


async def test_many_requests_cost_one_look(client, lease, context):
    first = await client.get("/readyz")
    with context.database.write() as connection:
        connection.execute(delete(leases))
    second = await client.get("/readyz")
    assert (first.status_code, second.status_code) == (200, 200)
