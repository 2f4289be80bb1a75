"""The index of public events: written in the transaction that changes an event.

Each public event has a number. `event_terms` has the numbers of the events with each term, in
blocks; `event_columns` has some values of each number, so that they are read without a row each.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import delete, func, insert, select

from imd_campaign.db import Connection, insert_rows, lock_transaction, matches_any
from imd_campaign.events.clusters import find_cell
from imd_campaign.events.geography import Point, to_vector
from imd_campaign.events.index import bitmaps, cell_store
from imd_campaign.events.index.bitmaps import BLOCK
from imd_campaign.events.index.terms import list_terms
from imd_campaign.events.search_text import fold
from imd_campaign.events.tables import (
    event_cells,
    event_columns,
    event_index,
    event_index_versions,
    event_terms,
    events,
)

Row: TypeAlias = Mapping[Any, Any]
Rows: TypeAlias = Mapping[str, Row]

# To be raised when the terms, the folding or the cells change: each server then makes the index
# again before its first use of the database.
VERSION = 2
INDEX_LOCK = 19901221
NUMBER_BITS = 24
NO_CELL = 0xFFFFFFFF
EMPTY = bytes(bitmaps.BLOCK_BYTES)
COLUMNS = {"positions": "q", "recencies": "q", "cells": "I", "x": "d", "y": "d", "z": "d"}
INDEXED = {
    *("state", "kind", "title", "description", "languages", "starts_at", "first_day", "last_day"),
    *("online", "private", "locality", "country", "latitude", "longitude", "host"),
    "updated_at",
}


class TermChanges(NamedTuple):
    """The numbers in a block that get and lose each term."""

    added: dict[str, list[int]]
    removed: dict[str, list[int]]


# ------------------------------------------------------------------ all events


def ensure_current(connection: Connection) -> None:
    """Make the index again if an earlier version made it."""
    if _is_current(connection):
        return
    lock_transaction(connection, INDEX_LOCK)
    if not _is_current(connection):
        rebuild(connection)


def _is_current(connection: Connection) -> bool:
    versions = connection.execute(select(event_index_versions.c.version)).scalars().all()
    return list(versions) == [VERSION]


def rebuild(connection: Connection) -> None:
    for table in (event_terms, event_columns, event_cells, event_index, event_index_versions):
        connection.execute(delete(table))
    public = select(events.c.id).where(events.c.state == "public").order_by(events.c.id)
    ids = connection.execute(public).scalars().all()
    update(connection, ids)
    connection.execute(insert(event_index_versions).values(version=VERSION))


# ------------------------------------------------------------------ some events


def update(connection: Connection, ids: Sequence[str]) -> None:
    """Bring the index up to date with these events, which may have changed in any way."""
    lock_transaction(connection, INDEX_LOCK)
    cells: set[int] = set()
    for start in range(0, len(ids), BLOCK):
        cells |= _update_some(connection, ids[start : start + BLOCK])
    if cells:
        cell_store.refresh(connection, cells)


def _update_some(connection: Connection, ids: Sequence[str]) -> set[int]:
    old = _read_rows(connection, ids)
    new = _make_rows(connection, ids, old)
    changed = [event for event in {**old, **new} if old.get(event) != new.get(event)]
    return _replace(connection, _pick(old, changed), _pick(new, changed)) if changed else set()


def remove(connection: Connection, event: str) -> None:
    """Remove an event that is about to be deleted."""
    lock_transaction(connection, INDEX_LOCK)
    old = _read_rows(connection, [event])
    if old:
        cell_store.refresh(connection, _replace(connection, old, {}))


def _pick(rows: Rows, ids: Iterable[str]) -> Rows:
    return {event: rows[event] for event in ids if event in rows}


def _read_rows(connection: Connection, ids: Collection[str]) -> Rows:
    query = select(event_index).where(matches_any(connection, event_index.c.event, ids))
    return {row["event"]: dict(row) for row in connection.execute(query).mappings()}


def _make_rows(connection: Connection, ids: Collection[str], old: Rows) -> Rows:
    query = select(events).where(
        matches_any(connection, events.c.id, ids), events.c.state == "public"
    )
    rows = connection.execute(query.order_by(events.c.id)).mappings().all()
    following = _find_next_number(connection)
    numbers = {event: row["number"] for event, row in old.items()}
    for row in rows:
        if row["id"] not in numbers:
            numbers[row["id"]] = following
            following += 1
    return {row["id"]: _make_row(row, numbers[row["id"]]) for row in rows}


def _find_next_number(connection: Connection) -> int:
    query = select(func.coalesce(func.max(event_index.c.number), -1))
    return int(connection.execute(query).scalar_one()) + 1


def _make_row(event: Row, number: int) -> Row:
    point = None if event["latitude"] is None else Point(event["latitude"], event["longitude"])
    kept = ("kind", "languages", "first_day", "last_day", "online", "locality", "country")
    return {
        "number": number,
        "event": event["id"],
        "position": make_position(event["starts_at"], number),
        "recency": make_recency(event["updated_at"], number),
        **{name: event[name] for name in kept},
        "latitude": event["latitude"],
        "longitude": event["longitude"],
        "cell": point and find_cell(point),
        "text": _make_text(event),
    }


def make_position(starts_at: datetime, number: int) -> int:
    """Return a number that sorts events by their start; no two events have the same."""
    return max(0, int(starts_at.timestamp())) << NUMBER_BITS | number


def make_recency(updated_at: datetime, number: int) -> int:
    """Return a number that sorts events by their last change, the latest first."""
    return -make_position(updated_at, number)


def to_number(key: int) -> int:
    """Return the number of the event with this position or recency."""
    return abs(key) & ((1 << NUMBER_BITS) - 1)


def _make_text(event: Row) -> str:
    """Leave out a private host: searching for a name would show where its owner lives."""
    host = "" if event["private"] else event["host"]
    return fold("\n".join((event["title"], event["description"], event["locality"] or "", host)))


def _replace(connection: Connection, old: Rows, new: Rows) -> set[int]:
    """Replace rows, terms and columns; return the cells that have changed."""
    connection.execute(delete(event_index).where(matches_any(connection, event_index.c.event, old)))
    insert_rows(connection, event_index, list(new.values()))
    _change_terms(connection, old, new)
    _change_columns(connection, old, new)
    return {row["cell"] for row in (*old.values(), *new.values())} - {None}


# ------------------------------------------------------------------ terms


def _change_terms(connection: Connection, old: Rows, new: Rows) -> None:
    numbers = {row["number"]: event for event, row in (*old.items(), *new.items())}
    for block, group in groupby(sorted(numbers), key=lambda number: number // BLOCK):
        changes = TermChanges(defaultdict(list), defaultdict(list))
        for number in group:
            event = numbers[number]
            _note_changes(changes, number % BLOCK, old.get(event), new.get(event))
        _change_block(connection, block, changes)


def _note_changes(changes: TermChanges, slot: int, old: Row | None, new: Row | None) -> None:
    before = list_terms(old) if old else frozenset()
    after = list_terms(new) if new else frozenset()
    for term in after - before if old else after:
        changes.added[term].append(slot)
    for term in before - after:
        changes.removed[term].append(slot)


def _change_block(connection: Connection, block: int, changes: TermChanges) -> None:
    terms = changes.added.keys() | changes.removed.keys()
    chosen = (event_terms.c.block == block) & matches_any(connection, event_terms.c.term, terms)
    query = select(event_terms.c.term, event_terms.c.bits).where(chosen)
    stored = {term: bitmaps.decode(bits) for term, bits in connection.execute(query)}
    if stored:
        connection.execute(delete(event_terms).where(chosen))
    changed = {
        term: bitmaps.change_block(
            stored.get(term, EMPTY), changes.added.get(term, ()), changes.removed.get(term, ())
        )
        for term in sorted(terms)
    }
    rows = [
        {"term": term, "block": block, "bits": bitmaps.encode(bits)}
        for term, bits in changed.items()
        if bits != EMPTY
    ]
    insert_rows(connection, event_terms, rows)


# ------------------------------------------------------------------ columns


def _change_columns(connection: Connection, old: Rows, new: Rows) -> None:
    values: dict[int, Sequence[Any]] = dict.fromkeys(
        (row["number"] for row in old.values()), (0, 0, NO_CELL, 0.0, 0.0, 0.0)
    )
    values |= {row["number"]: _list_values(row) for row in new.values()}
    for block, numbers in groupby(sorted(values), key=lambda number: number // BLOCK):
        _change_column_block(connection, block, {n % BLOCK: values[n] for n in numbers})


def _list_values(row: Row) -> Sequence[Any]:
    keys = row["position"], row["recency"]
    if row["cell"] is None:
        return *keys, NO_CELL, 0.0, 0.0, 0.0
    return *keys, row["cell"], *to_vector(Point(row["latitude"], row["longitude"]))


def _change_column_block(
    connection: Connection, block: int, values: Mapping[int, Sequence[Any]]
) -> None:
    chosen = event_columns.c.block == block
    stored = connection.execute(select(event_columns).where(chosen)).mappings().one_or_none()
    changed: dict[str, Any] = {"block": block}
    for place, (name, kind) in enumerate(COLUMNS.items()):
        column = array(kind, stored[name] if stored else bytes(BLOCK * array(kind).itemsize))
        for slot, value in values.items():
            column[slot] = value[place]
        changed[name] = column.tobytes()
    connection.execute(delete(event_columns).where(chosen))
    connection.execute(insert(event_columns).values(changed))
