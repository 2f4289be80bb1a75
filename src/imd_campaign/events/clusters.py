"""Cells of the map, each in four smaller ones, and summaries of the events in them.

A cell is 45° / 2^zoom wide. Its number interleaves the bits of its row and its column, so that the
cell that it lies in, one zoom further out, has a quarter of its number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from imd_campaign.events.geography import Box, Point

MICRO = 1_000_000
CELL = 45 * MICRO
MAX_ZOOM = 12
CELL_BITS = 32
MAX_CLUSTERS = 600
MAX_LOCALITIES = 8

Row = Mapping[Any, Any]


class SingleEvent(NamedTuple):
    """An event that is alone in its cell."""

    id: str
    title: str
    lang: str
    is_private: bool


class CellSummary(NamedTuple):
    """The events in a cell, with places in whole millionths of a degree."""

    key: int
    total: int
    latitude_sum: int
    longitude_sum: int
    west: int
    south: int
    east: int
    north: int
    locality: str
    countries: str
    event: str | None
    localities: Mapping[str, int]

    @property
    def point(self) -> Point:
        scale = self.total * MICRO
        return Point(round(self.latitude_sum / scale, 5), round(self.longitude_sum / scale, 5))

    @property
    def box(self) -> Box:
        return Box(self.west / MICRO, self.south / MICRO, self.east / MICRO, self.north / MICRO)

    def overlaps(self, box: Box) -> bool:
        return (
            box.south * MICRO <= self.north
            and self.south <= box.north * MICRO
            and any(
                west * MICRO <= self.east and self.west <= east * MICRO
                for west, east in box.longitude_ranges()
            )
        )


def to_micro(degrees: float) -> int:
    return round(degrees * MICRO)


def find_row(latitude: float, zoom: int) -> int:
    return ((to_micro(latitude) + 90 * MICRO) << zoom) // CELL


def find_column(longitude: float, zoom: int) -> int:
    return ((to_micro(longitude) + 180 * MICRO) << zoom) // CELL


def find_cell(point: Point, zoom: int = MAX_ZOOM) -> int:
    return _interleave(find_row(point.latitude, zoom), find_column(point.longitude, zoom))


def _interleave(row: int, column: int) -> int:
    """Read the binary digits as digits of base 4: each is two places from the next."""
    return 2 * int(f"{row:b}", 4) + int(f"{column:b}", 4)


def to_row_and_column(cell: int) -> tuple[int, int]:
    digits = f"{cell:032b}"
    return int(digits[::2], 2), int(digits[1::2], 2)


def find_first_zoom(box: Box, zoom: int) -> int:
    """Return the closest zoom, up to this one, at which the box has few enough cells to list."""
    return next(z for z in range(zoom, -1, -1) if _count_cells(box, z) <= MAX_CLUSTERS)


def _count_cells(box: Box, zoom: int) -> int:
    rows, columns = _find_rows(box, zoom), _find_columns(box, zoom)
    return len(rows) * sum(map(len, columns))


def list_cells(box: Box, zoom: int) -> list[int]:
    """Return the cells that a box touches; across the antimeridian, both ends can be in one."""
    columns = {column for part in _find_columns(box, zoom) for column in part}
    rows = _find_rows(box, zoom)
    return [_interleave(row, column) for column in sorted(columns) for row in rows]


def _find_rows(box: Box, zoom: int) -> range:
    return range(find_row(box.south, zoom), find_row(box.north, zoom) + 1)


def _find_columns(box: Box, zoom: int) -> list[range]:
    return [
        range(find_column(west, zoom), find_column(east, zoom) + 1)
        for west, east in box.longitude_ranges()
    ]


def widen_to_cells(box: Box, zoom: int) -> Box:
    """Return the box of all cells that a box touches."""
    size = CELL / MICRO / 2**zoom
    south, north = _find_edges(box.south, box.north, size, 90)
    west, east = _find_edges(box.west, box.east, size, 180)
    if box.west > box.east and west <= east:
        west, east = -180.0, 180.0
    return Box(west, south, east, north)


def _find_edges(low: float, high: float, size: float, limit: int) -> tuple[float, float]:
    first, last = (low + limit) // size, (high + limit) // size + 1
    return first * size - limit, min(float(limit), last * size - limit)


def make_key(zoom: int, cell: int) -> int:
    return zoom << CELL_BITS | cell


def to_cell(key: int) -> int:
    return key & ((1 << CELL_BITS) - 1)


def to_zoom(key: int) -> int:
    return key >> CELL_BITS


def find_parent(key: int) -> int:
    """Return the key of the cell around a cell, one zoom further out."""
    return make_key(to_zoom(key) - 1, to_cell(key) >> 2)


def list_children(keys: Iterable[int]) -> list[int]:
    return [
        make_key(to_zoom(key) + 1, 4 * to_cell(key) + quarter)
        for key in keys
        for quarter in range(4)
    ]


def summarise_event(row: Row, key: int) -> CellSummary:
    latitude, longitude = to_micro(row["latitude"]), to_micro(row["longitude"])
    return CellSummary(
        key=key,
        total=1,
        latitude_sum=latitude,
        longitude_sum=longitude,
        west=longitude,
        south=latitude,
        east=longitude,
        north=latitude,
        locality=row["locality"],
        countries=row["country"],
        event=row["event"],
        localities={row["locality"]: 1},
    )


def merge(key: int, parts: Sequence[CellSummary]) -> CellSummary:
    """Summarise the parts of a cell; of its localities, the few with most of the events stay."""
    if len(parts) == 1:
        return parts[0]._replace(key=key)
    localities = _merge_localities(parts)
    return CellSummary(
        key=key,
        total=sum(part.total for part in parts),
        latitude_sum=sum(part.latitude_sum for part in parts),
        longitude_sum=sum(part.longitude_sum for part in parts),
        west=min(part.west for part in parts),
        south=min(part.south for part in parts),
        east=max(part.east for part in parts),
        north=max(part.north for part in parts),
        locality=next(iter(localities)),
        countries=" ".join(sorted({code for part in parts for code in part.countries.split()})),
        event=None,
        localities=localities,
    )


def _merge_localities(parts: Sequence[CellSummary]) -> Mapping[str, int]:
    localities: dict[str, int] = defaultdict(int)
    for part in parts:
        for name, count in part.localities.items():
            localities[name] += count
    ordered = sorted(localities.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return dict(ordered[:MAX_LOCALITIES])
