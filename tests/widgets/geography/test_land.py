from itertools import pairwise

import pytest
from drawing import inside, rings

from imd_widgets.geography import land
from imd_widgets.geography.map_views import (
    REGIONS,
    UNITS,
    WORLD,
    parse_view,
)

CITIES = {
    "Mexico City": (-99.1, 19.4),
    "Madrid": (-3.7, 40.4),
    "Nairobi": (36.8, -1.3),
    "Riyadh": (46.7, 24.7),
    "Delhi": (77.2, 28.6),
    "Chengdu": (104.1, 30.7),
    "Canberra": (149.1, -35.3),
    "La Paz": (-68.1, -16.5),
    "Denver": (-105.0, 39.7),
    "Anadyr's hinterland": (172.0, 66.5),
}
WATERS = {
    "Gulf of Guinea": (0, 0),
    "mid Pacific": (-140, 5),
    "Tasman Sea": (160, -40),
    "Caspian Sea": (50.5, 40.5),
    "Bering Strait": (-169, 65.5),
}
SMALL_STATES = {
    "Malta": (14.44, 35.89, 7),
    "Bahrain": (50.55, 26.05, 7),
    "Singapore": (103.82, 1.36, 7),
    "Fiji across the antimeridian": (178.0, -17.8, 6),
    "Samoa": (-172.45, -13.6, 6),
}


@pytest.mark.parametrize("city", CITIES)
def test_cities_are_on_the_land_of_the_world(city):
    assert inside(land.make_path(WORLD), WORLD.project(*CITIES[city]))


@pytest.mark.parametrize("water", WATERS)
def test_waters_are_not_on_land(water):
    lon, lat = WATERS[water]
    assert not inside(land.make_path(WORLD), WORLD.project(lon if lon > -169.5 else lon + 360, lat))


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("zoom", [3, 5, 8])
def test_cities_are_on_the_land_of_every_closer_view(city, zoom):
    lon, lat = CITIES[city]
    view = parse_view(f"{lat},{lon},{zoom}")
    assert inside(land.make_path(view), view.project(lon, lat))


@pytest.mark.parametrize("state", SMALL_STATES)
def test_small_island_states_have_land_up_close(state):
    lon, lat, zoom = SMALL_STATES[state]
    view = parse_view(f"{lat},{lon},{zoom}")
    assert inside(land.make_path(view), view.project(lon, lat))


def test_no_line_runs_across_the_world():
    sides = [abs(a[0] - b[0]) for ring in rings(land.make_path(WORLD)) for a, b in pairwise(ring)]
    assert max(sides) < UNITS / 10


@pytest.mark.parametrize("code", ["oceania", "-17,180,4", "66,-171,4", "-14,-172,3"])
def test_views_across_the_antimeridian_have_land_on_both_sides(code):
    view = parse_view(code)
    middles = [ring[0][0] for ring in rings(land.make_path(view))]
    assert min(middles) < UNITS / 2 < max(middles)


@pytest.mark.parametrize("view", REGIONS.values(), ids=REGIONS)
def test_view_has_little_land_outside_the_frame(view):
    drawn = [point for ring in rings(land.make_path(view)) for point in ring]
    assert all(-15 <= x <= UNITS + 15 and -15 <= y <= view.height + 15 for x, y in drawn)


def test_world_file_is_small():
    assert len(land.make_path(WORLD)) < 5_200


def test_region_file_is_small():
    assert max(len(land.make_path(view)) for view in REGIONS.values()) < 9_000
