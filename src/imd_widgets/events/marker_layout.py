"""Where a map's markers are, and the view that separates the events of each.

It does not depend on the language or the appearance, so their variants share it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.map_views import MAX_ZOOM, MapView, fit_view, make_view

Point: TypeAlias = tuple[float, float]
Points: TypeAlias = tuple[Point | None, ...]

MAX_LAYOUTS = 32
SLIM, CITY = 280, 7


@dataclass(frozen=True)
class MarkerLayout:
    markers: tuple[Marker, ...]
    closer_views: Mapping[Marker, MapView | None]


@lru_cache(MAX_LAYOUTS)
def lay_out(frame: MapView, points: Points, width: float) -> MarkerLayout:
    """Place markers in pixels; `points` are longitudes and latitudes, or None if not on the map."""
    spots = [
        (index, spot)
        for index, point in enumerate(points)
        if point and (spot := frame.find_spot(*point))
    ]
    found = cluster([spot for _, spot in spots], width, width * frame.ratio)
    markers = tuple(
        marker._replace(members=tuple(sorted(spots[member][0] for member in marker.members)))
        for marker in found
    )
    return MarkerLayout(markers, {m: _find_closer_view(m, points) for m in markers if m.total > 1})


def _find_closer_view(marker: Marker, points: Points) -> MapView | None:
    """Find the view that separates these events, or one with their surroundings."""
    here = [point for member in marker.members if (point := points[member])]
    closer = fit_view(here)
    if closer is None or closer.zoom < MAX_ZOOM or _separates(closer, here):
        return closer
    return make_view(closer.lat, closer.lon, CITY)


def _separates(view: MapView, points: Iterable[Point]) -> bool:
    spots = [spot for point in points if (spot := view.find_spot(*point))]
    return len(cluster(spots, SLIM, SLIM * view.ratio)) > 1
