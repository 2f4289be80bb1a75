"""Counts are shared between readers, and no process loses what another accepts."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from imd_campaign.petitions import service, store

pytestmark = pytest.mark.both_databases

SIGN = """
import asyncio
import sys
from imd_campaign.context import Context
from imd_campaign.startup import open_database, open_vault
from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm
from imd_campaign.settings import Settings
settings = Settings()
database = open_database(settings)
context = Context(settings, database, open_vault(settings))

async def sign():
    for n in range(int(sys.argv[1])):
        address = f"{sys.argv[2]}{n}@example.org"
        form = SignatureForm(name="Sample Person", email=address, country="ES")
        await signatures.sign(context, "convention", form, None)

asyncio.run(sign())
database.engine.dispose()
"""


@pytest.fixture
def count_queries(engine):
    statements = []

    @event.listens_for(engine, "before_cursor_execute")
    def record(_connection, _cursor, statement, *_):
        if "count(*)" in statement and "GROUP BY" in statement:
            statements.append(statement)

    return statements


def test_forty_readers_after_a_window_run_one_count_query(context, petition, clock, count_queries):
    service.get_count(context, petition)
    clock.forward(seconds=30)
    count_queries.clear()
    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(lambda _: service.get_count(context, petition).total, range(40)))
    assert len(count_queries) == 1
    assert set(totals) == {0}


def test_abandoned_count_is_retried_after_the_next_window(context, petition, clock, count_queries):
    service.get_count(context, petition)
    clock.forward(seconds=30)
    now = context.now()
    with context.database.write() as connection:
        store.claim_count(
            connection, store.find(connection, petition)["id"], now, now - timedelta(seconds=30)
        )
    stale = service.get_count(context, petition)
    clock.forward(seconds=30)
    fresh = service.get_count(context, petition)
    assert (stale.as_of, fresh.as_of) == (now - timedelta(seconds=30), clock.now)


def test_older_count_does_not_replace_a_newer_one(context, petition):
    now = context.now()
    with context.database.write() as connection:
        petition_id = store.find(connection, petition)["id"]
        store.put_count(connection, petition_id, {"KE": 12}, now)
        store.put_count(connection, petition_id, {"KE": 11}, now - timedelta(seconds=1))
        row = store.find(connection, petition)
    assert (row["total"], row["counted_at"]) == (12, now)


@pytest.mark.usefixtures("petition")
def test_two_processes_lose_no_signatures(settings, context):
    processes = [_start_signing(settings, name) for name in ("one", "two")]
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert outcomes == [(b"", 0), (b"", 0)]
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM submissions")).scalar() == 80


def _start_signing(settings, name: str) -> subprocess.Popen[bytes]:
    environment = {
        f"IMD_CAMPAIGN_{field.upper()}": str(value)
        for field, value in settings.model_dump().items()
        if field != "secret"
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SIGN, "40", name],
        stderr=subprocess.PIPE,
        env=os.environ | environment | {"IMD_CAMPAIGN_SECRET": settings.secret.get_secret_value()},
    )
