from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.events.clusters import CellPart, SingleEvent, make_clusters, to_cell_degrees
from imd_campaign.events.geography import Box, Point

degrees = st.tuples(st.integers(-900, 900), st.integers(-1800, 1800))
events = st.lists(st.tuples(degrees, st.sampled_from("ABC"), st.sampled_from(["MX", "US"])))
SINGLE_EVENT = SingleEvent("evt_a", "Vigil", "en", is_private=False)


def make_part(point: Point, zoom: int, locality: str = "A", country: str = "MX") -> CellPart:
    """Build the part of a cluster that holds one event."""
    size = to_cell_degrees(zoom)
    cell = (int((point.latitude + 90) / size), int((point.longitude + 180) / size))
    box = Box(point.longitude, point.latitude, point.longitude, point.latitude)
    return CellPart(cell, locality, country, 1, point, box, SINGLE_EVENT)


def make_parts(drawn: list, zoom: int) -> list[CellPart]:
    return [
        make_part(Point(lat / 10, lon / 10), zoom, locality, country)
        for (lat, lon), locality, country in drawn
    ]


@given(drawn=events, zoom=st.integers(0, 12))
def test_every_event_is_in_one_cluster(drawn: list, zoom: int) -> None:
    assert sum(cluster.count for cluster in make_clusters(make_parts(drawn, zoom))) == len(drawn)


@given(drawn=events, zoom=st.integers(0, 12))
def test_cluster_is_in_its_box_and_the_box_fits_its_cell(drawn, zoom) -> None:
    for cluster in make_clusters(make_parts(drawn, zoom)):
        west, south, east, north = cluster.box
        assert max(east - west, north - south) <= to_cell_degrees(zoom)
        assert south - 1e-5 <= cluster.point.latitude <= north + 1e-5


def test_cluster_has_its_main_locality_and_every_country() -> None:
    here, there = (
        make_part(Point(10.1, 10.1), 0, "Here", "US"),
        make_part(Point(10.2, 10.2), 0, "There"),
    )
    [cluster] = make_clusters(
        [here, replace(there, count=5, summed=Point(51, 51), single_event=None)]
    )
    assert (cluster.locality, cluster.countries, cluster.single_event) == (
        "There",
        ["MX", "US"],
        None,
    )


def test_only_a_single_event_is_named() -> None:
    [alone] = make_clusters([make_part(Point(10.1, 10.1), 4)])
    [together] = make_clusters(
        [make_part(Point(10.1, 10.1), 4), make_part(Point(10.2, 10.2), 4, "B")]
    )
    assert (alone.single_event, together.single_event) == (SINGLE_EVENT, None)
