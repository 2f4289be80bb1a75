"""The terms by which public events are found, and the terms that a search looks up.

A search is a list of clauses: an event matches if it has one of the terms of each clause. Dates and
coordinates have a term for each of the ranges around them, of 1, 2, 4, 8 … values, so that any
range of values is covered by few terms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import asin, cos, degrees, pi, radians, sin
from typing import Any, TypeAlias

from imd_campaign.events import search_text
from imd_campaign.events.clusters import find_column, find_row
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import EARTH_RADIUS_KM, Box, Circle
from imd_campaign.events.language_tags import list_tags

Clause: TypeAlias = tuple[str, ...]
Row: TypeAlias = Mapping[Any, Any]

EVERY = "*"
FIRST_YEAR = date(2000, 1, 1).toordinal()
BAND_ZOOM = 9
ROUGH_BITS = 4
# A little more than the rounding of a distance that was converted to degrees.
MARGIN = 1e-6


@dataclass(frozen=True)
class RangeTerms:
    """Terms for a value of so many bits, and for the ranges of a power of two around it."""

    prefix: str
    bits: int

    def list_terms(self, value: int) -> Iterator[str]:
        kept = self._clamp(value)
        return (f"{self.prefix}{level}:{kept >> level}" for level in range(self.bits + 1))

    def cover(self, low: int, high: int) -> Iterator[str]:
        """Yield terms that together have exactly the values from low to high."""
        first, last = self._clamp(low), self._clamp(high)
        for level in range(self.bits + 1):
            if first % 2 and first <= last:
                yield f"{self.prefix}{level}:{first}"
                first += 1
            if last % 2 == 0 and first <= last:
                yield f"{self.prefix}{level}:{last}"
                last -= 1
            if first > last:
                return
            first, last = first // 2, last // 2

    def cover_roughly(self, low: int, high: int) -> Iterator[str]:
        """Yield a few terms that have the values from low to high, and some beside them."""
        step = 1 << max(0, (high - low).bit_length() - ROUGH_BITS)
        return self.cover(low - low % step, high + step - 1 - high % step)

    @property
    def last(self) -> int:
        return (1 << self.bits) - 1

    def _clamp(self, value: int) -> int:
        return max(0, min(value, self.last))


FIRST_DAYS = RangeTerms("first", 14)
LAST_DAYS = RangeTerms("last", 14)
ROWS = RangeTerms("row", 12)
COLUMNS = RangeTerms("column", 13)


def list_terms(row: Row) -> set[str]:
    """Return the terms of an event in the index."""
    terms = {EVERY, f"kind:{row['kind']}", _name_online(online=row["online"])}
    terms |= {f"language:{tag}" for tag in list_tags(row["languages"])}
    terms.update(["word:" + gram for gram in search_text.list_grams(row["text"])])
    terms.update(FIRST_DAYS.list_terms(_number_day(row["first_day"])))
    terms.update(LAST_DAYS.list_terms(_number_day(row["last_day"])))
    if row["latitude"] is not None:
        terms.add(f"country:{row['country']}")
        terms.update(ROWS.list_terms(find_row(row["latitude"], BAND_ZOOM)))
        terms.update(COLUMNS.list_terms(find_column(row["longitude"], BAND_ZOOM)))
    return terms


def make_clauses(filters: Filters) -> list[Clause]:
    """Return clauses that all wanted events match.

    Events that match are wanted, too, except near the edges of a box or a circle, or if they have
    the parts of a long word and not the word itself.
    """
    clauses = [*_describe(filters), *_describe_days(filters), *_describe_place(filters)]
    return clauses or [(EVERY,)]


def _describe(filters: Filters) -> Iterator[Clause]:
    if filters.kinds:
        yield tuple(f"kind:{kind}" for kind in filters.kinds)
    if filters.countries:
        yield tuple(f"country:{country}" for country in filters.countries)
    if filters.languages:
        yield tuple(f"language:{tag.lower()}" for tag in filters.languages)
    if filters.online is not None:
        yield (_name_online(online=filters.online),)
    for word in filters.words:
        yield from ((f"word:{gram}",) for gram in search_text.choose_grams(word))


def _name_online(*, online: bool) -> str:
    return "online" if online else "on-site"


def _describe_days(filters: Filters) -> Iterator[Clause]:
    if filters.first:
        yield tuple(LAST_DAYS.cover(_number_day(filters.first), LAST_DAYS.last))
    if filters.last:
        yield tuple(FIRST_DAYS.cover(0, _number_day(filters.last)))


def _number_day(day: date) -> int:
    return day.toordinal() - FIRST_YEAR


def _describe_place(filters: Filters) -> Iterator[Clause]:
    if filters.box:
        yield from cover_box(filters.box)
    if filters.circle:
        yield from cover_box(surround(filters.circle))


def cover_box(box: Box) -> Iterator[Clause]:
    yield tuple(ROWS.cover_roughly(find_row(box.south, BAND_ZOOM), find_row(box.north, BAND_ZOOM)))
    yield tuple(
        term
        for west, east in box.longitude_ranges()
        for term in COLUMNS.cover_roughly(
            find_column(west, BAND_ZOOM), find_column(east, BAND_ZOOM)
        )
    )


def surround(circle: Circle) -> Box:
    """Return a box around a circle; around a pole, it has all longitudes."""
    angle = circle.radius_km / EARTH_RADIUS_KM + MARGIN
    latitude, longitude = circle.centre
    south, north = latitude - degrees(angle), latitude + degrees(angle)
    if angle >= pi / 2 or south <= -90 or north >= 90:  # noqa: PLR2004 the poles
        return Box(-180.0, max(-90.0, south), 180.0, min(90.0, north))
    half = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))) + MARGIN
    return Box(_wrap(longitude - half), south, _wrap(longitude + half), north)


def _wrap(longitude: float) -> float:
    return (longitude + 180) % 360 - 180
