"""A circle around a place."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Circle:
    name: str
    lat: float
    lon: float
    radius_km: int
    is_from_geonames: bool
    """Whether the place was found in GeoNames."""

    def distance_km(self, lat: float, lon: float) -> float:
        """Return the great-circle distance: https://en.wikipedia.org/wiki/Haversine_formula"""
        north, south = radians(lat), radians(self.lat)
        across = sin(radians(lon - self.lon) / 2) ** 2
        chord = sin((north - south) / 2) ** 2 + cos(north) * cos(south) * across
        return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
