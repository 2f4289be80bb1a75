"""Reads the clusters of a box from the cells of the map, and counts those of filtered events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import log
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Float, Select, bindparam, func, or_, select, true

from imd_campaign.db import Connection, RowId, Values, matches_any, unnest
from imd_campaign.errors import FieldError, InvalidParameter
from imd_campaign.events.clusters import (
    MAX_CLUSTERS,
    MAX_ZOOM,
    MICRO,
    CellSummary,
    SingleEvent,
    find_first_zoom,
    list_cells,
    make_key,
    to_cell,
    to_row_and_column,
    to_zoom,
    widen_to_cells,
)
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import WORLD, Box
from imd_campaign.events.index import bitmaps, cell_store
from imd_campaign.events.index.candidates import (
    check,
    find_each,
    make_exact_conditions,
    read_column,
)
from imd_campaign.events.index.terms import EVERY, cover_box, make_clauses
from imd_campaign.events.tables import event_cells, event_index, events

Summaries: TypeAlias = Sequence[CellSummary]
Cells: TypeAlias = NDArray[np.integer[Any]]

# Long words are checked event by event, and the places of the smallest clusters are exact.
MAX_CHECKED = 2000
MAX_EXACT = 200
TOO_COMMON = (
    f"has parts that more than {MAX_CHECKED:,} events have, too many to count on a map. Add a "
    "word or another filter, choose a smaller bbox, or list the events with GET /v1/events."
)


def list_clusters(
    connection: Connection, filters: Filters, zoom: int
) -> list[tuple[CellSummary, SingleEvent | None]]:
    """Return the clusters in a box, and for clusters of one event what names it."""
    box, others = filters.box or WORLD, replace(filters, box=None)
    if others == Filters():
        found = _list_all(connection, box, zoom)
    else:
        found = _list_some(connection, others, box, zoom)
    names = _read_single_events(connection, found)
    ordered = sorted(found, key=lambda summary: to_row_and_column(to_cell(summary.key)))
    return [(summary, names.get(summary.event)) for summary in ordered]


def _read_single_events(
    connection: Connection, found: Summaries
) -> Mapping[str | None, SingleEvent]:
    ids = [summary.event for summary in found if summary.event]
    query = select(events.c.id, events.c.title, events.c.lang, events.c.private)
    rows = connection.execute(query.where(matches_any(connection, events.c.id, ids))).all()
    return {row[0]: SingleEvent(*row) for row in rows}


# ------------------------------------------------------------------ all events


def _list_all(connection: Connection, box: Box, zoom: int) -> Summaries:
    first_zoom = find_first_zoom(box, zoom)
    cells = [make_key(first_zoom, cell) for cell in list_cells(box, first_zoom)]
    first = _read_within(connection, box, cells, first_zoom)
    closest = _find_closest_zoom(connection, box, first, zoom)
    if closest == first_zoom:
        return first
    return _read_within(connection, box, [summary.key for summary in first], closest)


def _find_closest_zoom(connection: Connection, box: Box, first: Summaries, zoom: int) -> int:
    """Return this zoom or, if it has too many cells, the closest with few enough.

    A cell has at most four in the next zoom, so it is not before `low`; most often it is there.
    """
    if sum(summary.total for summary in first) <= MAX_CLUSTERS:
        return zoom
    keys = [summary.key for summary in first]
    low = min(zoom, to_zoom(keys[0]) + int(log(MAX_CLUSTERS / len(keys), 4)))
    high, tried = zoom, low + 1
    while low < high:
        if _has_few_within(connection, box, keys, tried):
            low = tried
        else:
            high = tried - 1
        tried = (low + high + 1) // 2
    return low


def _read_within(connection: Connection, box: Box, keys: Collection[int], zoom: int) -> Summaries:
    """Read the cells at a zoom that are in larger cells, if their events overlap a box."""
    query = _select_within(connection.dialect.name, len(box.longitude_ranges()))
    rows = connection.execute(query, _describe_within(box, keys, zoom)).all()
    return [cell_store.make_summary(row) for row in rows]


def _has_few_within(connection: Connection, box: Box, keys: Collection[int], zoom: int) -> bool:
    query = _count_within(connection.dialect.name, len(box.longitude_ranges()))
    count = connection.execute(query, _describe_within(box, keys, zoom)).scalar_one()
    return bool(count <= MAX_CLUSTERS)


def _describe_within(box: Box, keys: Collection[int], zoom: int) -> Mapping[str, Any]:
    """Return the parameters of the two queries below."""
    steps = max((zoom - to_zoom(key) for key in keys), default=0)
    parameters = {
        "firsts": [make_key(zoom, to_cell(key) << 2 * steps) for key in keys],
        "size": 4**steps,
        "south": box.south * MICRO,
        "north": box.north * MICRO,
    }
    for number, (west, east) in enumerate(box.longitude_ranges()):
        parameters |= {f"west_{number}": west * MICRO, f"east_{number}": east * MICRO}
    return parameters


@cache
def _count_within(dialect: str, longitude_ranges: int) -> Select[Any]:
    some = _select_within(dialect, longitude_ranges).limit(MAX_CLUSTERS + 1).subquery()
    return select(func.count()).select_from(some)


@cache
def _select_within(dialect: str, longitude_ranges: int) -> Select[Any]:
    firsts = bindparam("firsts", type_=Values(event_cells.c.key.type))
    listed = unnest(dialect, event_cells.c.key, firsts)
    first, size = listed.c.value, bindparam("size", type_=RowId)
    is_inside = (event_cells.c.key >= first) & (event_cells.c.key < first + size)
    columns = cell_store.READ_COLUMNS
    if dialect != "postgresql":
        query = select(*columns).select_from(listed).join(event_cells, is_inside)
        return query.where(*_overlap(event_cells.c, longitude_ranges))
    # PostgreSQL would read all cells for each range: it cannot estimate how few are in one.
    ordered = select(*columns).where(is_inside).order_by(event_cells.c.key)
    inside = ordered.limit(size).lateral()
    chosen: list[ColumnElement[Any]] = [inside.c[column.name] for column in columns]
    joined = select(*chosen).select_from(listed).join(inside, true())
    return joined.where(*_overlap(inside.c, longitude_ranges))


def _overlap(columns: Any, longitude_ranges: int) -> list[ColumnElement[bool]]:
    longitudes = (
        (columns.east >= bindparam(f"west_{number}", type_=Float()))
        & (columns.west <= bindparam(f"east_{number}", type_=Float()))
        for number in range(longitude_ranges)
    )
    return [
        columns.north >= bindparam("south", type_=Float()),
        columns.south <= bindparam("north", type_=Float()),
        or_(*longitudes),
    ]


# ------------------------------------------------------------------ some events


def _list_some(connection: Connection, filters: Filters, box: Box, zoom: int) -> Summaries:
    around = list(cover_box(widen_to_cells(box, find_first_zoom(box, zoom))))
    numbers, every, inside = find_each(connection, make_clauses(filters), [(EVERY,)], around)
    if numbers == every and not make_exact_conditions(filters):
        return _list_all(connection, box, zoom)
    return _list_matching(connection, filters, box, numbers & inside, zoom)


def _list_matching(
    connection: Connection, filters: Filters, box: Box, numbers: int, zoom: int
) -> Summaries:
    """Count the events that match in each cell.

    The smallest clusters are exact. The others have the place and the box of all events in their
    cell.
    """
    numbers = _check_words(connection, filters, numbers)
    smallest = read_column(connection, "cells", numbers)
    ordered = np.sort(smallest)
    zoom = _choose_zoom(box, ordered, zoom)
    shift = 2 * (MAX_ZOOM - zoom)
    counts = _count_runs(ordered >> shift)
    whole = cell_store.read(connection, [make_key(zoom, cell) for cell in counts])
    chosen = _choose_smallest(whole, counts)
    is_chosen = _is_in(smallest >> shift, chosen)
    exact = _summarise(connection, bitmaps.list_numbers(numbers)[is_chosen].tolist(), zoom)
    rest = [
        _reduce(one, counts[to_cell(one.key)], filters)
        for one in whole
        if to_cell(one.key) not in chosen
    ]
    return [summary for summary in (*exact, *rest) if summary.overlaps(box)]


def _choose_zoom(box: Box, ordered: Cells, zoom: int) -> int:
    """Return this zoom or the closest at which these cells of the last zoom are few in the box."""
    first = find_first_zoom(box, zoom)
    inside = ordered
    if box != WORLD:
        inside = ordered[_is_in(ordered >> 2 * (MAX_ZOOM - first), list_cells(box, first))]
    while len(_find_runs(inside >> 2 * (MAX_ZOOM - zoom))) > MAX_CLUSTERS:
        zoom -= 1
    return zoom


def _find_runs(ordered: Cells) -> NDArray[np.int64]:
    """Return the position of the first of each cell."""
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(is_first)


def _count_runs(ordered: Cells) -> Mapping[int, int]:
    starts = _find_runs(ordered)
    totals = np.diff(starts, append=len(ordered))
    return dict(zip(ordered[starts].tolist(), totals.tolist(), strict=True))


def _is_in(cells: Cells, chosen: Collection[int]) -> NDArray[np.bool_]:
    return np.isin(cells, np.fromiter(chosen, dtype=cells.dtype))


def _check_words(connection: Connection, filters: Filters, numbers: int) -> int:
    conditions = make_exact_conditions(filters)
    if not conditions:
        return numbers
    if numbers.bit_count() > MAX_CHECKED:
        raise InvalidParameter(FieldError("query", "q", TOO_COMMON))
    matching = check(connection, conditions, bitmaps.list_numbers(numbers).tolist())
    return bitmaps.from_numbers(np.fromiter(matching, dtype=np.int64))


def _choose_smallest(whole: Summaries, counts: Mapping[int, int]) -> set[int]:
    """Return the smallest of the cells of which only some events match, as many as are read."""
    chosen, left = set(), MAX_EXACT
    partial = (to_cell(one.key) for one in whole if counts[to_cell(one.key)] < one.total)
    for cell in sorted(partial, key=lambda cell: (counts[cell], cell)):
        left -= counts[cell]
        if left < 0:
            break
        chosen.add(cell)
    return chosen


def _summarise(connection: Connection, numbers: Sequence[int], zoom: int) -> Summaries:
    if not numbers:
        return []
    query = select(*cell_store.EVENT_COLUMNS)
    rows = connection.execute(query.where(matches_any(connection, event_index.c.number, numbers)))
    return cell_store.merge_events(rows.mappings().all(), zoom)


def _reduce(whole: CellSummary, count: int, filters: Filters) -> CellSummary:
    if count == whole.total:
        return whole
    countries = whole.countries.split()
    if filters.countries:
        countries = [country for country in countries if country in filters.countries]
    return whole._replace(
        total=count,
        latitude_sum=whole.latitude_sum * count // whole.total,
        longitude_sum=whole.longitude_sum * count // whole.total,
        countries=" ".join(countries),
    )
