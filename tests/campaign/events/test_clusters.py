from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.events.clusters import cell_degrees, clusters
from imd_campaign.events.geography import Point

pins = st.lists(st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)), max_size=60).map(
    lambda points: [(f"evt_{number}", point) for number, point in enumerate(points)]
)


@given(pins=pins, zoom=st.integers(0, 8))
def test_every_event_is_in_exactly_one_cluster(pins: list, zoom: int) -> None:
    found = [event for cluster in clusters(pins, zoom) for event in cluster.events]
    assert sorted(found) == sorted(event for event, _ in pins)


@given(pins=pins, zoom=st.integers(0, 8))
def test_a_cluster_is_no_larger_than_its_cell(pins: list, zoom: int) -> None:
    for cluster in clusters(pins, zoom):
        west, south, east, north = cluster.box
        assert max(east - west, north - south) <= cell_degrees(zoom)
        assert south - 1e-5 <= cluster.point.latitude <= north + 1e-5


def test_a_cell_stays_where_it_is_while_the_map_moves() -> None:
    near = [("evt_a", Point(10.1, 10.1)), ("evt_b", Point(10.2, 10.2))]
    alone = clusters(near, 4)
    among = clusters([*near, ("evt_c", Point(-40, 100))], 4)
    assert alone[0] in among
