"""Counts days by the calendar of a time zone, or of each reader."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")

# Every time zone is between UTC−12 and UTC+14, a whole number of quarters of an hour from UTC.
OFFSETS = range(-12 * 60, 14 * 60 + 1, 15)


def count_days_until(day: date, now: datetime, zone: tzinfo) -> int:
    return (day - now.astimezone(zone).date()).days


def group_by_offset(count: Callable[[tzinfo], T]) -> Iterator[tuple[int, T]]:
    """Group what readers see by UTC offset: yields the first offset in minutes and the value."""
    counts = ((minutes, count(timezone(timedelta(minutes=minutes)))) for minutes in OFFSETS)
    for value, same in groupby(counts, key=lambda each: each[1]):
        yield next(same)[0], value
