import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.events.geography import HALF_EARTH_KM, Circle, Point, to_kilometres, to_vector
from imd_campaign.events.index import bitmaps
from imd_campaign.events.index.terms import RangeTerms, surround

TERMS = RangeTerms("value", 6)
values = st.integers(0, 63)
sets = st.sets(st.integers(0, bitmaps.BLOCK - 1))


@given(low=values, high=values)
def test_terms_of_a_range_have_exactly_its_values(low: int, high: int) -> None:
    terms = set(TERMS.cover(low, high))
    found = [value for value in range(64) if terms.intersection(TERMS.list_terms(value))]
    assert found == list(range(low, high + 1))


@given(low=values, high=values)
def test_range_has_few_terms(low: int, high: int) -> None:
    assert len(list(TERMS.cover(low, high))) <= 2 * TERMS.bits


@given(low=values, high=values)
def test_rough_terms_of_a_range_have_at_least_its_values(low: int, high: int) -> None:
    terms = set(TERMS.cover_roughly(low, high))
    assert all(terms.intersection(TERMS.list_terms(value)) for value in range(low, high + 1))


def test_values_beyond_the_ends_count_as_the_ends() -> None:
    assert set(TERMS.list_terms(99)) == set(TERMS.list_terms(63))
    assert set(TERMS.cover(-5, 99)) == {"value6:0"}


@given(
    centre=st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)),
    other=st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)),
    radius_km=st.floats(1, HALF_EARTH_KM),
)
def test_box_around_a_circle_has_all_of_it(centre: Point, other: Point, radius_km: float) -> None:
    pairs = zip(to_vector(centre), to_vector(other), strict=True)
    if to_kilometres(sum((a - b) ** 2 for a, b in pairs)) <= radius_km:
        box = surround(Circle(centre, radius_km))
        assert box.south <= other.latitude <= box.north
        assert any(west <= other.longitude <= east for west, east in box.longitude_ranges())


@given(sets)
def test_stored_block_is_read_as_it_was(numbers: set[int]) -> None:
    bits = bitmaps.change_block(bytes(bitmaps.BLOCK_BYTES), added=numbers)
    assert bitmaps.decode(bitmaps.encode(bits)) == bits


@given(sets, sets)
def test_numbers_are_added_and_removed(before: set[int], removed: set[int]) -> None:
    bits = bitmaps.change_block(bytes(bitmaps.BLOCK_BYTES), added=before)
    changed = bitmaps.change_block(bits, removed=removed)
    assert bitmaps.list_numbers(bitmaps.join_blocks({0: changed})).tolist() == sorted(
        before - removed
    )


@given(st.sets(st.integers(0, 3 * bitmaps.BLOCK)))
def test_numbers_of_several_blocks_are_listed(numbers: set[int]) -> None:
    assert bitmaps.list_numbers(
        bitmaps.from_numbers(np.array(sorted(numbers), int))
    ).tolist() == sorted(numbers)


def test_few_numbers_take_little_space() -> None:
    bits = bitmaps.change_block(bytes(bitmaps.BLOCK_BYTES), added=[7, 4000])
    assert len(bitmaps.encode(bits)) == 4
