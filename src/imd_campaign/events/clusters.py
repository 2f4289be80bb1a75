from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from imd_campaign.events.geography import Box, Point

Pin = tuple[str, Point]


@dataclass(frozen=True)
class Cluster:
    point: Point
    box: Box
    events: tuple[str, ...]


def cell_degrees(zoom: int) -> float:
    return float(45 / 2**zoom)


def clusters(pins: Iterable[Pin], zoom: int) -> list[Cluster]:
    cells: dict[tuple[int, int], list[Pin]] = defaultdict(list)
    size = cell_degrees(zoom)
    for pin in pins:
        _, point = pin
        cells[floor(point.latitude / size), floor(point.longitude / size)].append(pin)
    return [_cluster(cells[cell]) for cell in sorted(cells)]


def _cluster(pins: list[Pin]) -> Cluster:
    latitudes = [point.latitude for _, point in pins]
    longitudes = [point.longitude for _, point in pins]
    middle = Point(
        round(sum(latitudes) / len(pins), 5),
        round(sum(longitudes) / len(pins), 5),
    )
    box = Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
    return Cluster(middle, box, tuple(event for event, _ in pins))
