from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography import equal_earth

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
A_LITTLE = 1e-4


@given(longitudes, latitudes)
def test_unproject_inverts_project(lon, lat):
    back = equal_earth.unproject(*equal_earth.project(lon, lat))
    assert back == pytest.approx((lon, lat), abs=1e-5)


@pytest.mark.parametrize(
    ("lon", "lat", "x", "y"),
    [
        (0, 0, 0, 0),
        (180, 0, 2.7066299836960748, 0),
        (0, 90, 0, 1.3173627591574133),
    ],
)
def test_extents_match_the_published_projection(lon, lat, x, y):
    assert equal_earth.project(lon, lat) == pytest.approx((x, y), abs=1e-7)


def test_pole_length_matches_the_published_projection():
    assert equal_earth.compute_spread(90) / equal_earth.compute_spread(0) == pytest.approx(
        0.59, abs=0.01
    )


@given(st.floats(-89, 89))
def test_projection_preserves_areas(lat):
    rise = equal_earth.compute_northing(lat + A_LITTLE) - equal_earth.compute_northing(
        lat - A_LITTLE
    )
    drawn = equal_earth.compute_spread(lat) * rise / radians(2 * A_LITTLE)
    assert drawn == pytest.approx(cos(radians(lat)), rel=1e-4)


@given(latitudes, latitudes)
def test_northing_increases_with_latitude(one, other):
    south, north = sorted((one, other))
    assert equal_earth.compute_northing(south) <= equal_earth.compute_northing(north)
