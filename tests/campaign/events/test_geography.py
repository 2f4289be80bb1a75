from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.events.geography import (
    Box,
    Point,
    snap_to_grid,
    to_kilometres,
    to_squared_chord,
    to_vector,
)

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.builds(Point, latitudes, longitudes)


def chord(here: Point, there: Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(to_vector(here), to_vector(there), strict=True))


def test_distance_from_paris_to_london_is_correct() -> None:
    paris, london = Point(48.8566, 2.3522), Point(51.5074, -0.1278)
    assert to_kilometres(chord(paris, london)) == pytest.approx(343.6, abs=0.5)


def test_points_on_both_sides_of_the_antimeridian_are_near() -> None:
    assert to_kilometres(chord(Point(0, 179.9), Point(0, -179.9))) == pytest.approx(22.24, abs=0.01)


def test_points_at_the_pole_are_near_at_any_longitude() -> None:
    assert to_kilometres(chord(Point(90, 0), Point(90, 135))) == pytest.approx(0, abs=1e-6)


@given(kilometre=st.floats(1, 20015))
def test_radius_round_trips_through_its_chord(kilometre: float) -> None:
    assert isclose(to_kilometres(to_squared_chord(kilometre)), kilometre, rel_tol=1e-5)


@given(here=points)
def test_radius_of_half_the_earth_includes_every_point(here: Point) -> None:
    antipode = Point(-here.latitude, (here.longitude + 360) % 360 - 180)
    assert chord(here, antipode) <= to_squared_chord(20038)


@given(point=points)
def test_snapped_point_is_the_centre_of_its_cell(point: Point) -> None:
    middle = snap_to_grid(point)
    assert abs(middle.latitude - point.latitude) <= 0.0501
    assert abs(middle.longitude - point.longitude) <= 0.0501
    assert -90 < middle.latitude < 90
    assert -180 < middle.longitude < 180


@given(point=points)
def test_snapping_twice_changes_nothing(point: Point) -> None:
    assert snap_to_grid(snap_to_grid(point)) == snap_to_grid(point)


def test_points_of_one_cell_snap_to_the_same_point() -> None:
    homes = [Point(37.80, -122.29), Point(37.8999, -122.2001), Point(37.85, -122.25)]
    assert {snap_to_grid(home) for home in homes} == {Point(37.85, -122.25)}


def test_box_across_the_antimeridian_has_two_spans() -> None:
    assert Box(170, -30, -170, 0).longitude_ranges() == [(170, 180.0), (-180.0, -170)]
