"""Readers and writers wait for each other neither with connections nor with threads."""

import asyncio
from contextlib import ExitStack, suppress

import pytest

from imd_campaign.errors import Unavailable
from imd_campaign.startup import open_database

CROWD = 60


@pytest.fixture
def database(settings):
    settings = settings.model_copy(update={"database_connections": 4, "database_timeout": 0.2})
    database = open_database(settings)
    database.check()
    yield database
    database.engine.dispose()


def take_all(opened, open_connection):
    with suppress(Unavailable):
        for _ in range(5):
            opened.enter_context(open_connection())


@pytest.mark.both_databases
def test_readers_leave_connections_to_writers(database):
    with ExitStack() as reading:
        take_all(reading, database.read)
        with database.write() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


@pytest.mark.both_databases
def test_writers_leave_connections_to_readers(database):
    with ExitStack() as writing:
        take_all(writing, database.write)
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


@pytest.mark.anyio
@pytest.mark.usefixtures("petition")
async def test_crowd_of_writers_leaves_threads_to_readers(client, context):
    with context.database.write():
        path = f"/v1/confirmations/{'x' * 22}"
        waiting = [asyncio.create_task(client.post(path, json={})) for _ in range(CROWD)]
        await asyncio.sleep(0.5)
        response = await client.get("/v1/petitions/convention")
        assert (response.status_code, sum(task.done() for task in waiting)) == (200, 0)
    await asyncio.gather(*waiting)
