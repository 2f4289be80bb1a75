"""Points, boxes and distances, as the campaign server has them."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import asin, cos, floor, radians, sin, sqrt
from typing import TYPE_CHECKING, NamedTuple

from imd_sdk.testing import _forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imd_sdk.testing._state import Wire

EARTH_RADIUS_KM = 6371.0088
OUTSIDE = "lies outside the Earth: latitudes reach 90, longitudes 180 degrees."


class Point(NamedTuple):
    latitude: float
    longitude: float

    @property
    def on_earth(self) -> bool:
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180  # noqa: PLR2004 degrees


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point) -> bool:
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return point.longitude >= self.west or point.longitude <= self.east


def box(text: str) -> Box:
    read = Box(*_forms.degrees("bbox", text, "west,south,east,north"))
    if not (Point(read.south, read.west).on_earth and Point(read.north, read.east).on_earth):
        raise _forms.wrong_query("bbox", OUTSIDE)
    if read.south > read.north:
        raise _forms.wrong_query("bbox", "has its south north of its north.")
    return read


def point(text: str) -> Point:
    read = Point(*_forms.degrees("near", text, "latitude,longitude"))
    if not read.on_earth:
        raise _forms.wrong_query("near", OUTSIDE)
    return read


def kilometres(one: Point, other: Point) -> float:
    """Measure along the great circle (haversine)."""
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin(radians(other.longitude - one.longitude) / 2) ** 2
    up = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    chord = up + cos(latitudes[0]) * cos(latitudes[1]) * across
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def area(exact: Point) -> Point:
    """The middle of the cell of 0.1° around a private place."""
    return Point(_middle(exact.latitude, 90), _middle(exact.longitude, 180))


def _middle(degrees: float, most: int) -> float:
    cell = floor(round(degrees * 10, 6))
    return round((max(-most * 10, min(cell, most * 10 - 1)) + 0.5) / 10, 2)


def clusters(events: Iterable[Wire], zoom: int) -> list[Wire]:
    cells: dict[tuple[int, int], list[Wire]] = defaultdict(list)
    size = 45 / 2**zoom
    for event in events:
        place = event["place"]
        cells[floor(place["latitude"] / size), floor(place["longitude"] / size)].append(event)
    return [_cluster(cells[cell]) for cell in sorted(cells)]


def _cluster(events: list[Wire]) -> Wire:
    places = [event["place"] for event in events]
    latitudes = [place["latitude"] for place in places]
    longitudes = [place["longitude"] for place in places]
    lone = events[0] if len(events) == 1 else None
    parts = Counter((place["locality"], place["country"]) for place in places)
    return {
        "latitude": round(sum(latitudes) / len(places), 5),
        "longitude": round(sum(longitudes) / len(places), 5),
        "count": len(places),
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "locality": max(parts, key=lambda part: (parts[part], part))[0],
        "countries": sorted({place["country"] for place in places}),
        "event": lone and lone["id"],
        "title": lone and lone["title"],
        "lang": lone and lone["lang"],
        "precision": lone and lone["place"]["precision"],
    }
