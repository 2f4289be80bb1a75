"""The cells of the map with events in them, at every zoom."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from imd_campaign.db import Connection, insert_rows, matches_any
from imd_campaign.events.clusters import (
    MAX_ZOOM,
    CellSummary,
    find_parent,
    list_children,
    make_key,
    merge,
    summarise_event,
)
from imd_campaign.events.tables import event_cells, event_index

EVENT_COLUMNS = [
    event_index.c[name]
    for name in ("cell", "latitude", "longitude", "locality", "country", "event")
]

READ_COLUMNS = [event_cells.c[name] for name in CellSummary._fields if name != "localities"]


def refresh(connection: Connection, cells: Collection[int]) -> None:
    """Summarise these smallest cells again, and all larger ones around them."""
    query = select(*EVENT_COLUMNS).where(matches_any(connection, event_index.c.cell, cells))
    keys = {make_key(MAX_ZOOM, cell) for cell in cells}
    _replace(connection, keys, merge_events(connection.execute(query).mappings(), MAX_ZOOM))
    for _ in range(MAX_ZOOM):
        keys = set(map(find_parent, keys))
        _replace(connection, keys, _merge_children(connection, keys))


def merge_events(rows: Iterable[Mapping[Any, Any]], zoom: int) -> list[CellSummary]:
    shift = 2 * (MAX_ZOOM - zoom)
    events = (summarise_event(row, make_key(zoom, row["cell"] >> shift)) for row in rows)
    return _merge_by(events, lambda event: event.key)


def _merge_children(connection: Connection, keys: Collection[int]) -> list[CellSummary]:
    query = select(*(event_cells.c[name] for name in CellSummary._fields))
    children = connection.execute(
        query.where(matches_any(connection, event_cells.c.key, list_children(keys)))
    )
    return _merge_by((CellSummary(*row) for row in children), lambda child: find_parent(child.key))


def _merge_by(
    parts: Iterable[CellSummary], find_key: Callable[[CellSummary], int]
) -> list[CellSummary]:
    groups: dict[int, list[CellSummary]] = defaultdict(list)
    for part in parts:
        groups[find_key(part)].append(part)
    return [merge(key, group) for key, group in groups.items()]


def _replace(
    connection: Connection, keys: Collection[int], summaries: Sequence[CellSummary]
) -> None:
    connection.execute(delete(event_cells).where(matches_any(connection, event_cells.c.key, keys)))
    insert_rows(connection, event_cells, [summary._asdict() for summary in summaries])


def read(connection: Connection, keys: Collection[int]) -> list[CellSummary]:
    query = select(*READ_COLUMNS).where(matches_any(connection, event_cells.c.key, keys))
    return [make_summary(row) for row in connection.execute(query).all()]


def make_summary(row: Sequence[Any]) -> CellSummary:
    """Return a summary for a response, with its main locality only."""
    return CellSummary._make((*row, {}))
