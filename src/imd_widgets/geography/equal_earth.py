"""The Equal Earth projection on the unit sphere: https://doi.org/10.1080/13658816.2018.1504949."""

from functools import lru_cache
from math import asin, cos, degrees, radians, sin, sqrt

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = sqrt(3) / 2
STEPS = 12
CACHE_SIZE = 2**15
CLOSE = 1e-13


def project(lon: float, lat: float) -> tuple[float, float]:
    return radians(lon) * compute_spread(lat), compute_northing(lat)


@lru_cache(maxsize=CACHE_SIZE)
def compute_spread(lat: float) -> float:
    """Return the drawn width of one radian of longitude at a latitude."""
    theta = asin(M * sin(radians(lat)))
    return cos(theta) / (M * _compute_slope(theta))


@lru_cache(maxsize=CACHE_SIZE)
def compute_northing(lat: float) -> float:
    return _compute_height(asin(M * sin(radians(lat))))


def unproject(x: float, y: float) -> tuple[float, float]:
    theta = _compute_theta(y)
    lat = degrees(asin(max(-1.0, min(1.0, sin(theta) / M))))
    return degrees(x * M * _compute_slope(theta) / cos(theta)), lat


def _compute_theta(y: float) -> float:
    theta = y / A1
    for _ in range(STEPS):
        step = (_compute_height(theta) - y) / _compute_slope(theta)
        theta -= step
        if abs(step) < CLOSE:
            break
    return max(-asin(M), min(asin(M), theta))


def _compute_height(theta: float) -> float:
    t2 = theta * theta
    t6 = t2 * t2 * t2
    return theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))


def _compute_slope(theta: float) -> float:
    t2 = theta * theta
    t6 = t2 * t2 * t2
    return A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2)


WIDTH = 2 * project(180, 0)[0]
HEIGHT = 2 * compute_northing(90)
