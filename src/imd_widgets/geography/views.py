"""What part of the world a map shows: a name, or a centre and how close."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import cos, floor, log2, radians
from typing import NamedTuple

from imd_widgets.geography import equal_earth
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.outlines import Box

UNITS = 1000
SHORT, TALL = 0.44, 0.6
NEAREST, FARTHEST = 9, 1
MARGIN = 0.13
POLE = 90.0
STEEPEST = 85.0
EQUATOR_KM = 40_075


class Spot(NamedTuple):
    """A place on the map, as shares of its width and height."""

    x: float
    y: float


@dataclass(frozen=True)
class View:
    """Equal Earth around a middle meridian, stretched to true shape at the middle of the frame."""

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
        stretch = equal_earth.spread(self.lat) / cos(radians(self.lat))
        return a_radian / stretch, a_radian * stretch

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """In the units of the drawing; longitudes may run on past 180."""
        across, up = self.scales
        x = radians(lon - self.lon) * equal_earth.spread(lat) * across
        y = (equal_earth.northing(lat) - equal_earth.northing(self.lat)) * up
        return UNITS / 2 + x, self.height / 2 - y

    def spot(self, lon: float, lat: float) -> Spot | None:
        x, y = self.point(self.lon + wrapped(lon - self.lon), lat)
        spot = Spot(x / UNITS, y / self.height)
        return spot if 0 <= spot.x <= 1 and 0 <= spot.y <= 1 else None

    def coordinates(self, spot: Spot) -> tuple[float, float]:
        across, up = self.scales
        x = (spot.x - 0.5) * UNITS / across
        y = (0.5 - spot.y) * self.height / up + equal_earth.northing(self.lat)
        most = equal_earth.northing(POLE)
        lon, lat = equal_earth.inverse(x, max(-most, min(most, y)))
        return self.lon + lon, lat

    @cached_property
    def bounds(self) -> Box:
        """Longitudes and latitudes that can be seen; they may run on past 180."""
        edges = [self.coordinates(Spot(x, y)) for x in (0.0, 1.0) for y in (0.0, 0.5, 1.0)]
        lats = [lat for _, lat in edges]
        half = min(180.0, max(abs(lon - self.lon) for lon, _ in edges))
        return Box(self.lon - half, min(lats), self.lon + half, max(lats))


def wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180


WORLD = View("world", 11, 7, 360, SHORT, zoom=0)
REGIONS = {
    view.code: view
    for view in (
        WORLD,
        View("africa", 17, 2, 130),
        View("asia", 87, 22, 118),
        View("europe", 15, 53.5, 64),
        View("latin-america", -75, -12, 150),
        View("north-america", -95, 42, 112),
        View("oceania", 168, -13, 120),
    )
}


def named(code: str) -> View:
    """Raises ValueError when the code is neither a region nor "latitude,longitude,zoom"."""
    return REGIONS[code] if code in REGIONS else _near(code)


def _decimals(zoom: int) -> int:
    return max(0, (zoom - 3) // 3)


def _near(code: str) -> View:
    lat, lon, zoom = code.split(",")
    north, east, close = float(lat), float(lon), int(zoom)
    if not (FARTHEST <= close <= NEAREST and abs(north) <= POLE and abs(east) <= 2 * POLE):
        raise ValueError("out of this world")
    return near(north, east, close)


def near(lat: float, lon: float, zoom: int) -> View:
    """A view with a short code: its middle is rounded as far as the zoom allows."""
    digits = _decimals(zoom)
    lat = max(-STEEPEST, min(STEEPEST, round(lat, digits))) + 0.0
    lon = round(wrapped(round(lon, digits)), digits) + 0.0
    return View(f"{lat:g},{lon:g},{zoom}", lon, lat, 360 / 2**zoom, zoom=zoom)


def around(circle: Circle) -> View:
    """The closest view that shows the whole circle."""
    fits = EQUATOR_KM * TALL * (1 - 2 * MARGIN) / (2 * circle.radius_km)
    zoom = max(FARTHEST, min(NEAREST, floor(log2(fits))))
    return near(circle.lat, circle.lon, zoom)


def fit(points: Iterable[tuple[float, float]]) -> View | None:
    """The closest view that shows all these longitudes and latitudes, if there is one."""
    box = _span(list(points))
    lon, lat = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    views = (near(lat, lon, zoom) for zoom in range(NEAREST, FARTHEST - 1, -1))
    return next((view for view in views if _shows(view, box)), None)


def _span(points: list[tuple[float, float]]) -> Box:
    start = points[0][0]
    lons = [start + wrapped(lon - start) for lon, _ in points]
    lats = [lat for _, lat in points]
    return Box(min(lons), min(lats), max(lons), max(lats))


def _shows(view: View, box: Box) -> bool:
    broadest = max(box.top, min(0.0, box.bottom))
    corners = product((box.left, box.right), (box.top, broadest, box.bottom))
    return all(_clear(view.spot(lon, lat)) for lon, lat in corners)


def _clear(spot: Spot | None) -> bool:
    return spot is not None and all(MARGIN <= share <= 1 - MARGIN for share in spot)
