from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography.clusters import TARGET, cluster, overlap
from imd_widgets.geography.map_views import Spot

share = st.floats(0, 1)
crowds = st.lists(st.builds(Spot, share, share), max_size=120)
frames = st.sampled_from([(600, 264), (600, 360), (300, 132), (300, 180)])


@given(crowds, frames)
def test_no_marker_overlaps_another(spots, frame):
    assert not any(overlap(a, b) for a, b in combinations(cluster(spots, *frame), 2))


@given(crowds, frames)
def test_every_event_is_in_one_marker(spots, frame):
    members = [index for marker in cluster(spots, *frame) for index in marker.members]
    assert sorted(members) == list(range(len(spots)))


@given(crowds, frames)
def test_no_marker_is_cut_by_the_edge(spots, frame):
    width, height = frame
    for marker in cluster(spots, *frame):
        assert marker.reach <= marker.x <= width - marker.reach
        assert marker.reach <= marker.y <= height - marker.reach


@given(crowds, frames)
def test_every_marker_is_a_target_of_24_pixels(spots, frame):
    assert all(marker.reach >= TARGET == 12 for marker in cluster(spots, *frame))


@given(crowds)
def test_markers_are_read_from_the_top_down(spots):
    tops = [marker.y for marker in cluster(spots, 600, 264)]
    assert tops == sorted(tops)


def test_marker_is_placed_where_most_events_are():
    crowd = [Spot(0.5, 0.5)] * 9 + [Spot(0.53, 0.5)]
    [marker] = cluster(crowd, 600, 264)
    assert (marker.x, marker.y) == (300, 132)


def test_distant_events_have_two_markers():
    assert len(cluster([Spot(0.2, 0.5), Spot(0.8, 0.5)], 300, 132)) == 2


def test_hundred_thousand_events_are_clustered():
    dice = Random(18)  # noqa: S311 - a sample
    crowd = [Spot(dice.random(), dice.random()) for _ in range(100_000)]
    markers = cluster(crowd, 560, 246)
    assert sum(len(marker.members) for marker in markers) == len(crowd)
    assert not any(overlap(a, b) for a, b in combinations(markers, 2))


@pytest.mark.parametrize(
    ("count", "radius"),
    [(1, 6), (2, 13), (9, 13), (10, 15), (99, 15), (100, 18), (1000, 22), (10_000, 26)],
)
def test_a_marker_grows_with_its_events(count, radius):
    (marker,) = cluster([Spot(0.5, 0.5)], 560, 300, [count])
    assert marker.radius == radius
