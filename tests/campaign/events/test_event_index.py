# ruff: noqa: RUF001, S311 words of many scripts; chance is not for secrets here
"""The index of public events: it finds what a full scan finds, and always fits the events."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text, update

from imd_campaign.context import Context
from imd_campaign.db import Connection, migrate, open_engine
from imd_campaign.events import search_text, store
from imd_campaign.events.clusters import MAX_CLUSTERS
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import (
    Box,
    Circle,
    Point,
    snap_to_grid,
    to_squared_chord,
    to_vector,
)
from imd_campaign.events.index import bitmaps, cluster_store
from imd_campaign.events.index import store as index_store
from imd_campaign.events.language_tags import list_tags
from imd_campaign.events.tables import (
    event_cells,
    event_columns,
    event_index,
    event_index_versions,
    event_terms,
)
from imd_campaign.pagination import PageRequest, Slice

pytestmark = pytest.mark.anyio

KINDS, COUNTRIES, LANGUAGES = ("vigil", "march", "rally"), ("MX", "US", "KE"), ("en", "pt-BR", "zh")
TITLES = ("Vigil for migrants", "Marcha en Łódź", "移民日集会", "گردهمایی", "İĞDIR yürüyüşü")
POINTS = [Point(19.43, -99.13), Point(19.44, -99.13), Point(-17.0, 179.9), Point(51.77, 19.46)]
DAY = datetime(2026, 12, 18, tzinfo=UTC)
MANY = PageRequest(10_000)
ReadPage = Callable[[Connection, Filters, PageRequest], Slice[Mapping[Any, Any]]]


def make_event(number: int, point: Point | None = None, **values: Any) -> dict[str, Any]:
    starts_at = values.pop("starts_at", DAY)
    place = point and {"country": "MX", "locality": "Sample Town", **point._asdict()}
    return {
        "id": f"evt_{number}",
        "state": "public",
        "kind": "vigil",
        "title": TITLES[0],
        "description": "",
        "lang": "en",
        "languages": ["en"],
        "starts_at": starts_at,
        "time_zone": "UTC",
        "first_day": starts_at.date(),
        "last_day": starts_at.date(),
        "online": point is None,
        "private": False,
        "host": "Sample Group",
        "created_at": DAY,
        "updated_at": DAY,
        **(place or {}),
        **values,
    }


# ------------------------------------------------------------------ what is found


def make_random_event(chance: Random, number: int) -> dict[str, Any]:
    starts_at = DAY + timedelta(hours=chance.randrange(-96, 96))
    values = {
        "title": chance.choice(TITLES),
        "kind": chance.choice(KINDS),
        "languages": chance.sample(LANGUAGES, 2),
        "starts_at": starts_at,
        "last_day": starts_at.date() + timedelta(days=chance.choice((0, 0, 3))),
        "updated_at": DAY - timedelta(minutes=chance.randrange(100)),
    }
    if chance.random() < 0.1:
        return make_event(number, **values)
    point = chance.choice((chance.choice(POINTS), Point(chance.uniform(-90, 90), -99.13)))
    point = Point(round(point.latitude, 4), point.longitude)
    return make_event(number, point, **values, country=chance.choice(COUNTRIES))


def make_random_filters(chance: Random) -> Filters:
    def maybe(value: Any, default: Any) -> Any:
        return value if chance.random() < 0.3 else default

    around = chance.choice(POINTS)
    size = chance.choice((0.01, 1.0, 30.0))
    west = around.longitude - size
    box = Box(west, max(-90, around.latitude - size), chance.uniform(-180, 180), 90.0)
    return Filters(
        box=maybe(box if west > -180 else None, None),
        circle=maybe(Circle(around, chance.choice((1.0, 300.0, 20038.0))), None),
        first=maybe(date(2026, 12, 18) + timedelta(days=chance.randrange(-3, 4)), None),
        last=maybe(date(2026, 12, 19), None),
        kinds=maybe(tuple(chance.sample(KINDS, 2)), ()),
        languages=maybe((chance.choice(("en", "pt", "PT-br")),), ()),
        countries=maybe(("MX", "KE"), ()),
        online=maybe(chance.random() < 0.3, None),
        words=maybe(tuple(search_text.split_words(chance.choice(QUERIES))), ()),
    )


QUERIES = (
    "vigil",
    "IGIL",
    "lodz",
    "移",
    "民日",
    "en",
    "igdir yuruyusu",
    "گردهمايي",
    "nothing",
    "a e",
)


def matches(event: Mapping[str, Any], filters: Filters) -> bool:
    has_place = event.get("latitude") is not None
    point = Point(event["latitude"], event["longitude"]) if has_place else None
    folded = search_text.fold(" ".join((event["title"], event.get("locality", ""), event["host"])))
    return all(
        (
            not filters.box or (point and is_in_box(filters.box, point)),
            not filters.circle or (point and is_in_circle(filters.circle, point)),
            not filters.first or event["last_day"] >= filters.first,
            not filters.last or event["first_day"] <= filters.last,
            not filters.kinds or event["kind"] in filters.kinds,
            not filters.languages
            or list_tags(event["languages"]) & {tag.lower() for tag in filters.languages},
            not filters.countries or event.get("country") in filters.countries,
            filters.online in (None, event["online"]),
            all(word in folded for word in filters.words),
        )
    )


def is_in_box(box: Box, point: Point) -> bool:
    spans = box.longitude_ranges()
    return box.south <= point.latitude <= box.north and any(
        west <= point.longitude <= east for west, east in spans
    )


def is_in_circle(circle: Circle, point: Point) -> bool:
    pairs = zip(to_vector(circle.centre), to_vector(point), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) <= to_squared_chord(circle.radius_km)


@pytest.mark.both_databases
def test_filters_find_what_a_full_scan_finds(context: Context) -> None:
    chance = Random(18)
    rows = [make_random_event(chance, number) for number in range(200)]
    with context.database.write() as connection:
        store.add_all(connection, rows)
        for _ in range(100):
            filters = make_random_filters(chance)
            found = store.list_public_events(connection, filters, MANY).items
            expected = {row["id"] for row in rows if matches(row, filters)}
            assert {row["id"] for row in found} == expected, filters


@pytest.mark.both_databases
def test_pages_have_all_events_in_order(context: Context) -> None:
    chance = Random(18)
    with context.database.write() as connection:
        store.add_all(connection, [make_random_event(chance, number) for number in range(200)])
        for _ in range(20):
            filters = make_random_filters(chance)
            whole = store.list_public_events(connection, filters, MANY).items
            assert [row["id"] for row in list_in_pages(connection, filters)] == [
                row["id"] for row in whole
            ]
            key = "chord" if filters.circle else "starts_at"
            assert [row[key] for row in whole] == sorted(row[key] for row in whole)


def list_in_pages(
    connection: Connection, filters: Filters, read_page: ReadPage = store.list_public_events
) -> Iterator[Mapping[Any, Any]]:
    part = read_page(connection, filters, PageRequest(7))
    yield from part.items
    while part.next:
        part = read_page(connection, filters, PageRequest(7, part.next))
        yield from part.items


@pytest.mark.both_databases
def test_latest_events_are_those_that_match_in_the_order_of_their_changes(context: Context) -> None:
    chance = Random(18)
    rows = [make_random_event(chance, number) for number in range(200)]
    with context.database.write() as connection:
        store.add_all(connection, rows)
        for _ in range(40):
            filters = make_random_filters(chance)
            found = list(list_in_pages(connection, filters, store.list_latest_events))
            expected = [row for row in rows if matches(row, filters)]
            assert sorted(row["id"] for row in found) == sorted(row["id"] for row in expected)
            changes = [row["updated_at"] for row in found]
            assert changes == sorted(changes, reverse=True), filters


@pytest.mark.both_databases
def test_event_that_is_deleted_during_a_search_is_left_out(context: Context, engine) -> None:
    left = [f"evt_{number}" for number in range(3)]
    with context.database.write() as connection:
        store.add_all(connection, [make_event(number, POINTS[0]) for number in range(3)])

    def delete_first(*arguments: Any) -> None:
        if "event_index.latitude" in arguments[2] and len(left) > 2:
            deleted = left.pop(0)
            with context.database.write() as connection:
                store.delete(connection, deleted)

    event.listen(engine, "before_cursor_execute", delete_first)
    with context.database.read() as connection:
        filters = Filters(circle=Circle(POINTS[0], 1.0))
        found = store.list_public_events(connection, filters, MANY).items
    assert len(left) == 2
    assert {row["id"] for row in found} >= set(left)


@pytest.mark.both_databases
def test_changed_event_becomes_the_latest(context: Context) -> None:
    later = DAY + timedelta(seconds=1)
    with context.database.write() as connection:
        store.add_all(connection, [make_event(number) for number in range(3)])
        store.change_event(connection, "evt_1", capacity=5, updated_at=later)
        latest = store.list_latest_events(connection, Filters(), PageRequest(1)).items
    assert [row["id"] for row in latest] == ["evt_1"]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("İĞDIR yürüyüşü", ("iğdır", "igdir", "IGDIR", "İğdır YÜRÜYÜŞÜ")),
        ("Marsz w Łodzi", ("lodzi", "ŁODZI", "łodz", "LODZ")),
        ("گردهمایی کارگران", ("گردهمايي", "كارگران", "کارگَران")),
        ("移民日集会", ("移", "移民", "日集", "移民日集会")),
        ("이주민의 날", ("이주", "날", "이주민의")),
    ],
)
async def test_words_are_found_in_any_case_and_variant(ids, publish, title, queries) -> None:
    publish(id="it", title=title), publish(id="other", title="Something else")
    assert [await ids(f"q={quote(query)}") for query in queries] == [["it"]] * len(queries)


# ------------------------------------------------------------------ what is kept up to date

CHANGES: list[Callable[[Connection, str], None]] = [
    lambda connection, event: store.set_state(connection, event, "cancelled", DAY),
    lambda connection, event: store.set_state(connection, event, "pending_review", DAY),
    lambda connection, event: store.set_state(connection, event, "public", DAY),
    lambda connection, event: store.change_event(connection, event, title="Marcha en Łódź"),
    lambda connection, event: store.change_event(connection, event, host="", description="x"),
    lambda connection, event: store.change_event(connection, event, starts_at=DAY - timedelta(1)),
    lambda connection, event: store.change_event(connection, event, **POINTS[0]._asdict()),
    lambda connection, event: store.change_event(
        connection, event, private=True, **snap_to_grid(POINTS[1])._asdict()
    ),
    lambda connection, event: store.change_event(connection, event, locality="Elsewhere"),
    store.delete,
]


@contextmanager
def undone(context: Context) -> Iterator[Connection]:
    """Yield a transaction that is rolled back."""
    with context.database.engine.connect() as connection:
        yield connection
        connection.rollback()


def read_index(connection: Connection) -> dict[str, Any]:
    """Read the derived tables, with the ids of events in place of their numbers."""
    rows = connection.execute(select(event_index)).mappings().all()
    ids = {row["number"]: row["event"] for row in rows}
    ignored = {"number", "position", "recency"}
    terms = defaultdict(set)
    for term, block, bits in connection.execute(select(event_terms)):
        assert any(bitmaps.decode(bits))
        for slot in bitmaps.list_numbers(int.from_bytes(bitmaps.decode(bits), "little")):
            terms[term].add(ids[block * bitmaps.BLOCK + slot])
    return {
        "rows": {row["event"]: {name: row[name] for name in row.keys() - ignored} for row in rows},
        "terms": dict(terms),
        "columns": read_columns(connection, ids),
        "cells": {row["key"]: dict(row) for row in read_cells(connection)},
    }


def read_cells(connection: Connection) -> Iterator[Mapping[Any, Any]]:
    yield from connection.execute(select(event_cells)).mappings()


def read_columns(connection: Connection, ids: Mapping[int, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for stored in connection.execute(select(event_columns)).mappings():
        columns = [
            memoryview(stored[name]).cast(kind) for name, kind in index_store.COLUMNS.items()
        ]
        for slot, values in enumerate(zip(*columns, strict=True)):
            if values[0]:
                number = stored["block"] * bitmaps.BLOCK + slot
                position, recency, *others = values
                assert index_store.to_number(position) == number
                assert index_store.to_number(recency) == number
                keys = (position >> index_store.NUMBER_BITS, -recency >> index_store.NUMBER_BITS)
                found[ids[number]] = (*keys, *others)
    return found


@pytest.mark.both_databases
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([None, *CHANGES])), min_size=1, max_size=12
    )
)
def test_index_is_the_one_made_from_the_events(context: Context, steps: list) -> None:
    with undone(context) as connection:
        for number, change in steps:
            known = store.lock(connection, f"evt_{number}")
            if change is None and known is None:
                store.add(connection, make_event(number, POINTS[number % 4]))
            elif change is not None and known is not None:
                change(connection, f"evt_{number}")
        before = read_index(connection)
        index_store.rebuild(connection)
        assert before == read_index(connection)


@pytest.mark.both_databases
def test_only_public_events_are_in_the_index(context: Context) -> None:
    states = ("public", "pending_review", "rejected", "cancelled")
    rows = [make_event(n, POINTS[0], state=state) for n, state in enumerate(states)]
    with context.database.write() as connection:
        store.add_all(connection, rows)
        assert connection.execute(select(event_index.c.event)).scalars().all() == ["evt_0"]


def test_index_of_an_earlier_version_is_made_again(context: Context) -> None:
    with context.database.write() as connection:
        store.add(connection, make_event(1, POINTS[0]))
        connection.execute(update(event_index_versions).values(version=0))
        connection.execute(update(event_index).values(text="folded otherwise"))
        index_store.ensure_current(connection)
        assert connection.execute(select(event_index.c.text)).scalar_one().startswith("vigil")


def test_index_of_this_version_is_left_alone(context: Context) -> None:
    with context.database.write() as connection:
        store.add(connection, make_event(1, POINTS[0]))
        connection.execute(update(event_index).values(text="left alone"))
        index_store.ensure_current(connection)
        assert connection.execute(select(event_index.c.text)).scalar_one() == "left alone"


OLD_EVENT = (
    "INSERT INTO events (id, state, kind, title, description, lang, languages, starts_at, "
    "time_zone, first_day, last_day, online, private, host, spoken, search, created_at, "
    "updated_at) "
    "VALUES ('evt_old', 'public', 'vigil', 'İĞDIR', '', 'tr', '[\"tr\"]', '2026-12-18 18:00:00', "
    "'UTC', '2026-12-18', '2026-12-18', false, false, 'Sample Group', '(tr)', 'i̇gdir', "
    "'2026-11-01 00:00:00', '2026-11-01 00:00:00')"
)


def test_events_of_earlier_versions_are_found_after_a_migration(empty_url: str) -> None:
    engine: Engine = open_engine(empty_url)
    migrate(engine, revision="0016")
    with engine.begin() as connection:
        connection.execute(text(OLD_EVENT.replace(":", "\\:")))
    migrate(engine, index_store.ensure_current)
    with engine.connect() as connection:
        filters = Filters(words=("igdir",), languages=("tr",))
        [found] = store.list_public_events(connection, filters, MANY).items
        assert found["id"] == "evt_old"
    engine.dispose()


# ------------------------------------------------------------------ clusters


def add_scattered(connection: Connection, count: int) -> None:
    chance = Random(18)
    points = (Point(chance.uniform(-60, 60), chance.uniform(-180, 180)) for _ in range(count))
    rows = [
        make_event(
            number,
            Point(round(point.latitude, 5), round(point.longitude, 5)),
            kind="march" if number % 10 else "vigil",
        )
        for number, point in enumerate(points)
    ]
    store.add_all(connection, rows)


@pytest.mark.both_databases
@pytest.mark.parametrize(("kinds", "zoom"), [((), 3), (("march",), 4)])
def test_too_many_clusters_are_those_of_a_zoom_further_out(context: Context, kinds, zoom) -> None:
    with context.database.write() as connection:
        add_scattered(connection, 700)
        found = cluster_store.list_clusters(connection, Filters(kinds=kinds), 12)
        closer = cluster_store.list_clusters(connection, Filters(kinds=kinds), zoom)
    counts = [summary.total for summary, _ in found]
    assert len(counts) <= MAX_CLUSTERS
    assert sum(counts) == (630 if kinds else 700)
    assert found == closer


@pytest.mark.both_databases
def test_few_matching_events_are_placed_exactly(context: Context) -> None:
    with context.database.write() as connection:
        add_scattered(connection, 200)
        found = cluster_store.list_clusters(connection, Filters(kinds=("vigil",)), 0)
        for summary, single_event in found:
            filters = Filters(kinds=("vigil",), box=summary.box)
            inside = store.list_public_events(connection, filters, MANY).items
            assert len(inside) == summary.total
            assert (single_event is not None) == (summary.total == 1)
            south = min(row["latitude"] for row in inside)
            assert summary.box.south == pytest.approx(south, abs=1e-6)


@pytest.mark.both_databases
def test_cells_on_the_edge_of_a_box_are_whole(context: Context) -> None:
    with context.database.write() as connection:
        rows = [make_event(n, Point(10.1 + n / 10, 10.1)) for n in range(3)]
        store.add_all(connection, rows)
        box = Box(10.0, 10.15, 11.0, 11.0)
        [(cluster, _)] = cluster_store.list_clusters(connection, Filters(box=box), 3)
    assert cluster.total == 3


@pytest.mark.both_databases
@pytest.mark.parametrize("zoom", [0, 3])
def test_cell_at_both_ends_of_a_box_is_counted_once(context: Context, zoom) -> None:
    with context.database.write() as connection:
        store.add_all(connection, [make_event(n, Point(19.4, 12.0 + n)) for n in range(3)])
        around = Filters(box=Box(10.0, -90.0, 0.0, 90.0))
        found = cluster_store.list_clusters(connection, around, zoom)
    assert sum(summary.total for summary, _ in found) == 3


async def test_common_long_word_is_not_counted_on_a_map(context: Context, client) -> None:
    with context.database.write() as connection:
        rows = [make_event(n, POINTS[0]) for n in range(cluster_store.MAX_CHECKED + 1)]
        store.add_all(connection, rows)
    response = await client.get("/v1/events/clusters?q=migrants")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "q"
    assert (await client.get("/v1/events/clusters?q=for")).status_code == 200
