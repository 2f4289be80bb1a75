from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography import equal_earth

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
A_LITTLE = 1e-4


@given(longitudes, latitudes)
def test_the_inverse_finds_the_way_back(lon, lat):
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
def test_the_extents_are_those_of_the_paper(lon, lat, x, y):
    assert equal_earth.project(lon, lat) == pytest.approx((x, y), abs=1e-7)


def test_a_pole_is_a_line_of_the_papers_share_of_the_equator():
    assert equal_earth.compute_spread(90) / equal_earth.compute_spread(0) == pytest.approx(
        0.59, abs=0.01
    )


@given(st.floats(-89, 89))
def test_areas_are_kept(lat):
    rise = equal_earth.compute_northing(lat + A_LITTLE) - equal_earth.compute_northing(
        lat - A_LITTLE
    )
    drawn = equal_earth.compute_spread(lat) * rise / radians(2 * A_LITTLE)
    assert drawn == pytest.approx(cos(radians(lat)), rel=1e-4)


@given(latitudes, latitudes)
def test_what_lies_farther_north_is_drawn_higher(one, other):
    south, north = sorted((one, other))
    assert equal_earth.compute_northing(south) <= equal_earth.compute_northing(north)
