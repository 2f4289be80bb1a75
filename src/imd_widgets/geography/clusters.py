"""Markers of a fixed size in pixels, placed so that none overlaps another."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from math import hypot
from typing import NamedTuple, TypeAlias

from imd_widgets.geography.map_views import Spot

DOT = 6.0
TARGET = 12.0
GAP = 1.0
SIZES = ((10_000, 26.0), (1000, 22.0), (100, 18.0), (10, 15.0), (2, 13.0))
CELL = 4.0
MAX_REACH = 2 * SIZES[0][1] + GAP

Cell: TypeAlias = tuple[int, int]
Group: TypeAlias = list["Marker"]


class Marker(NamedTuple):
    """A marker, the indexes of its spots, and the number of its events."""

    x: float
    y: float
    members: tuple[int, ...]
    total: int

    @property
    def reach(self) -> float:
        return _get_reach(self.total)

    @property
    def radius(self) -> float:
        return self.reach if self.total > 1 else DOT


@cache
def _get_reach(count: int) -> float:
    return next((size for least, size in SIZES if count >= least), TARGET)


def cluster(
    spots: Sequence[Spot], width: float, height: float, counts: Sequence[int] | None = None
) -> list[Marker]:
    """Cluster spots into markers, from top to bottom, in pixels.

    A marker stands where most of its events are. A spot is one event, or as many as `counts` says.
    """
    markers = list(_group_by_cell(spots, width, height, counts or [1] * len(spots)))
    count = len(markers) + 1
    while len(markers) < count:
        count = len(markers)
        markers = _merge([_move_inside(marker, width, height) for marker in markers])
    return sorted(markers, key=lambda marker: (marker.y, marker.x))


def _group_by_cell(
    spots: Sequence[Spot], width: float, height: float, counts: Sequence[int]
) -> Iterator[Marker]:
    cells: dict[Cell, list[int]] = defaultdict(list)
    across, down = width / CELL, height / CELL
    for index, (x, y) in enumerate(spots):
        cells[int(x * across), int(y * down)].append(index)
    for members in cells.values():
        if len(members) == 1:
            (only,) = members
            yield Marker(spots[only].x * width, spots[only].y * height, (only,), counts[only])
        else:
            yield _make_middle(members, spots, width, height, counts)


def _make_middle(
    members: list[int],
    spots: Sequence[Spot],
    width: float,
    height: float,
    counts: Sequence[int],
) -> Marker:
    total = sum([counts[member] for member in members])
    x = sum([spots[member].x * counts[member] for member in members]) / total
    y = sum([spots[member].y * counts[member] for member in members]) / total
    return Marker(x * width, y * height, tuple(members), total)


def _move_inside(marker: Marker, width: float, height: float) -> Marker:
    margin = marker.reach + GAP
    x = min(max(marker.x, margin), width - margin)
    y = min(max(marker.y, margin), height - margin)
    return marker._replace(x=x, y=y)


def _merge(markers: list[Marker]) -> list[Marker]:
    """Merge in one pass: largest first, each into the nearest earlier marker that it overlaps."""
    groups: dict[Cell, list[Group]] = defaultdict(list)
    for marker in sorted(markers, key=lambda marker: (-marker.total, marker.y, marker.x)):
        near = [group for group in _list_neighbours(groups, marker) if overlap(group[0], marker)]
        if near:
            min(near, key=lambda group: _measure_distance(group[0], marker)).append(marker)
        else:
            groups[_get_cell(marker)].append([marker])
    return [_unite(group) for row in groups.values() for group in row]


def _unite(group: Group) -> Marker:
    members = chain.from_iterable(marker.members for marker in group)
    total = sum(marker.total for marker in group)
    return group[0]._replace(members=tuple(members), total=total)


def _list_neighbours(groups: dict[Cell, list[Group]], marker: Marker) -> Iterator[Group]:
    column, line = _get_cell(marker)
    for x in (column - 1, column, column + 1):
        for y in (line - 1, line, line + 1):
            yield from groups.get((x, y), ())


def _get_cell(marker: Marker) -> Cell:
    return int(marker.x // MAX_REACH), int(marker.y // MAX_REACH)


def overlap(a: Marker, b: Marker) -> bool:
    return _measure_distance(a, b) < a.reach + b.reach + GAP


def _measure_distance(a: Marker, b: Marker) -> float:
    return hypot(a.x - b.x, a.y - b.y)
