"""Fixed cells of the map and the clusters of events in them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imd_campaign.events.geography import Box, Point

Cell = tuple[int, int]


class SingleEvent(NamedTuple):
    """An event that is alone in its cell."""

    id: str
    title: str
    lang: str
    is_private: bool


@dataclass(frozen=True)
class CellPart:
    """The events of one locality in one cell, aggregated by the database."""

    cell: Cell
    locality: str
    country: str
    count: int
    summed: Point
    box: Box
    single_event: SingleEvent | None


@dataclass(frozen=True)
class CellCluster:
    point: Point
    box: Box
    count: int
    locality: str
    countries: Sequence[str]
    single_event: SingleEvent | None


def to_cell_degrees(zoom: int) -> float:
    return float(45 / 2**zoom)


def make_clusters(parts: Iterable[CellPart]) -> list[CellCluster]:
    cells: dict[Cell, list[CellPart]] = defaultdict(list)
    for part in parts:
        cells[part.cell].append(part)
    return [_make_cluster(cells[cell]) for cell in sorted(cells)]


def _make_cluster(parts: Sequence[CellPart]) -> CellCluster:
    count = sum(part.count for part in parts)
    largest = max(parts, key=lambda part: (part.count, part.locality))
    return CellCluster(
        point=Point(
            round(sum(part.summed.latitude for part in parts) / count, 5),
            round(sum(part.summed.longitude for part in parts) / count, 5),
        ),
        box=_merge_boxes([part.box for part in parts]),
        count=count,
        locality=largest.locality,
        countries=sorted({part.country for part in parts}),
        single_event=parts[0].single_event if count == 1 else None,
    )


def _merge_boxes(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )
