import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, bindparam, inspect, text
from sqlalchemy.exc import DBAPIError

from imd_campaign import tables
from imd_campaign.db import MIGRATION_LOCK, Instant, migrate, open_engine
from imd_campaign.petitions import count_audit

pytestmark = pytest.mark.both_databases

MIGRATE = (
    "import sys; from imd_campaign.db import migrate, open_engine; "
    "engine = open_engine(sys.argv[1]); migrate(engine); engine.dispose()"
)


def test_migrations_create_exactly_the_tables(engine: Engine):
    with engine.connect() as connection:
        migrated = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(migrated, tables.metadata) == []


def test_migrating_twice_changes_nothing(engine: Engine):
    before = inspect(engine).get_table_names()
    migrate(engine)
    assert inspect(engine).get_table_names() == before


def test_two_processes_can_migrate_at_once(empty_url: str):
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", MIGRATE, empty_url], stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    outcomes = [(process.communicate()[1], process.returncode) for process in processes]
    assert outcomes == [(b"", 0), (b"", 0)]
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_migration_waits_until_another_one_has_finished(empty_url: str):
    engine = open_engine(empty_url, timeout=0.1)
    with ThreadPoolExecutor(1) as pool, engine.connect() as other:
        other.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        migration = pool.submit(migrate, engine)
        assert waits_for_lock(migration, other)
        time.sleep(0.3)  # longer than other statements may wait for a lock
        assert not migration.done()
        assert inspect(other).get_table_names() == []
        other.rollback()
        migration.result(timeout=60)
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()


ORDERED = """
    INSERT INTO posters (slug, artist, year, state) VALUES ('paths', 'A', 2026, 'on_sale');
    INSERT INTO editions (poster, id, position, kind, titles, size, amount, currency, run)
    VALUES ('paths', 'limited', 0, 'limited', '{}', '', 9000, 'USD', 4);
    INSERT INTO reservations
    (id, poster, edition, quantity, numbers, amount, currency, created_at, expires_at) VALUES
    ('rsv_1', 'paths', 'limited', 2, '[1]', 18000, 'USD', '2026-11-01 10:00:00', '2026-11-02'),
    ('rsv_2', 'paths', 'limited', 1, '[3]', 9000, 'USD', '2026-11-01 10:00:00', '2099-11-02');
    INSERT INTO orders (id, reservation, state, sealed, created_at)
    VALUES ('ord_1', 'rsv_1', 'placed', 'c2Vh', '2026-11-01 10:00:00');
    INSERT INTO prints (poster, edition, number, reservation, sold_to) VALUES
    ('paths', 'limited', 1, 'rsv_1', 'ord_1'), ('paths', 'limited', 2, 'rsv_1', 'ord_1'),
    ('paths', 'limited', 3, 'rsv_2', NULL), ('paths', 'limited', 4, NULL, NULL)
"""
SIGNED = [("sig_1", "KE", "partner", 1), ("sig_2", "MX", None, 2), ("sig_3", "KE", None, 2)]


def test_migration_fills_the_ledger_from_the_signatures(empty_url: str):
    engine = open_engine(empty_url)
    migrate(engine, revision="0008")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO petitions (id, slug, goal, milestones, opens_at, total) "
                "VALUES (1, 'convention', 10, '[]', '2026-11-01', 0)"
            )
        )
        for identity, country, source, day in SIGNED:
            values = {"id": identity, "country": country, "source": source}
            connection.execute(
                text(
                    "INSERT INTO signatures (id, petition_id, fingerprint, country, source, "
                    "public, updates, sealed, confirmed_at) VALUES (:id, 1, :print, :country, "
                    ":source, false, false, '', :at)"
                ).bindparams(bindparam("at", type_=Instant)),
                values | {"print": identity.encode(), "at": datetime(2026, 11, day, tzinfo=UTC)},
            )
    migrate(engine)
    with engine.connect() as connection:
        ledger = connection.execute(
            text("SELECT number, country, source, change, line, day FROM ledger ORDER BY id")
        ).all()
        assert [tuple(map(str, row)) for row in ledger] == [
            ("1", "KE", "partner", "1", "confirmed", "2026-11-01"),
            ("2", "MX", "None", "1", "confirmed", "2026-11-02"),
            ("3", "KE", "None", "1", "confirmed", "2026-11-02"),
        ]
        assert count_audit.list_differences(connection) == []
    engine.dispose()


def test_migration_keeps_orders_and_the_prints_that_they_sold(empty_url: str):
    engine = open_engine(empty_url)
    migrate(engine, revision="0010")
    with engine.begin() as connection:
        for statement in ORDERED.split(";"):
            connection.exec_driver_sql(statement)
    migrate(engine)
    with engine.connect() as connection:
        [order] = connection.execute(text("SELECT * FROM orders")).mappings()
        assert [order[name] for name in ("id", "state", "poster", "edition", "quantity")] == [
            *("ord_1", "placed", "paths", "limited", 2),
        ]
        assert (order["amount"], order["currency"], order["sealed"]) == (18000, "USD", "c2Vh")
        assert str(order["created_at"]).startswith("2026-11-01 10:00:00")
        assert (order["mailbox"], order["kept_until"]) == (None, None)
        prints = connection.execute(text("SELECT number, sold_to FROM prints ORDER BY number"))
        assert [tuple(row) for row in prints] == [(1, "ord_1"), (2, "ord_1"), (3, None), (4, None)]
    engine.dispose()


FOLLOWED = """
    INSERT INTO calendars (id, locked_url, url_fingerprint, host, name, lang, time_zone, locality,
    country, latitude, longitude, created_at, due_at, checked_at)
    VALUES ('cal_1', '', '1', 'group.example', 'G', 'en', 'Africa/Nairobi', 'Nairobi', 'KE', 0, 0,
    '2026-11-01 10:00:00', '2026-11-02 13:00:00', '2026-11-02 10:00:00');
    INSERT INTO calendar_entries
    (identity, calendar, event, digest, state, private, starts_at) VALUES
    ('1', 'cal_1', 'evt_1', '', 'followed', false, '2026-12-18 18:00:00'),
    ('2', 'cal_1', 'evt_2', '', 'cancelled', false, '2026-12-18 18:00:00'),
    ('3', 'cal_1', 'evt_3', '', 'followed', true, '2026-12-18 18:00:00')
"""


def test_migration_dates_notes_of_calendars(empty_url: str):
    engine = open_engine(empty_url)
    migrate(engine, revision="0023")
    with engine.begin() as connection:
        for statement in FOLLOWED.split(";"):
            connection.exec_driver_sql(statement)
    migrate(engine)
    with engine.connect() as connection:
        query = text("SELECT noted_at FROM calendar_entries ORDER BY event")
        found = [str(noted_at)[:16] for noted_at in connection.execute(query).scalars()]
    assert found == ["None", *["2026-11-02 10:00"] * 2]
    engine.dispose()


def waits_for_lock(task: Future[None], connection: Connection) -> bool:
    """Return whether the task waits for an advisory lock before it ends."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    give_up_at = time.monotonic() + 30
    while not task.done() and time.monotonic() < give_up_at:
        if connection.execute(waiting).scalar():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("act", ["UPDATE audit SET reason = ''", "DELETE FROM audit"])
def test_audit_trail_is_append_only(engine: Engine, act: str):
    entry = (
        "INSERT INTO audit (at, actor, action, subject, reason, details) "
        "VALUES ('2026-11-23', 'key_1', 'approve', 'evt_1', 'fine', '{}')"
    )
    with engine.begin() as connection:
        connection.execute(text(entry))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(act))
