"""Public events that match filters, found in the index as sets of numbers."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, or_, select

from imd_campaign.db import Connection, matches_any
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import Box, Circle, Point, to_squared_chord, to_vector
from imd_campaign.events.index import bitmaps
from imd_campaign.events.index.store import COLUMNS, to_number
from imd_campaign.events.index.terms import Clause, make_clauses
from imd_campaign.events.search_text import is_gram, make_like_pattern
from imd_campaign.events.tables import event_columns, event_index, event_terms
from imd_campaign.pagination import Key, PageRequest, read_key

Condition: TypeAlias = ColumnElement[bool]
Column: TypeAlias = NDArray[Any]

FIRST_CHECK = 200
# If more than one in so many events match, the next ones are read instead of all that match.
DENSE = 4
MAX_ROWS = 500
BEFORE_ALL = -(1 << 63)


# ------------------------------------------------------------------ sets of numbers


class Measured(NamedTuple):
    """Events with the squared chords to the centre of a circle."""

    chords: NDArray[np.float64]
    numbers: bitmaps.Numbers

    def choose(self, flags: bitmaps.Flags) -> "Measured":
        return Measured(self.chords[flags], self.numbers[flags])


def find(connection: Connection, clauses: Sequence[Clause]) -> int:
    """Return the numbers of the events that have a term of each clause, as a bitmap."""
    [found] = find_each(connection, clauses)
    return found


def find_each(connection: Connection, *lists: Sequence[Clause]) -> list[int]:
    """Do the same for several lists of clauses, whose terms are read together."""
    terms = {term for clauses in lists for clause in clauses for term in clause}
    bitmaps_by_term = _read_terms(connection, terms)
    return [_intersect(clauses, bitmaps_by_term) for clauses in lists]


def _intersect(clauses: Sequence[Clause], bitmaps_by_term: Mapping[str, int]) -> int:
    found = -1
    for clause in clauses:
        found &= _unite(bitmaps_by_term.get(term, 0) for term in clause)
    return found


def _unite(sets: Iterable[int]) -> int:
    united = 0
    for one in sets:
        united |= one
    return united


def _read_terms(connection: Connection, terms: Collection[str]) -> Mapping[str, int]:
    query = select(event_terms.c.term, event_terms.c.block, event_terms.c.bits)
    query = query.where(matches_any(connection, event_terms.c.term, terms))
    blocks: dict[str, dict[int, bytes]] = {term: {} for term in terms}
    query = query.execution_options(imd_binary=True)
    for term, block, bits in connection.execute(query).all():
        blocks[term][block] = bitmaps.decode(bits)
    return {term: bitmaps.join_blocks(found) for term, found in blocks.items()}


def read_column(connection: Connection, name: str, numbers: int) -> Column:
    """Return the value of each of these numbers, in their order."""
    [column] = _read_columns(connection, (name,), numbers)
    return column


def _read_columns(connection: Connection, names: Sequence[str], numbers: int) -> list[Column]:
    query = select(event_columns.c.block, *(event_columns.c[name] for name in names))
    query = query.execution_options(imd_binary=True)
    stored = {row[0]: row[1:] for row in connection.execute(query).all()}
    flags = bitmaps.make_flags(numbers)
    empty = [bytes(bitmaps.BLOCK * array(COLUMNS[name]).itemsize) for name in names]
    blocks = [stored.get(block, empty) for block in range(-(-len(flags) // bitmaps.BLOCK))]
    joined = (b"".join(block[position] for block in blocks) for position in range(len(names)))
    columns = zip(names, joined, strict=True)
    return [np.frombuffer(data, COLUMNS[name])[: len(flags)][flags] for name, data in columns]


def measure(connection: Connection, circle: Circle, numbers: int) -> Measured:
    """Measure the events in a circle.

    The squared chord of two unit vectors is 2 minus twice their scalar product.
    """
    a, b, c = (2 * part for part in to_vector(circle.centre))
    listed, (x, y, z) = _read_vectors(connection, numbers)
    chords = 2 - (a * x + b * y + c * z)
    inside = chords <= to_squared_chord(circle.radius_km)
    return Measured(chords[inside], listed[inside])


def _read_vectors(connection: Connection, numbers: int) -> tuple[bitmaps.Numbers, Iterable[Column]]:
    """Read few vectors from the rows of their events: columns are read whole.

    On PostgreSQL, rows can be gone since the numbers were found.
    """
    listed = bitmaps.list_numbers(numbers)
    if len(listed) > MAX_ROWS:
        return listed, _read_columns(connection, "xyz", numbers)
    query = select(event_index.c.number, event_index.c.latitude, event_index.c.longitude).where(
        matches_any(connection, event_index.c.number, listed.tolist()),
        event_index.c.latitude.is_not(None),
    )
    rows = connection.execute(query.order_by(event_index.c.number)).all()
    vectors = np.array([to_vector(Point(*row[1:])) for row in rows]).reshape(-1, 3).T
    return np.array([row[0] for row in rows], dtype=np.int64), vectors


# ------------------------------------------------------------------ pages


class Order(NamedTuple):
    """A key that sorts events: a column of their rows, and one of all numbers."""

    row: sa.Column[Any]
    column: str


BY_START = Order(event_index.c.position, "positions")
BY_CHANGE = Order(event_index.c.recency, "recencies")


def list_in_order(
    connection: Connection, filters: Filters, order: Order, page_request: PageRequest
) -> tuple[list[int], Key | None]:
    """Return the numbers of a page of events, and the key of the next page."""
    numbers = _find_candidates(connection, filters)
    conditions = make_exact_conditions(filters)
    size = choose_size(conditions, page_request)
    [after] = read_key(page_request, order.row.type) or (BEFORE_ALL,)
    found: list[int] = []
    for keys in _iterate_in_order(connection, numbers, order, after, size):
        matching = check(connection, conditions, list(map(to_number, keys)))
        found += [key for key in keys if to_number(key) in matching]
        if len(found) > page_request.limit:
            page = found[: page_request.limit]
            return list(map(to_number, page)), (page[-1],)
    return list(map(to_number, found)), None


def _find_candidates(connection: Connection, filters: Filters) -> int:
    numbers = find(connection, make_clauses(filters))
    if not filters.circle:
        return numbers
    return bitmaps.from_numbers(measure(connection, filters.circle, numbers).numbers)


def _iterate_in_order(
    connection: Connection, numbers: int, order: Order, after: int, size: int
) -> Iterator[list[int]]:
    """Yield keys in order, in chunks; if many events match, the first are found in rows."""
    flags = bitmaps.make_flags(numbers)
    if numbers.bit_count() * DENSE > len(flags):
        rows = _read_keys(connection, order, after, DENSE * size)
        after = rows[-1] if rows else after
        yield [key for key in rows if _has_flag(flags, to_number(key))]
    keys = read_column(connection, order.column, numbers)
    for chunk in iterate_smallest(keys[keys > after], size):
        yield chunk.tolist()


def _has_flag(flags: bitmaps.Flags, number: int) -> bool:
    return number < len(flags) and bool(flags[number])


def _read_keys(connection: Connection, order: Order, after: int, limit: int) -> Sequence[int]:
    query = select(order.row).where(order.row > after).order_by(order.row).limit(limit)
    return connection.execute(query).scalars().all()


def choose_size(conditions: Sequence[Condition], page_request: PageRequest) -> int:
    return max(FIRST_CHECK, 2 * page_request.limit) if conditions else page_request.limit + 1


def iterate_smallest(values: Column, size: int) -> Iterator[Column]:
    """Yield the smallest values in order, in chunks that grow."""
    while len(values) > size:
        last = np.partition(values, size - 1)[size - 1]
        yield np.sort(values[values <= last])
        values = values[values > last]
        size *= 4
    yield np.sort(values)


def check(
    connection: Connection, conditions: Sequence[Condition], numbers: Sequence[int]
) -> Collection[int]:
    """Return those of these numbers that match conditions exactly."""
    if not conditions:
        return frozenset(numbers)
    query = select(event_index.c.number).where(
        matches_any(connection, event_index.c.number, numbers), *conditions
    )
    return set(connection.execute(query).scalars().all())


def make_exact_conditions(filters: Filters) -> list[Condition]:
    """Return conditions for what the terms find only approximately."""
    conditions = make_word_conditions(filters)
    if filters.box:
        conditions.append(_match_box(filters.box))
    return conditions


def make_word_conditions(filters: Filters) -> list[Condition]:
    return [
        event_index.c.text.like(make_like_pattern(word), escape="\\")
        for word in filters.words
        if not is_gram(word)
    ]


def _match_box(box: Box) -> Condition:
    longitude = event_index.c.longitude
    spans = (longitude.between(west, east) for west, east in box.longitude_ranges())
    return and_(event_index.c.latitude.between(box.south, box.north), or_(*spans))
