from dataclasses import dataclass
from math import asin, cos, floor, pi, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius
HALF_EARTH_KM = 20038
BEYOND = 5.0  # more than the square of any chord, which is at most 4
GRID = 10  # cells a degree: a private place is known to a tenth of a degree


class Point(NamedTuple):
    latitude: float
    longitude: float


class Vector(NamedTuple):
    """A point of the unit sphere; the squared chord between two sorts like their distance."""

    x: float
    y: float
    z: float


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float

    def longitude_ranges(self) -> list[tuple[float, float]]:
        if self.west <= self.east:
            return [(self.west, self.east)]
        return [(self.west, 180.0), (-180.0, self.east)]


WORLD = Box(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class Circle:
    centre: Point
    radius_km: float


def to_vector(point: Point) -> Vector:
    latitude, longitude = radians(point.latitude), radians(point.longitude)
    return Vector(cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude))


def to_squared_chord(kilometres: float) -> float:
    angle = kilometres / EARTH_RADIUS_KM
    return 4 * sin(angle / 2) ** 2 if angle < pi else BEYOND


def to_kilometres(squared: float) -> float:
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(max(0.0, squared)) / 2))


def snap_to_grid(point: Point) -> Point:
    return Point(
        _find_cell_middle(point.latitude, -90, 90), _find_cell_middle(point.longitude, -180, 180)
    )


def _find_cell_middle(degrees: float, least: int, most: int) -> float:
    # Rounded first, so that 19.3 (stored a hair below) falls into the cell that begins at 19.3.
    cell = floor(round(degrees * GRID, 6))
    cell = max(least * GRID, min(cell, most * GRID - 1))
    return round((cell + 0.5) / GRID, 2)
