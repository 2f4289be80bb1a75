from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.caching.two_queue_cache import TwoQueueCache

STEPS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "pop"]), st.integers(0, 9), st.integers(0, 30))
)


def test_flood_of_new_values_keeps_proven_values():
    shelf = TwoQueueCache[int](20)
    shelf.put("hot", 1)
    shelf.get("hot")
    for number in range(10_000):
        shelf.put(number, number)
    assert shelf.get("hot") == 1
    assert len(shelf) == 20


def test_flood_of_repeated_values_keeps_recently_used_values():
    shelf = TwoQueueCache[int](20)
    shelf.put("hot", 1)
    for number in range(10_000):
        shelf.put(number, number)
        shelf.get(number)
        assert shelf.get("hot") == 1


def test_oversized_value_is_not_stored_and_evicts_nothing():
    shelf = TwoQueueCache[int](20, weigh=int)
    shelf.put("hot", 3)
    shelf.get("hot")
    shelf.put("huge", 21)
    assert "huge" not in shelf
    assert shelf.get("hot") == 3


@given(STEPS)
def test_weight_is_the_sum_of_values_and_never_above_the_limit(steps):
    shelf = TwoQueueCache[int](40, weigh=int)
    for act, key, value in steps:
        getattr(shelf, act)(*((key, value) if act == "put" else (key,)))
        assert shelf.weight == sum(value for _, value in shelf.items()) <= 40


@given(STEPS)
def test_latest_value_is_returned(steps):
    shelf, last = TwoQueueCache[int](40, weigh=int), {}
    for act, key, value in steps:
        if act == "put":
            last[key] = value
        found = getattr(shelf, act)(*((key, value) if act == "put" else (key,)))
        if act == "get":
            assert found in (None, last.get(key))


def test_new_values_within_their_share_outlive_old_proven_values():
    shelf = TwoQueueCache[int](20, weigh=int)
    for key, weight in (("old", 10), ("hot", 8)):
        shelf.put(key, weight)
        shelf.get(key)
    shelf.put("new", 2)
    shelf.put("newer", 2)
    assert [key for key, _ in shelf.items()] == ["new", "newer", "hot"]
