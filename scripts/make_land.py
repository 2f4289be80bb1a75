"""Makes src/imd_widgets/geography/land.json from the land of Natural Earth.

    npm pack world-atlas@2.0.2 && tar xf world-atlas-2.0.2.tgz
    python scripts/make_land.py package/land-110m.json package/land-50m.json

This script draws the world; the server draws closer views from the rings. Antarctica is left out:
nobody lives there all year, and it would take up a sixth of the map.
"""

import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from imd_widgets.geography.land import Outline, trace_path
from imd_widgets.geography.map_views import WORLD, wrap
from imd_widgets.geography.polygons import (
    Point,
    Ring,
    compute_area,
    make_box,
    simplify,
)

TARGET = Path(__file__).parents[1] / "src/imd_widgets/geography/land.json"
SOURCE = "Natural Earth 4.1 land, 1:110m and 1:50m, public domain, by way of world-atlas 2.0.2"
ANTARCTICA = -60
MIDDLE = (20, 0.07, 0.02)
FINE = (100, 0.018, 0.0)


def main() -> None:
    small, large = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
    text = format_data(make_data(small, large))
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {len(text):,} bytes")


def make_data(small: dict[str, Any], large: dict[str, Any]) -> dict[str, Any]:
    outlines = tuple(Outline(ring, make_box(ring)) for ring in list_rings(small))
    rings = list(list_rings(large))
    return {
        "source": SOURCE,
        "world": trace_path(outlines, WORLD),
        "middle": simplify_rings(rings, *MIDDLE),
        "fine": simplify_rings(rings, *FINE),
    }


def list_rings(topology: dict[str, Any]) -> Iterator[Ring]:
    arcs = [list(_decode_arc(arc, topology["transform"])) for arc in topology["arcs"]]
    for polygon in chain.from_iterable(_list_polygons(topology["objects"]["land"])):
        for indexes in polygon:
            ring = _unroll(_join_arcs(indexes, arcs))
            if max(lat for _, lat in ring) > ANTARCTICA:
                yield ring


def _list_polygons(shape: dict[str, Any]) -> Iterator[list[list[list[int]]]]:
    for geometry in shape["geometries"]:
        yield geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def _decode_arc(steps: list[list[int]], transform: dict[str, list[float]]) -> Iterator[Point]:
    (across, up), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    for east, north in steps:
        x, y = x + east, y + north
        yield x * across + left, y * up + bottom


def _join_arcs(indexes: list[int], arcs: list[list[Point]]) -> list[Point]:
    ring: list[Point] = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc[:-1]
    return ring


def _unroll(ring: list[Point]) -> Ring:
    """Continue longitudes across the antimeridian, so that no side jumps around the globe."""
    lon = ring[0][0] if ring[0][0] > WORLD.lon - 180 else ring[0][0] + 360
    unrolled: list[Point] = []
    for east, lat in ring:
        lon += wrap(east - lon)
        unrolled.append((lon, lat))
    return unrolled


def simplify_rings(
    rings: list[Ring], grid: int, tolerance: float, smallest: float
) -> dict[str, Any]:
    simplified = (simplify(ring, tolerance) for ring in rings if compute_area(ring) >= smallest)
    numbers = (_encode_ring(ring, grid) for ring in simplified)
    return {"grid": grid, "rings": [row for row in numbers if len(row) >= 2 * 3]}


def _encode_ring(ring: Ring, grid: int) -> list[int]:
    row: list[int] = []
    before = (0, 0)
    for lon, lat in ring:
        point = (round(lon * grid), round(lat * grid))
        if point != before:
            row += [point[0] - before[0], point[1] - before[1]]
        before = point
    return row


def format_data(data: dict[str, Any]) -> str:
    """Write one ring on each line, so that changes can be reviewed."""
    lines = [f'"{name}": {_format_value(value)}' for name, value in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _format_value(value: str | dict[str, Any]) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value["rings"])
    return f'{{"grid": {value["grid"]}, "rings": [\n{rows}\n]}}'


if __name__ == "__main__":
    main()
