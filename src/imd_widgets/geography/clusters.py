"""Markers of a fixed size in pixels on a map of a given width: none overlaps another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import hypot
from typing import NamedTuple, TypeAlias

from imd_widgets.geography.views import Spot

DOT = 6.0
TARGET = 12.0
GAP = 1.0
SIZES = ((2, 13.0), (10, 15.0), (100, 18.0), (1000, 22.0))
CELL = 4.0
FARTHEST = 2 * SIZES[-1][1] + GAP

Cell: TypeAlias = tuple[int, int]


class Marker(NamedTuple):
    """The events (their places in the given order) that one marker stands for."""

    x: float
    y: float
    members: tuple[int, ...]

    @property
    def reach(self) -> float:
        fitting = [size for least, size in SIZES if len(self.members) >= least]
        return fitting[-1] if fitting else TARGET

    @property
    def radius(self) -> float:
        return self.reach if len(self.members) > 1 else DOT


def cluster(spots: Sequence[Spot], width: float, height: float) -> list[Marker]:
    """In pixels, from the top down; a marker stands where most of its events are."""
    markers = list(_cells(spots, width, height))
    count = len(markers) + 1
    while len(markers) < count:
        count = len(markers)
        markers = _merged([_inside(marker, width, height) for marker in markers])
    return sorted(markers, key=lambda marker: (marker.y, marker.x))


def _cells(spots: Iterable[Spot], width: float, height: float) -> Iterator[Marker]:
    cells: dict[Cell, list[tuple[float, float, int]]] = defaultdict(list)
    for index, spot in enumerate(spots):
        x, y = spot.x * width, spot.y * height
        cells[int(x // CELL), int(y // CELL)].append((x, y, index))
    for members in cells.values():
        xs, ys, indexes = zip(*members, strict=True)
        yield Marker(sum(xs) / len(xs), sum(ys) / len(ys), indexes)


def _inside(marker: Marker, width: float, height: float) -> Marker:
    margin = marker.reach + GAP
    x = min(max(marker.x, margin), width - margin)
    y = min(max(marker.y, margin), height - margin)
    return marker._replace(x=x, y=y)


def _merged(markers: list[Marker]) -> list[Marker]:
    """One pass: the largest first, each taken in by the nearest kept marker that it overlaps."""
    kept: dict[Cell, list[Marker]] = defaultdict(list)
    for marker in sorted(markers, key=lambda marker: (-len(marker.members), marker.y, marker.x)):
        near = [other for other in _neighbours(kept, marker) if overlap(other, marker)]
        if not near:
            kept[_cell(marker)].append(marker)
            continue
        host = min(near, key=lambda other: _distance(other, marker))
        row = kept[_cell(host)]
        row[row.index(host)] = host._replace(members=(*host.members, *marker.members))
    return [marker for row in kept.values() for marker in row]


def _neighbours(kept: dict[Cell, list[Marker]], marker: Marker) -> Iterator[Marker]:
    column, line = _cell(marker)
    for x in (column - 1, column, column + 1):
        for y in (line - 1, line, line + 1):
            yield from kept.get((x, y), ())


def _cell(marker: Marker) -> Cell:
    return int(marker.x // FARTHEST), int(marker.y // FARTHEST)


def overlap(a: Marker, b: Marker) -> bool:
    return _distance(a, b) < a.reach + b.reach + GAP


def _distance(a: Marker, b: Marker) -> float:
    return hypot(a.x - b.x, a.y - b.y)
