"""The days on which a recurring event takes place, within a window of days (RFC 5545, 3.3.10).

A rule is never run from its beginning: each day of the window is compared with it. So no rule takes
longer than the number of days, however long ago it began and however seldom it applies.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"}
WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
MAX_INTERVAL = 1000
MAX_LISTED = 100
MAX_COUNTED_DAYS = 3660
DAY = timedelta(days=1)


class UnknownRule(ValueError):  # noqa: N818 what it is
    """A rule that we do not understand."""


@dataclass(frozen=True, slots=True)
class Rule:
    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    weekdays: Sequence[tuple[int, int]] = ()
    """The position in the month, or 0 for each, and the day of the week."""
    month_days: Sequence[int] = ()
    months: Sequence[int] = ()
    week_start: int = 0


def read_rule(text: str) -> Rule:
    parts = dict(_split(part) for part in text.upper().split(";") if part)
    if parts.get("FREQ") not in FREQUENCIES or not parts.keys() <= PARTS:
        raise UnknownRule(text)
    try:
        return _make_rule(parts)
    except ValueError:
        raise UnknownRule(text) from None


def _split(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip()


def _make_rule(parts: Mapping[str, str]) -> Rule:
    until = parts.get("UNTIL")
    rule = Rule(
        frequency=parts["FREQ"],
        interval=int(parts.get("INTERVAL", "1")),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=date(int(until[:4]), int(until[4:6]), int(until[6:8])) if until else None,
        weekdays=[_read_weekday(text) for text in _split_list(parts, "BYDAY")],
        month_days=[int(text) for text in _split_list(parts, "BYMONTHDAY")],
        months=[int(text) for text in _split_list(parts, "BYMONTH")],
        week_start=DAYS.index(parts.get("WKST", "MO")),
    )
    if not 0 < rule.interval <= MAX_INTERVAL:
        raise UnknownRule(parts["FREQ"])
    return rule


def _split_list(parts: Mapping[str, str], name: str) -> Sequence[str]:
    listed = list(dict.fromkeys(parts[name].split(","))) if parts.get(name) else []
    if len(listed) > MAX_LISTED:
        raise UnknownRule(name)
    return listed


def _read_weekday(text: str) -> tuple[int, int]:
    found = WEEKDAY.fullmatch(text.strip())
    if found is None:
        raise UnknownRule(text)
    return int(found[1] or 0), DAYS.index(found[2])


def list_days(rule: Rule, first: date, earliest: date, latest: date) -> Iterator[date]:
    """Yield the days from `earliest` to `latest`; the event takes place on `first` at first."""
    latest = min(latest, rule.until or latest)
    if rule.count is None:
        yield from (
            day for day in _list_days(max(first, earliest), latest) if _is_on(rule, first, day)
        )
        return
    if latest - first > MAX_COUNTED_DAYS * DAY:
        raise UnknownRule("COUNT")
    matching = (day for day in _list_days(first, latest) if _is_on(rule, first, day))
    for number, day in enumerate(matching, 1):
        if number > rule.count:
            return
        if day >= earliest:
            yield day


def _list_days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * DAY


def _is_on(rule: Rule, first: date, day: date) -> bool:
    """Return whether a rule applies on a day; the first day always counts."""
    if day == first:
        return True
    return (
        _count_periods(rule, first, day) % rule.interval == 0
        and (not rule.months or day.month in rule.months)
        and _is_day_in_period(rule, first, day)
    )


def _count_periods(rule: Rule, first: date, day: date) -> int:
    if rule.frequency == "DAILY":
        return (day - first).days
    if rule.frequency == "WEEKLY":
        return (_start_week(rule, day) - _start_week(rule, first)).days // 7
    months = (day.year - first.year) * 12 + day.month - first.month
    return months if rule.frequency == "MONTHLY" else day.year - first.year


def _start_week(rule: Rule, day: date) -> date:
    return day - (day.weekday() - rule.week_start) % 7 * DAY


def _is_day_in_period(rule: Rule, first: date, day: date) -> bool:
    if rule.weekdays or rule.month_days:
        return _is_weekday(rule, day) and _is_month_day(rule, day)
    if rule.frequency == "DAILY":
        return True
    if rule.frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    if rule.frequency == "MONTHLY" or rule.months:
        return day.day == first.day
    return (day.month, day.day) == (first.month, first.day)


def _is_weekday(rule: Rule, day: date) -> bool:
    """Positions count within the month; for YEARLY rules without months, we do not count."""
    if not rule.weekdays:
        return True
    length = monthrange(day.year, day.month)[1]
    positions = {0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)}
    return any(
        weekday == day.weekday() and position in positions for position, weekday in rule.weekdays
    )


def _is_month_day(rule: Rule, day: date) -> bool:
    if not rule.month_days:
        return True
    length = monthrange(day.year, day.month)[1]
    return day.day in rule.month_days or day.day - length - 1 in rule.month_days
