"""Recurring events take place on the days that dateutil finds too, and no rule takes long."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.calendars.recurrence import UnknownRule, list_days, read_rule

FIRST = date(2026, 9, 7)
EARLIEST, LATEST = date(2026, 11, 23), date(2027, 3, 23)


def find(text: str, first: date = FIRST) -> list[date]:
    return list(list_days(read_rule(text), first, EARLIEST, LATEST))


def at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def find_with_dateutil(text: str, first: date) -> list[date]:
    rule = rrulestr(text, dtstart=at_midnight(first))
    found = rule.between(at_midnight(EARLIEST), at_midnight(LATEST), inc=True)
    return [moment.date() for moment in found]


DAY_LISTS = st.lists(
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3, unique=True
).map(",".join)
MONTHLY_DAYS = st.sampled_from(["1MO", "2TU", "-1FR", "3SU,-1SU", "MO,WE", "5TH"])
RULES = st.one_of(
    st.just("FREQ=DAILY"),
    st.builds("FREQ=DAILY;BYDAY={}".format, DAY_LISTS),
    st.builds("FREQ=WEEKLY;BYDAY={}".format, DAY_LISTS),
    st.builds("FREQ=WEEKLY;WKST=SU;BYDAY={}".format, DAY_LISTS),
    st.just("FREQ=WEEKLY"),
    st.builds("FREQ=MONTHLY;BYDAY={}".format, MONTHLY_DAYS),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.sampled_from(["18", "-1", "1,15", "31"])),
    st.just("FREQ=MONTHLY"),
    st.just("FREQ=YEARLY"),
    st.builds("FREQ=YEARLY;BYMONTH={};BYMONTHDAY=18".format, st.sampled_from(["12", "1,12"])),
    st.builds("FREQ=YEARLY;BYMONTH=12;BYDAY={}".format, MONTHLY_DAYS),
)


@given(rule=RULES, interval=st.integers(1, 4), count=st.none() | st.integers(1, 60))
def test_days_are_those_that_dateutil_finds(rule: str, interval: int, count: int | None):
    """Begin on a day of the rule: whether another first day counts is not defined."""
    text = f"{rule};INTERVAL={interval}" + (f";COUNT={count}" if count else "")
    first = rrulestr(rule, dtstart=at_midnight(date(2026, 9, 1)))[0].date()
    assert find(text, first) == find_with_dateutil(text, first)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=yesterday",
        "nonsense",
        "",
    ],
)
def test_rule_that_we_do_not_understand_is_refused(rule: str):
    with pytest.raises(UnknownRule):
        find(rule)


def test_rule_that_never_applies_ends_at_once():
    assert find("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(1900, 1, 1)) == []


def test_rule_ends_on_its_last_day():
    days = find("FREQ=WEEKLY;UNTIL=20261207T000000Z")
    assert (days[0], days[-1]) == (date(2026, 11, 23), date(2026, 12, 7))


def test_number_of_occurrences_is_counted_from_the_first():
    assert find("FREQ=WEEKLY;COUNT=13") == [FIRST + timedelta(weeks=n) for n in (11, 12)]


def test_count_that_began_decades_ago_is_refused():
    with pytest.raises(UnknownRule):
        find("FREQ=DAILY;COUNT=99999", date(1900, 1, 1))


def test_rule_with_an_endless_list_is_unknown():
    listed = ",".join(f"{number}MO" for number in range(1, 200))
    with pytest.raises(UnknownRule):
        read_rule(f"FREQ=MONTHLY;BYDAY={listed}")
