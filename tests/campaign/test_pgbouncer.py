"""The server works behind PgBouncer, which may give each transaction another session."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from signing import add_petition, confirm, read_count, sign
from sqlalchemy import text

from imd_campaign.context import Context
from imd_campaign.database_copy import service as database_copy
from imd_campaign.db import migrate, open_engine
from imd_campaign.leases.service import Lease
from imd_campaign.petitions import store as petitions
from imd_campaign.startup import open_database, open_vault

PORT, SESSIONS = 6432, 2
# The oldest way to run it: no statement outlives its transaction.
CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
"""

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


@pytest.fixture(scope="module")
def pgbouncer(postgresql) -> Iterator[Path]:
    """The folder of its socket, which is short as the path of a socket has to be."""
    folder = Path(f"/tmp/imd-{uuid.uuid4().hex[:8]}")  # noqa: S108 random, private, removed below
    folder.mkdir(mode=0o700)
    config = folder / "pgbouncer.ini"
    config.write_text(
        CONFIG.format(server=postgresql.folder, folder=folder, port=PORT, sessions=SESSIONS)
    )
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
    command = [shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"), "-q", config]
    process = subprocess.Popen(command, user=user, group=user, cwd="/")
    socket, deadline = folder / f".s.PGSQL.{PORT}", time.monotonic() + 20
    while not socket.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    yield folder
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture
def database_url(postgresql_url: str, pgbouncer: Path) -> str:
    return f"{postgresql_url.partition('?')[0]}?host={pgbouncer}&port={PORT}"


@pytest.mark.usefixtures("petition")
async def test_signatures_are_confirmed_and_counted(client, emails, clock):
    await sign(client)
    response = await confirm(client, emails()[0])
    assert response.is_success, response.text
    assert await read_count(client, clock) == 1


@pytest.mark.usefixtures("petition")
def test_many_threads_share_few_sessions(context):
    """Each statement runs often enough for psycopg to prepare it, if it did."""

    def use(number: int) -> int:
        with context.database.write() as connection:
            connection.execute(text("UPDATE petitions SET goal = goal + 1"))
        with context.database.read() as connection:
            return petitions.find(connection, "convention")["goal"]

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(use, range(80))) == 10_080


def test_limits_of_a_transaction_do_not_leak_into_the_session(context):
    show = text("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    with context.database.write() as connection:
        assert tuple(connection.execute(show).one()) == ("15s", "5s")
    raw = context.database.engine.raw_connection()
    try:
        sessions = [tuple(raw.execute(str(show)).fetchone()) for _ in range(2 * SESSIONS)]
    finally:
        raw.close()
    assert set(sessions) == {("0", "0")}


def test_statements_are_prepared_without_a_pooler_only(database_url, postgresql_url):
    thresholds = []
    for url in (database_url, postgresql_url):
        engine = open_engine(url)
        with engine.connect() as connection:
            thresholds.append(connection.connection.driver_connection.prepare_threshold)
        engine.dispose()
    assert thresholds == [None, 5]


def test_lease_is_held_once(context):
    leases = [Lease(context.database, "test") for _ in range(2)]
    assert [lease.acquire() for lease in leases] == [True, False]


def test_campaign_is_copied_through_it(settings, database_url, postgresql_url, tmp_path):
    file = f"sqlite:///{tmp_path}/source.sqlite3"
    source = settings.model_copy(update={"database_url": file})
    context = Context(source, open_database(source), open_vault(source))
    migrate(context.database.engine)
    add_petition(context, "convention", "Stand up")
    context.database.engine.dispose()
    database_copy.copy(context, database_url, lambda *_: None)
    engine = open_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT slug FROM petitions")).scalars().all() == [
            "convention"
        ]
    engine.dispose()
