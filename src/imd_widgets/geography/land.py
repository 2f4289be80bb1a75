"""The outline of the land in a view, as an SVG path."""

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from imd_widgets.geography.map_views import UNITS, WORLD, MapView
from imd_widgets.geography.polygons import (
    Box,
    Point,
    Ring,
    clip,
    compute_area,
    make_box,
    simplify,
    write_path,
)

FINE_FROM = 4
EDGE = 12
TOLERANCE = 1.5
MIN_AREA = 2.0
TURNS = (-360, 0, 360)


class Outline(NamedTuple):
    """A ring of longitudes and latitudes, with the box around it."""

    ring: Ring
    box: Box


@lru_cache(maxsize=512)
def make_path(view: MapView) -> str:
    if view == WORLD:
        return str(_load_data()["world"])
    return trace_path(_load_outlines("fine" if view.zoom >= FINE_FROM else "middle"), view)


def trace_path(outlines: tuple[Outline, ...], view: MapView) -> str:
    rings = (simplify(ring, TOLERANCE) for ring in _list_rings(outlines, view))
    return write_path(ring for ring in rings if compute_area(ring) >= MIN_AREA)


def _list_rings(outlines: tuple[Outline, ...], view: MapView) -> Iterator[Ring]:
    seen = view.bounds
    frame = Box(-EDGE, -EDGE, UNITS + EDGE, view.height + EDGE)
    for outline in outlines:
        for turn in TURNS:
            window = Box(seen.left - turn, seen.top, seen.right - turn, seen.bottom)
            if window.meets(outline.box):
                ring = clip(outline.ring, window)
                yield clip([view.project(lon + turn, lat) for lon, lat in ring], frame)


@cache
def _load_outlines(detail: str) -> tuple[Outline, ...]:
    data = _load_data()[detail]
    return tuple(_decode_outline(numbers, data["grid"]) for numbers in data["rings"])


def _decode_outline(numbers: list[int], grid: int) -> Outline:
    ring: list[Point] = []
    lon = lat = 0
    for east, north in zip(numbers[::2], numbers[1::2], strict=True):
        lon, lat = lon + east, lat + north
        ring.append((lon / grid, lat / grid))
    return Outline(ring, make_box(ring))


@cache
def _load_data() -> dict[str, Any]:
    text = files("imd_widgets.geography").joinpath("land.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
