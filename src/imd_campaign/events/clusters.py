"""Fixed cells of the map, and the events in each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imd_campaign.events.geography import Box, Point

Cell = tuple[int, int]


class SingleEvent(NamedTuple):
    """The one event that is alone in a cell."""

    id: str
    title: str
    lang: str
    private: bool


@dataclass(frozen=True)
class Part:
    """The events of one locality in one cell, as the database sums them up."""

    cell: Cell
    locality: str
    country: str
    count: int
    summed: Point
    box: Box
    lone: SingleEvent | None


@dataclass(frozen=True)
class Cluster:
    point: Point
    box: Box
    count: int
    locality: str
    countries: Sequence[str]
    lone: SingleEvent | None


def cell_degrees(zoom: int) -> float:
    return float(45 / 2**zoom)


def make_clusters(parts: Iterable[Part]) -> list[Cluster]:
    cells: dict[Cell, list[Part]] = defaultdict(list)
    for part in parts:
        cells[part.cell].append(part)
    return [_make_cluster(cells[cell]) for cell in sorted(cells)]


def _make_cluster(parts: Sequence[Part]) -> Cluster:
    count = sum(part.count for part in parts)
    most = max(parts, key=lambda part: (part.count, part.locality))
    return Cluster(
        point=Point(
            round(sum(part.summed.latitude for part in parts) / count, 5),
            round(sum(part.summed.longitude for part in parts) / count, 5),
        ),
        box=_merge_boxes([part.box for part in parts]),
        count=count,
        locality=most.locality,
        countries=sorted({part.country for part in parts}),
        lone=parts[0].lone if count == 1 else None,
    )


def _merge_boxes(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )
