"""What is published about a country, and how far it may be from the truth."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.petitions.public_counts import PublicCount, make_public_count

THRESHOLDS = st.integers(10, 19)


@st.composite
def public_counts(draw) -> PublicCount:
    return PublicCount(draw(st.integers(0, 50)) * 10, draw(THRESHOLDS), draw(THRESHOLDS))


def publish(totals: list[int]) -> list[PublicCount]:
    published = [make_public_count()]
    for total in totals:
        published.append(published[-1].update(total))
    return published


@given(public_counts())
def test_count_rises_by_ten_at_its_threshold(public):
    threshold = public.count + public.raise_after
    assert public.update(threshold - 1) is public
    assert public.update(threshold).count == public.count + 10


@given(public_counts())
def test_count_falls_at_its_threshold(public):
    threshold = public.count - public.lower_after
    assert public.update(threshold + 1) is public
    assert public.update(threshold).count < public.count or public.count == 0


@given(public_counts(), st.integers(-9, 9))
def test_count_stays_while_fewer_than_ten_join_or_leave(public, change):
    assert public.update(public.count + change) is public


@given(st.lists(st.integers(0, 200)))
def test_published_count_is_less_than_twenty_from_the_true_one(totals):
    for public, total in zip(publish(totals)[1:], totals, strict=True):
        assert public.count % 10 == 0
        assert abs(public.count - total) < 20


@given(st.lists(st.integers(0, 200)))
def test_newly_published_count_is_not_above_the_true_one(totals):
    for (before, after), total in zip(pairwise(publish(totals)), totals, strict=True):
        if after.count != before.count:
            assert after.count <= total


@pytest.mark.parametrize(("total", "count"), [(9, 0), (19, 10), (29, 20), (419, 410)])
def test_first_count_of_a_nine_is_the_same_for_every_threshold(total, count):
    assert {make_public_count().update(total).count for _ in range(200)} == {count}


def test_thresholds_are_from_ten_to_nineteen_and_drawn_for_each_change():
    drawn = [make_public_count() for _ in range(1000)]
    assert {public.raise_after for public in drawn} == set(range(10, 20))
    assert {public.lower_after for public in drawn} == set(range(10, 20))
