"""Public responses from memory: no SQL for a request, and nothing that has changed."""

import asyncio
import gzip
import re
from contextlib import contextmanager, suppress
from threading import Event

import pytest
from sqlalchemy import event, update

from imd_campaign.db import open_engine
from imd_campaign.petitions import service as petition_service
from imd_campaign.petitions.tables import petitions
from imd_campaign.startup import open_database
from imd_campaign.web import public_cache

pytestmark = pytest.mark.anyio

COUNT = "/v1/petitions/convention/count"
PETITION = "/v1/petitions/convention"
IDENTITY = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip"}
TABLE = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")


@contextmanager
def record_statements(app):
    statements = []

    def note(_connection, _cursor, statement, *_):
        if statement != "BEGIN":
            statements.append(statement)

    engine = app.state.context.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def set_total(database, total: int) -> None:
    with database.write() as connection:
        connection.execute(update(petitions).values(total=total))


async def get_total(client) -> int:
    return (await client.get(COUNT)).json()["total"]


@pytest.fixture
def elsewhere(settings):
    """The database as another process has it open."""
    database = open_database(settings)
    yield database
    database.engine.dispose()


# --- when a response is made -------------------------------------------------------------------


@pytest.mark.parametrize("path", [COUNT, PETITION, "/v1/events?limit=5", "/v1/openapi.json"])
async def test_second_request_needs_no_sql(app, client, petition, path):
    first = await client.get(path)
    with record_statements(app) as statements:
        second = await client.get(path)
    assert (statements, second.content) == ([], first.content)


@pytest.mark.both_databases
async def test_change_is_visible_at_once(context, client, petition):
    before = await get_total(client)
    set_total(context.database, 7)
    assert [before, await get_total(client)] == [0, 7]


async def test_change_of_another_table_leaves_a_response_in_place(app, client, petition, key):
    await client.get(COUNT)
    key()
    with record_statements(app) as statements:
        await client.get(COUNT)
    assert statements == []


async def test_rolled_back_change_leaves_a_response_in_place(app, context, client, petition):
    await client.get(COUNT)
    with suppress(LookupError), context.database.write() as connection:
        connection.execute(update(petitions).values(total=9))
        raise LookupError
    with record_statements(app) as statements:
        await client.get(COUNT)
    assert statements == []


@pytest.mark.both_databases
async def test_change_by_another_process_is_visible_soon(elsewhere, client, petition, clock):
    await client.get(COUNT)
    set_total(elsewhere, 7)
    clock.forward(seconds=1.1)
    assert await get_total(client) == 7


async def test_old_response_is_sent_while_it_is_made_again(app, elsewhere, client, petition, clock):
    await client.get(COUNT)
    set_total(elsewhere, 7)
    clock.forward(seconds=0.75)
    first = await get_total(client)
    await asyncio.gather(*app.state.public_cache.tasks)
    assert [first, await get_total(client)] == [0, 7]


async def test_crowd_shares_one_rendering(app, client, petition):
    await client.get("/healthz")  # opens the database
    with record_statements(app) as statements:
        responses = await asyncio.gather(*(client.get(COUNT) for _ in range(50)))
    assert {response.json()["total"] for response in responses} == {0}
    assert len(statements) == 1


async def test_request_after_a_change_does_not_get_what_was_read_before(
    app, context, client, petition, monkeypatch
):
    read, has_read, may_go_on = petition_service.get_count, Event(), Event()

    def read_and_pause(*arguments):
        found = read(*arguments)
        has_read.set()
        may_go_on.wait(5)
        return found

    monkeypatch.setattr(petition_service, "get_count", read_and_pause)
    early = asyncio.create_task(client.get(COUNT))
    await asyncio.to_thread(has_read.wait, 5)
    set_total(context.database, 7)
    late = asyncio.create_task(get_total(client))
    await asyncio.sleep(0)
    may_go_on.set()
    await early
    assert await late == 7


async def test_requests_wait_for_a_rendering_whose_client_left(app, client, petition):
    leader = asyncio.create_task(client.get(COUNT))
    await asyncio.sleep(0)
    follower = asyncio.create_task(client.get(COUNT))
    await asyncio.sleep(0)
    leader.cancel()
    assert (await follower).json()["total"] == 0


async def test_every_table_that_a_response_was_made_from_is_noted(app, client, petition):
    cache = app.state.public_cache
    paths = [
        path
        for path, methods in app.state.document["paths"].items()
        if "get" in methods and "{" not in path and "security" not in methods["get"]
    ]
    for path in [*paths, COUNT, PETITION, f"{PETITION}/places", f"{PETITION}/signers"]:
        with record_statements(app) as statements:
            await client.get(path)
        if found := cache.find((path, b"")):
            tables = {name for statement in statements for name in TABLE.findall(statement)}
            assert (path, tables - found.tables - {"json_each"}) == (path, set())
    assert cache.find(("/v1/events", b"")).tables == {
        *("events", "attendances", "event_index", "event_terms", "event_columns"),
    }


async def test_tables_of_a_statement_are_noted_each_time(app, client, petition):
    await client.get(COUNT)
    cache = app.state.public_cache
    first = cache.find((COUNT, b"")).tables
    cache.changes.record(first)
    await client.get(COUNT)
    assert cache.find((COUNT, b"")).tables == first != set()


# --- what is never sent from memory ------------------------------------------------------------


async def test_wrong_key_is_rejected(client, petition):
    await client.get(PETITION)
    response = await client.get(PETITION, headers={"Authorization": "Bearer imd_nonsense"})
    assert response.status_code == 401


async def test_response_to_a_key_is_not_sent_to_others(client, petition, key):
    await client.get(PETITION, headers=key())
    assert "public" in (await client.get(PETITION)).headers["cache-control"]


async def test_unknown_parameter_is_rejected(client, petition):
    await client.get(PETITION)
    assert (await client.get(f"{PETITION}?x=1")).status_code == 400


# --- the database is down ----------------------------------------------------------------------


@pytest.fixture
def lose_database(app):
    """Let every connection fail from now on."""
    database = app.state.context.database
    engine = database.engine

    def lose() -> None:
        database.engine = open_engine("sqlite:////proc/nowhere/campaign.sqlite3")

    yield lose
    database.engine.dispose()
    database.engine = engine


async def test_latest_response_is_sent_while_the_database_is_down(
    client, petition, clock, lose_database
):
    await client.get(COUNT)
    lose_database()
    clock.forward(seconds=59)
    assert await get_total(client) == 0


async def test_changed_response_is_not_sent_while_the_database_is_down(
    context, client, petition, lose_database
):
    """For instance a name that its owner has withdrawn."""
    await client.get(COUNT)
    set_total(context.database, 7)
    lose_database()
    assert (await client.get(COUNT)).status_code == 503


async def test_after_a_minute_without_the_database_readers_are_told(
    client, petition, clock, lose_database
):
    await client.get(COUNT)
    lose_database()
    clock.forward(seconds=61)
    assert (await client.get(COUNT)).status_code == 503


# --- how it is sent ----------------------------------------------------------------------------


async def test_gzip_has_the_same_content_and_a_tag_of_its_own(client, petition):
    path = "/v1/openapi.json"
    plain = await client.get(path, headers=IDENTITY)
    async with client.stream("GET", path, headers=GZIP) as packed:
        body = b"".join([part async for part in packed.aiter_raw()])
    assert gzip.decompress(body) == plain.content
    assert packed.headers["content-length"] == str(len(body))
    assert packed.headers["etag"] != plain.headers["etag"]
    assert {packed.headers["vary"], plain.headers["vary"]} == {"accept-encoding"}


@pytest.mark.parametrize(
    ("header", "is_packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
async def test_encoding_is_negotiated(client, petition, header, is_packed):
    response = await client.get("/v1/openapi.json", headers={"Accept-Encoding": header})
    assert ("content-encoding" in response.headers) == is_packed


async def test_small_response_is_not_compressed(client, petition):
    response = await client.get(COUNT, headers=GZIP)
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("headers", [IDENTITY, GZIP])
async def test_known_tag_is_not_modified(client, petition, headers):
    first = await client.get("/v1/openapi.json", headers=headers)
    tag = {"If-None-Match": first.headers["etag"]}
    second = await client.get("/v1/openapi.json", headers=headers | tag)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert "content-type" not in second.headers


async def test_first_request_with_a_known_tag_is_not_modified(client, petition, clock):
    tag = (await client.get(PETITION)).headers["etag"]
    clock.forward(minutes=5)
    response = await client.get(PETITION, headers={"If-None-Match": tag})
    assert response.status_code == 304


async def test_response_from_memory_is_logged_by_its_route(client, petition, caplog):
    caplog.set_level("INFO", "imd_campaign.access")
    ids = [(await client.get(PETITION)).headers["x-request-id"] for _ in range(2)]
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[1] for line in lines] == ["/v1/petitions/{slug}"] * 2
    assert [line.split()[-1] for line in lines] == ids


# --- memory --------------------------------------------------------------------------------------


async def test_memory_is_bounded(app, client, petition, monkeypatch):
    monkeypatch.setattr(public_cache, "MAX_BYTES", 20_000)
    for limit in range(1, 101):
        await client.get(f"/v1/petitions?limit={limit}")
    assert 0 < app.state.public_cache.size <= 20_000


async def test_short_response_counts_with_its_headers(app, client):
    """Strangers can invent a million searches that find nothing."""
    await client.get("/v1/events?q=nothing")
    assert app.state.public_cache.size >= 2000


async def test_long_address_is_not_kept(app, client, petition):
    before = app.state.public_cache.size
    await client.get("/v1/events", params={"q": "x" * 100, "from": "2026-12-01" + "\u200b" * 700})
    assert app.state.public_cache.size == before
