import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from imd_widgets.geography.map_views import (
    MARGIN,
    MAX_ZOOM,
    MIN_ZOOM,
    REGIONS,
    WORLD,
    Spot,
    fit_view,
    make_view,
    parse_view,
)

places = st.tuples(st.floats(-180, 180), st.floats(-80, 80))
zooms = st.integers(MIN_ZOOM, MAX_ZOOM)


@given(places, zooms)
def test_code_parses_to_its_view(place, zoom):
    view = make_view(place[1], place[0], zoom)
    assert parse_view(view.code) == view


@given(places, zooms)
def test_a_view_shows_its_middle_in_the_middle(place, zoom):
    view = make_view(place[1], place[0], zoom)
    spot = view.find_spot(*place)
    assert spot is not None
    assert abs(spot.x - 0.5) < 0.1
    assert abs(spot.y - 0.5) < 0.2


@given(places, zooms, st.floats(0.01, 0.99), st.floats(0.2, 0.8))
def test_unproject_inverts_find_spot(place, zoom, x, y):
    view = make_view(place[1] * 0.7, place[0], zoom)
    lon, lat = view.unproject(Spot(x, y))
    assume(abs(lat) < 85 and abs(lon - view.lon) < 179)
    assert view.find_spot(lon, lat) == pytest.approx((x, y), abs=1e-6)


@pytest.mark.parametrize("code", REGIONS)
def test_region_is_parsed_by_name(code):
    assert parse_view(code).code == code


@pytest.mark.parametrize(
    "code",
    ["", "mars", "1,2", "1,2,3,4", "91,0,4", "0,181,4", "0,0,0", "0,0,10", "nan,0,4", "0,inf,4"],
)
def test_unknown_view_is_rejected(code):
    with pytest.raises(ValueError):
        parse_view(code)


def test_codes_are_short_and_rounded():
    assert parse_view("19.432608,-99.133209,5").code == "19,-99,5"
    assert parse_view("19.432608,-99.133209,7").code == "19.4,-99.1,7"
    assert parse_view("-0.2,-0.4,3").code == "0,0,3"


@given(st.lists(places, min_size=1, max_size=5))
@example([(-67, -30), (67, 30), (67, 0)])
def test_fitted_view_keeps_points_clear_of_its_edges(points):
    view = fit_view(points)
    assume(view is not None)
    for point in points:
        spot = view.find_spot(*point)
        assert MARGIN <= spot.x <= 1 - MARGIN
        assert MARGIN <= spot.y <= 1 - MARGIN


@given(places)
def test_single_place_is_shown_at_the_maximum_zoom(place):
    assert fit_view([place]).zoom == MAX_ZOOM


def test_neighbours_across_the_antimeridian_share_a_view():
    suva, apia = (178.44, -18.14), (-171.76, -13.83)
    assert fit_view([suva, apia]).zoom >= 4


@given(st.lists(places, min_size=1, max_size=3))
def test_fitted_view_has_a_code(points):
    view = fit_view(points)
    assume(view is not None)
    assert parse_view(view.code) == view


def test_points_around_the_earth_have_no_fitted_view():
    assert fit_view([(0, 0), (180, 0), (90, 0)]) is None


@given(st.floats(-180, 180), st.floats(-56, 83))
def test_world_shows_every_inhabited_place(lon, lat):
    assert WORLD.find_spot(lon, lat) is not None


@pytest.mark.parametrize(
    ("code", "places"),
    {
        "africa": [(31.2, 30.0), (18.4, -33.9), (-17.4, 14.7)],
        "asia": [(35.5, 33.9), (141.3, 43.1), (106.8, -6.2), (125.6, -8.6)],
        "europe": [(-9.1, 38.7), (24.9, 60.2), (30.5, 50.4)],
        "latin-america": [(-99.1, 19.4), (-58.4, -34.6), (-46.6, -23.5)],
        "north-america": [(-123.1, 49.3), (-73.6, 45.5), (-99.1, 19.4)],
        "oceania": [(115.9, -31.9), (174.8, -41.3), (178.4, -18.1)],
    }.items(),
)
def test_a_region_shows_its_cities(code, places):
    assert all(parse_view(code).find_spot(*place) for place in places)


@given(places, zooms, st.floats(0, 1), st.floats(0, 1))
def test_visible_points_are_within_the_bounds(place, zoom, x, y):
    view = make_view(place[1] * 0.7, place[0], zoom)
    lon, lat = view.unproject(Spot(x, y))
    assume(abs(lon - view.lon) < 179)
    assert view.bounds.left - 1e-6 <= lon <= view.bounds.right + 1e-6
    assert view.bounds.top - 1e-6 <= lat <= view.bounds.bottom + 1e-6
