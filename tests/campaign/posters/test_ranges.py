import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.posters.ranges import asked_for
from imd_campaign.web.http_errors import RangeNotSatisfiable

TAG = '"tag"'


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-9", range(10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=0-", range(100)),
        ("bytes=95-500", range(95, 100)),
        ("bytes=-500", range(100)),
        ("Bytes=0-0", range(1)),
        ("bytes= 0-0 ", range(1)),
    ],
)
def test_a_range_is_what_it_says(header, found):
    assert asked_for(header, None, TAG, 100) == found


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=-",
        "bytes=a-b",
        "bytes=9-0",
        "items=0-9",
        "bytes=0-1,5-6",
        "bytes=0x1-2",
    ],
)
def test_what_is_no_single_range_is_ignored(header):
    assert asked_for(header, None, TAG, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(header):
    with pytest.raises(RangeNotSatisfiable):
        asked_for(header, None, TAG, 100)


def test_a_range_is_for_the_version_that_it_names():
    assert asked_for("bytes=0-9", TAG, TAG, 100) == range(10)
    for other in ('"other"', f"W/{TAG}", "Fri, 18 Dec 2026 00:00:00 GMT"):
        assert asked_for("bytes=0-9", other, TAG, 100) is None


@given(header=st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), size=st.integers(0, 500))
def test_a_range_lies_in_the_file(header, size):
    try:
        found = asked_for(header, None, TAG, size)
    except RangeNotSatisfiable:
        return
    assert found is None or (len(found) > 0 and 0 <= found.start < found.stop <= size)
