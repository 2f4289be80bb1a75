"""The part of the world that a map shows: a name, or a centre and a zoom."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import cos, floor, log2, radians
from typing import NamedTuple

from imd_widgets.geography import equal_earth
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.polygons import Box

UNITS = 1000
SHORT, TALL = 0.44, 0.6
MAX_ZOOM, MIN_ZOOM = 9, 1
MARGIN = 0.13
POLE = 90.0
MAX_LATITUDE = 85.0
EQUATOR_KM = 40_075
FULL_TURN = 360
WHOLE_WORLD = (-180.0, -90.0, 180.0, 90.0)


class Spot(NamedTuple):
    """A place on the map, as fractions of its width and height."""

    x: float
    y: float


@dataclass(frozen=True)
class MapView:
    """Equal Earth around a central meridian, stretched to true shape at the middle of the frame."""

    code: str
    lon: float
    lat: float
    degrees: float
    ratio: float = TALL
    zoom: int = 1

    @cached_property
    def height(self) -> int:
        return round(UNITS * self.ratio)

    @cached_property
    def scales(self) -> tuple[float, float]:
        if self.zoom == 0:
            return UNITS / equal_earth.WIDTH, UNITS / equal_earth.WIDTH
        a_radian = UNITS / radians(self.degrees)
        stretch = equal_earth.compute_spread(self.lat) / cos(radians(self.lat))
        return a_radian / stretch, a_radian * stretch

    def project(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a point in the units of the drawing; longitudes may exceed 180."""
        across, up = self.scales
        x = radians(lon - self.lon) * equal_earth.compute_spread(lat) * across
        y = (equal_earth.compute_northing(lat) - equal_earth.compute_northing(self.lat)) * up
        return UNITS / 2 + x, self.height / 2 - y

    def find_spot(self, lon: float, lat: float) -> Spot | None:
        x, y = self.project(self.lon + wrap(lon - self.lon), lat)
        spot = Spot(x / UNITS, y / self.height)
        return spot if 0 <= spot.x <= 1 and 0 <= spot.y <= 1 else None

    def unproject(self, spot: Spot) -> tuple[float, float]:
        across, up = self.scales
        x = (spot.x - 0.5) * UNITS / across
        y = (0.5 - spot.y) * self.height / up + equal_earth.compute_northing(self.lat)
        most = equal_earth.compute_northing(POLE)
        lon, lat = equal_earth.unproject(x, max(-most, min(most, y)))
        return self.lon + lon, lat

    @cached_property
    def bounds(self) -> Box:
        """The visible longitudes and latitudes; longitudes may exceed 180."""
        edges = [self.unproject(Spot(x, y)) for x in (0.0, 1.0) for y in (0.0, 0.5, 1.0)]
        lats = [lat for _, lat in edges]
        half = min(180.0, max(abs(lon - self.lon) for lon, _ in edges))
        return Box(self.lon - half, min(lats), self.lon + half, max(lats))


def wrap(lon: float) -> float:
    return (lon + 180) % 360 - 180


WORLD = MapView("world", 11, 7, 360, SHORT, zoom=0)
REGIONS = {
    view.code: view
    for view in (
        WORLD,
        MapView("africa", 17, 2, 130),
        MapView("asia", 87, 22, 118),
        MapView("europe", 15, 53.5, 64),
        MapView("latin-america", -75, -12, 150),
        MapView("north-america", -95, 42, 112),
        MapView("oceania", 168, -13, 120),
    )
}


def parse_view(code: str) -> MapView:
    """Parse the code of a region or "latitude,longitude,zoom"; raise ValueError for others."""
    return REGIONS[code] if code in REGIONS else _parse_near(code)


def _count_decimals(zoom: int) -> int:
    return max(0, (zoom - 3) // 3)


def _parse_near(code: str) -> MapView:
    lat, lon, zoom = code.split(",")
    north, east, close = float(lat), float(lon), int(zoom)
    if not (MIN_ZOOM <= close <= MAX_ZOOM and abs(north) <= POLE and abs(east) <= 2 * POLE):
        raise ValueError("out of this world")
    return make_view(north, east, close)


def make_view(lat: float, lon: float, zoom: int) -> MapView:
    """Make a view with a short code: its middle is rounded as far as the zoom allows."""
    digits = _count_decimals(zoom)
    lat = max(-MAX_LATITUDE, min(MAX_LATITUDE, round(lat, digits))) + 0.0
    lon = round(wrap(round(lon, digits)), digits) + 0.0
    return MapView(f"{lat:g},{lon:g},{zoom}", lon, lat, 360 / 2**zoom, zoom=zoom)


def make_view_around(circle: Circle) -> MapView:
    """Make the closest view that shows the whole circle."""
    fits = EQUATOR_KM * TALL * (1 - 2 * MARGIN) / (2 * circle.radius_km)
    zoom = max(MIN_ZOOM, min(MAX_ZOOM, floor(log2(fits))))
    return make_view(circle.lat, circle.lon, zoom)


def fit_view(points: Iterable[tuple[float, float]]) -> MapView | None:
    """Return the closest view that shows all these longitudes and latitudes, if there is one."""
    box = _make_span(list(points))
    lon, lat = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    views = (make_view(lat, lon, zoom) for zoom in range(MAX_ZOOM, MIN_ZOOM - 1, -1))
    return next((view for view in views if _shows(view, box)), None)


def make_bounding_box(frame: MapView) -> tuple[float, float, float, float]:
    """Return west, south, east and north; west is greater than east across the antimeridian."""
    seen = frame.bounds
    if frame == WORLD or seen.right - seen.left >= FULL_TURN:
        return WHOLE_WORLD
    south, north = max(-POLE, seen.top), min(POLE, seen.bottom)
    return (
        round(wrap(seen.left), 4),
        round(south, 4),
        round(wrap(seen.right), 4),
        round(north, 4),
    )


def _make_span(points: list[tuple[float, float]]) -> Box:
    start = points[0][0]
    lons = [start + wrap(lon - start) for lon, _ in points]
    lats = [lat for _, lat in points]
    return Box(min(lons), min(lats), max(lons), max(lats))


def _shows(view: MapView, box: Box) -> bool:
    broadest = max(box.top, min(0.0, box.bottom))
    corners = product((box.left, box.right), (box.top, broadest, box.bottom))
    return all(_is_clear(view.find_spot(lon, lat)) for lon, lat in corners)


def _is_clear(spot: Spot | None) -> bool:
    return spot is not None and all(MARGIN <= share <= 1 - MARGIN for share in spot)
