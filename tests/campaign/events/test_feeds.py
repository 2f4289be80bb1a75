"""Feeds in Atom and CSV, and what all feeds have in common."""

import csv
import json
from asyncio import gather
from functools import partial
from io import StringIO

import feedparser
import pytest
from anyio import fail_after, sleep
from icalendar import Calendar
from sqlalchemy import update

from imd_campaign.events import store
from imd_campaign.events.feeds import items as feed_items
from imd_campaign.events.feeds.items import read_rows
from imd_campaign.events.filters import Filters
from imd_campaign.events.tables import events
from imd_campaign.startup import open_database
from imd_campaign.web import feed_responses, public_cache
from imd_campaign.web.middleware import ResponseInterrupted

pytestmark = pytest.mark.anyio

FORMATS = ("ics", "geojson", "csv", "atom")
HOSTILE = '</title>&<script>alert(1)</script>]]>"'


@pytest.fixture
def fetch_rows(client):
    async def fetch(query=""):
        response = await client.get(f"/v1/events.csv{query}")
        assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert response.content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"), newline="")))

    return fetch


@pytest.fixture
def fetch_atom(client):
    async def fetch(query=""):
        response = await client.get(f"/v1/events.atom{query}")
        assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
        feed = feedparser.parse(response.content)
        assert not feed.bozo
        assert feed.version == "atom10"
        return feed

    return fetch


@pytest.fixture
def elsewhere(settings):
    """The database as another process has it open."""
    database = open_database(settings)
    yield database
    database.engine.dispose()


@pytest.fixture
def small_parts(monkeypatch):
    """Read two events at a time, and send pieces of a few hundred bytes."""
    monkeypatch.setattr(feed_items, "PART", 2)
    monkeypatch.setattr(feed_responses, "FIRST_PIECE", 300)
    monkeypatch.setattr(feed_responses, "PIECE", 100)


def _read_ids(format_, content):
    if format_ == "ics":
        return [str(entry["uid"])[0] for entry in Calendar.from_ical(content).events]
    if format_ == "geojson":
        return [feature["id"] for feature in json.loads(content)["features"]]
    if format_ == "csv":
        return [row["id"] for row in csv.DictReader(StringIO(content.decode("utf-8-sig")))]
    return [entry.id[-1] for entry in feedparser.parse(content).entries]


# --- CSV ---------------------------------------------------------------------------------------


async def test_csv_has_a_row_per_event(fetch_rows, publish):
    event_id = publish(title="نوبة 守夜", description="One,\n\n“two”", url="https://example.org/a")
    [row] = await fetch_rows()
    assert row == {
        "id": event_id,
        "title": "نوبة 守夜",
        "kind": "vigil",
        "starts_at": "2026-12-18T18:00:00-06:00",
        "ends_at": "",
        "time_zone": "America/Mexico_City",
        "online": "false",
        "place_name": "Sample Church",
        "address": "5 Sample Street",
        "locality": "Mexico City",
        "region": "",
        "country": "MX",
        "latitude": "19.4326",
        "longitude": "-99.1332",
        "precision": "exact",
        "distance_km": "",
        "host": "Sample Group",
        "capacity": "",
        "places_left": "",
        "lang": "en",
        "languages": "en",
        "page_url": f"https://campaign.example/events/{event_id}",
        "url": "https://example.org/a",
        "description": "One,\n\n“two”",
        "updated_at": row["updated_at"],
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d"])
async def test_csv_text_is_no_formula(fetch_rows, publish, start):
    publish(title=f"{start}HYPERLINK(1)")
    assert [row["title"] for row in await fetch_rows()] == [f"'{start}HYPERLINK(1)"]


async def test_csv_without_events_has_the_columns(client):
    assert (await client.get("/v1/events.csv")).text.startswith("\ufeffid,title,kind,")


async def test_csv_has_distances_and_the_nearest_first(fetch_rows, publish, place):
    publish(id="far", place=place(latitude=19.6))
    publish(id="close")
    rows = await fetch_rows("?near=19.4326,-99.1332")
    assert [(row["id"], row["distance_km"]) for row in rows] == [("close", "0.0"), ("far", "18.6")]


# --- Atom --------------------------------------------------------------------------------------


async def test_atom_entry_has_the_event(fetch_atom, publish):
    event_id = publish(title="守夜", description="One\n\nTwo", lang="zh")
    [entry] = (await fetch_atom()).entries
    page = f"https://campaign.example/events/{event_id}"
    assert (entry.id, entry.link, entry.author) == (page, page, "Sample Group")
    assert (entry.title, entry.title_detail.language) == ("守夜", "zh")
    assert [tag.term for tag in entry.tags] == ["vigil"]
    [content] = entry.content
    assert content.type == "text/html"
    assert content.value == (
        "<p>2026-12-18 18:00 (America/Mexico_City)</p>"
        "<p>Sample Church, 5 Sample Street, Mexico City, MX</p><p>One</p><p>Two</p>"
    )


async def test_atom_feed_links_to_itself_without_trusting_the_host(client):
    headers = {"Host": "evil.example"}
    response = await client.get("/v1/events.atom?kind=rally&country=MX", headers=headers)
    assert "evil.example" not in response.text
    links = {link.rel: link.href for link in feedparser.parse(response.content).feed.links}
    assert links["self"] == "/v1/events.atom?kind=rally&country=MX"
    assert links["alternate"] == "https://campaign.example/w/event-list"


async def test_atom_has_the_latest_change_first(fetch_atom, clock, publish):
    publish(id="a")
    clock.forward(minutes=1)
    publish(id="b", starts_at="2026-12-10T18:00:00-06:00")
    feed = await fetch_atom()
    assert [entry.id[-1] for entry in feed.entries] == ["b", "a"]
    assert feed.feed.updated == feed.entries[0].updated > feed.entries[1].updated


async def test_atom_feed_is_limited(fetch_atom, publish):
    for number in range(3):
        publish(id=str(number))
    assert len((await fetch_atom("?limit=2")).entries) == 2


async def test_atom_without_events_is_valid_and_never_changed(fetch_atom):
    feed = await fetch_atom()
    assert (feed.entries, feed.feed.updated) == ([], "1990-12-18T00:00:00+00:00")
    assert feed.feed.author


async def test_atom_shows_markup_of_hosts_as_text(client, fetch_atom, publish):
    publish(title=HOSTILE, description=HOSTILE)
    [entry] = (await fetch_atom()).entries
    assert entry.title == HOSTILE
    text = (await client.get("/v1/events.atom")).text
    assert "<script" not in text
    assert "&amp;lt;script&amp;gt;" in text


async def test_atom_names_no_host_of_a_private_place(fetch_atom, publish, at_home):
    publish(at_home())
    [entry] = (await fetch_atom()).entries
    assert "authors" not in entry


# --- all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("query", "expected"), [("", "abcde"), ("?limit=3", "abc")])
async def test_feed_is_read_and_sent_in_parts(
    client, publish, small_parts, format_, query, expected
):
    for id_ in "abcde":
        publish(id=id_)
    response = await client.get(f"/v1/events.{format_}{query}")
    found = _read_ids(format_, response.content)
    if format_ == "atom":  # the latest first, and all have the same second
        expected = "edcba"[: len(expected)]
    assert "".join(found) == expected


@pytest.mark.parametrize("format_", FORMATS)
async def test_feeds_accept_the_filters_of_the_list(client, publish, format_):
    publish(id="a"), publish(id="b", kind="rally")
    response = await client.get(f"/v1/events.{format_}?kind=rally&country=MX&q=vigil")
    assert _read_ids(format_, response.content) == ["b"]


async def test_no_connection_is_used_while_a_part_is_sent(context, publish, small_parts):
    for id_ in "abcde":
        publish(id=id_)
    pool = context.database.engine.pool
    rows = read_rows(context.database, partial(store.list_public_events, filters=Filters()))
    assert [(row["id"], pool.checkedout()) for row in rows] == [(id_, 0) for id_ in "abcde"]


async def test_old_feed_is_sent_while_it_is_refreshed(client, clock, app, publish, elsewhere):
    publish(id="a")
    before = await client.get("/v1/events.csv")
    with elsewhere.write() as connection:
        connection.execute(update(events).values(title="Another title"))
    clock.forward(seconds=0.75)
    with fail_after(5):
        assert (await client.get("/v1/events.csv")).text == before.text
        await gather(*app.state.public_cache.tasks)
        assert "Another title" in (await client.get("/v1/events.csv")).text


async def test_error_in_a_later_part_is_a_problem_and_no_short_feed(
    client, context, publish, monkeypatch
):
    monkeypatch.setattr(feed_items, "PART", 2)
    for id_ in "abc":
        publish(id=id_)
    with context.database.write() as connection:
        connection.execute(update(events).where(events.c.id == "c").values(time_zone="No/Where"))
    response = await client.get("/v1/events.csv")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"


async def test_error_after_the_first_piece_breaks_the_response_off(
    client, context, publish, monkeypatch, small_parts
):
    monkeypatch.setattr(public_cache, "MAX_BODY_BYTES", 0)
    for id_ in "abcde":
        publish(id=id_)
    with context.database.write() as connection:
        connection.execute(update(events).where(events.c.id == "e").values(time_zone="No/Where"))
    with pytest.raises(ResponseInterrupted):
        await client.get("/v1/events.csv")


async def test_nothing_is_read_for_a_client_that_is_gone(app, publish, monkeypatch, small_parts):
    monkeypatch.setattr(public_cache, "MAX_BODY_BYTES", 0)
    for number in range(40):
        publish(id=f"{number:02}")
    pieces = []

    async def receive():
        if len(pieces) < 2:
            await sleep(0.01)
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message):
        pieces.append(message)
        await sleep(0.001)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/v1/events.csv",
        "raw_path": b"/v1/events.csv",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"campaign.example")],
        "client": ("127.0.0.1", 1),
        "server": ("campaign.example", 443),
    }
    await app(scope, receive, send)
    assert 2 <= len(pieces) < 20
