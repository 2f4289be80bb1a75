"""Points and boxes on the Earth."""

from __future__ import annotations

from math import asin, cos, floor, radians, sin, sqrt
from typing import NamedTuple

from imd_sdk.testing._problems import invalid_parameter
from imd_sdk.testing._validation import parse_degrees

EARTH_RADIUS_KM = 6371.0088
OUTSIDE = "must have latitudes between -90 and 90 and longitudes between -180 and 180."


class Point(NamedTuple):
    latitude: float
    longitude: float

    @property
    def on_earth(self) -> bool:
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180


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

    def overlaps(self, other: Box) -> bool:
        if other.north < self.south or self.north < other.south:
            return False
        if self.west <= self.east:
            return self.west <= other.east and other.west <= self.east
        return other.east >= self.west or other.west <= self.east


def parse_box(text: str) -> Box:
    read = Box(*parse_degrees("bbox", text, "west,south,east,north"))
    if not (Point(read.south, read.west).on_earth and Point(read.north, read.east).on_earth):
        raise invalid_parameter("bbox", OUTSIDE)
    if read.south > read.north:
        raise invalid_parameter("bbox", "has a south edge that lies north of its north edge.")
    return read


def parse_point(text: str) -> Point:
    read = Point(*parse_degrees("near", text, "latitude,longitude"))
    if not read.on_earth:
        raise invalid_parameter("near", OUTSIDE)
    return read


def distance_km(one: Point, other: Point) -> float:
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin(radians(other.longitude - one.longitude) / 2) ** 2
    up = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    chord = up + cos(latitudes[0]) * cos(latitudes[1]) * across
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def area_point(exact: Point) -> Point:
    """The middle of the cell of 0.1° around a private place."""
    return Point(_cell_middle(exact.latitude, 90), _cell_middle(exact.longitude, 180))


def _cell_middle(parse_degrees: float, most: int) -> float:
    cell = floor(round(parse_degrees * 10, 6))
    return round((max(-most * 10, min(cell, most * 10 - 1)) + 0.5) / 10, 2)
