"""Public events in the order of their distance from a point."""

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from typing import TypeAlias

import numpy as np
from sqlalchemy import Float

from imd_campaign.db import Connection
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import (
    EARTH_RADIUS_KM,
    Circle,
    to_kilometres,
)
from imd_campaign.events.index.candidates import (
    Measured,
    check,
    choose_size,
    find,
    iterate_smallest,
    make_exact_conditions,
    measure,
)
from imd_campaign.events.index.terms import cover_box, make_clauses, surround
from imd_campaign.events.tables import event_index
from imd_campaign.pagination import PageRequest, read_key

Distance: TypeAlias = tuple[float, int]
"""A squared chord and the number of an event."""

LAND = 0.3
WIDER, MUCH_WIDER = 1.5, 8.0
# A box around a circle has a quarter more than the circle, and more where events are dense.
ENOUGH = 2


def list_nearest(
    connection: Connection, filters: Filters, circle: Circle, page_request: PageRequest
) -> tuple[list[Distance], Distance | None]:
    """Return a page of (squared chord, number), and the key of the next page.

    Smaller circles are tried first: they have few of all events.
    """
    matching = find(connection, make_clauses(replace(filters, circle=None)))
    radius_km, found = _choose_first_radius(matching, page_request), list[Distance]()
    while len(found) <= page_request.limit:
        smaller = replace(circle, radius_km=min(radius_km, circle.radius_km))
        numbers = matching & find(connection, list(cover_box(surround(smaller))))
        count, is_whole = numbers.bit_count(), smaller == circle
        if is_whole or count > ENOUGH * page_request.limit:
            found = _list_within(connection, filters, smaller, numbers, page_request)
        if is_whole:
            break
        radius_km *= _choose_factor(count, page_request)
    page = found[: page_request.limit]
    return page, page[-1] if len(found) > page_request.limit else None


def _choose_first_radius(matching: int, page_request: PageRequest) -> float:
    """Estimate the radius of a page as if events were spread evenly over the land."""
    share = ENOUGH * page_request.limit / max(1, matching.bit_count())
    radius_km = 2 * EARTH_RADIUS_KM * sqrt(LAND * min(1.0, share))
    return max(radius_km, 1.2 * to_kilometres(_read_key(page_request)[0]))


def _choose_factor(count: int, page_request: PageRequest) -> float:
    """Estimate how much wider a circle has to be, as if events were spread evenly."""
    factor = sqrt(2 * ENOUGH * (page_request.limit + 1) / max(1, count))
    return max(WIDER, min(factor, MUCH_WIDER))


def _list_within(
    connection: Connection,
    filters: Filters,
    circle: Circle,
    numbers: int,
    page_request: PageRequest,
) -> list[Distance]:
    """Return the nearest events after a key, at least one more than a page has if there are."""
    conditions = make_exact_conditions(filters)
    measured = _leave_out_earlier(measure(connection, circle, numbers), page_request)
    found: list[Distance] = []
    for chunk in _iterate_by_distance(measured, choose_size(conditions, page_request)):
        exact = check(connection, conditions, chunk.numbers.tolist())
        keys = zip(chunk.chords.tolist(), chunk.numbers.tolist(), strict=True)
        found += [key for key in keys if key[1] in exact]
        if len(found) > page_request.limit:
            break
    return found


def _leave_out_earlier(measured: Measured, page_request: PageRequest) -> Measured:
    chord, number = _read_key(page_request)
    is_level = (measured.chords == chord) & (measured.numbers > number)
    return measured.choose((measured.chords > chord) | is_level)


def _iterate_by_distance(measured: Measured, size: int) -> Iterator[Measured]:
    """Yield the nearest in order, in chunks; events at one distance are in one chunk."""
    before = -1.0
    for chords in iterate_smallest(measured.chords, size):
        last = chords.max(initial=before)
        chunk = measured.choose((measured.chords > before) & (measured.chords <= last))
        order = np.argsort(chunk.chords, kind="stable")  # of one distance, by number
        yield Measured(chunk.chords[order], chunk.numbers[order])
        before = last


def _read_key(page_request: PageRequest) -> Distance:
    chord, number = read_key(page_request, Float(), event_index.c.number.type) or (-1.0, -1)
    return chord, number
