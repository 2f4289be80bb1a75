from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.labels import MAX_LENGTH, place_labels
from imd_widgets.geography.map_views import Spot

share = st.floats(0, 1)
crowds = st.lists(st.builds(Spot, share, share), max_size=30)
words = st.text(min_size=1, max_size=30)


def touch(a, b):
    across = a.left < b.right and b.left < a.right
    return across and a.top < b.bottom and b.top < a.bottom


@given(crowds, st.data())
def test_no_name_touches_another_or_leaves_the_map(spots, data):
    markers = cluster(spots, 560, 336)
    names = [data.draw(words) for _ in markers]
    boxes = [label.box for label in place_labels(markers, names, 560, 336)]
    assert not any(touch(a, b) for a, b in combinations(boxes, 2))
    assert all(box.left >= 0 and box.right <= 560 for box in boxes)
    assert all(box.top >= 0 and box.bottom <= 336 for box in boxes)


def test_a_name_keeps_clear_of_other_markers():
    markers = [Marker(100, 100, (0,), 1), Marker(130, 100, (1,), 1)]
    [left, right] = place_labels(markers, ["Sample", "Town"], 560, 336)
    assert (left.anchor, right.anchor) == ("end", "start")


def test_repeated_name_is_placed_once():
    markers = [Marker(100, 100, (0,), 1), Marker(300, 100, (1,), 1)]
    assert len(place_labels(markers, ["Town", "Town"], 560, 336)) == 1


def test_a_marker_without_a_name_has_no_label():
    assert place_labels([Marker(100, 100, (0,), 1)], [""], 560, 336) == []


def test_a_name_that_fits_nowhere_is_left_out():
    assert place_labels([Marker(30, 30, (0,), 1)], ["Long name of a town"], 60, 60) == []


def test_a_long_name_is_cut():
    [label] = place_labels([Marker(20, 100, (0,), 1)], ["x" * 40], 560, 336)
    assert label.text == "x" * (MAX_LENGTH - 1) + "…"
