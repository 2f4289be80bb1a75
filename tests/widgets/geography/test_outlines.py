from drawing import rings
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.geography.polygons import (
    Box,
    clip,
    compute_area,
    simplify,
    write_path,
)

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
whole = st.integers(-50, 50)
rings_of_points = st.lists(st.tuples(whole, whole), min_size=1, max_size=40)


def test_ring_inside_the_box_is_unchanged():
    assert set(clip(SQUARE, Box(-1, -1, 11, 11))) == set(SQUARE)


def test_ring_over_the_edge_is_clipped():
    assert compute_area(clip(SQUARE, Box(5, -1, 20, 4))) == 5 * 4


def test_ring_outside_the_box_is_dropped():
    assert clip(SQUARE, Box(20, 20, 30, 30)) == []


@given(rings_of_points)
def test_nothing_is_left_outside_the_box(ring):
    box = Box(-10, -20, 15, 25)
    assert all(
        box.left <= x <= box.right and box.top <= y <= box.bottom for x, y in clip(ring, box)
    )


def test_points_on_a_straight_side_are_dropped():
    assert simplify([(0, 0), (5, 0.1), (10, 0), (10, 10), (0, 10)], 0.5) == SQUARE


@given(rings_of_points)
def test_thinning_keeps_points_of_the_ring_in_their_order(ring):
    left = iter(ring)
    assert all(point in left for point in simplify(ring, 3))


@given(st.lists(rings_of_points, max_size=5))
def test_path_has_every_ring_with_three_corners(drawn):
    for ring in rings(write_path(drawn)):
        assert len(ring) >= 3
        assert any(set(ring) <= set(points) for points in drawn)


def test_a_path_is_relative_and_short():
    assert (
        write_path([SQUARE, [(20, 20), (30, 20), (20, 10)]])
        == "m0 0l10 0 0 10-10 0zm20 20l10 0-10-10z"
    )
