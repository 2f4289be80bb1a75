"""The yearly rule of a time zone, as calendar files can express it (VTIMEZONE with RRULE)."""

import re
import struct
import zoneinfo
from calendar import monthcalendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

# Before the first moment that an event can have, see `schemas.CENTURY`.
FIRST_YEAR = 1998
LAST_WEEK = 5
WEEK = 7
ONE_HOUR = timedelta(hours=1)
WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")

# The rule at the end of a TZif file: a TZ string of POSIX (RFC 9636, section 3.3).
NAME = r"<[+\-A-Za-z0-9]+>|[A-Za-z]+"
OFFSET = r"[+-]?\d+(?::\d\d){0,2}"
CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/(-?\d+(?::\d\d){0,2}))?"
RULE = re.compile(rf"({NAME})({OFFSET})(?:({NAME})({OFFSET})?,{CHANGE},{CHANGE})?")


@dataclass(frozen=True, slots=True)
class YearlyChange:
    """A change of the clocks on the first to fourth, or the last (5), weekday of a month."""

    month: int
    week: int
    weekday: int
    after_midnight: timedelta

    @property
    def recurrence(self) -> dict[str, object]:
        number = -1 if self.week == LAST_WEEK else self.week
        by_day = f"{number}{WEEKDAYS[self.weekday]}"
        return {"freq": "yearly", "bymonth": self.month, "byday": by_day}

    def find_first(self) -> datetime:
        columns = monthcalendar(FIRST_YEAR, self.month)
        days = [days[(self.weekday - 1) % WEEK] for days in columns]
        chosen = [day for day in days if day][-1 if self.week == LAST_WEEK else self.week - 1]
        return datetime(FIRST_YEAR, self.month, chosen) + self.after_midnight  # noqa: DTZ001 local time


@dataclass(frozen=True, slots=True)
class Observance:
    """A name and an offset; without a change, all year."""

    name: str
    offset: timedelta
    change: YearlyChange | None = None


@dataclass(frozen=True, slots=True)
class ZoneRule:
    name: str
    observances: tuple[Observance, ...]
    """One, or two that alternate."""
    zone: ZoneInfo
    """The zone as if the rule had always applied."""

    def describes(self, moment: datetime) -> bool:
        """Return whether a local time means this moment, by this rule and in the zone as it is.

        It does not if the zone had another rule then, nor in the second of two hours that have the
        same local time: a local time in a calendar file is the first (RFC 5545, section 3.3.5).
        """
        local, by_rule = moment.astimezone(ZoneInfo(self.name)), moment.astimezone(self.zone)
        return local.utcoffset() == by_rule.utcoffset() and not (local.fold or by_rule.fold)

    def make_component(self) -> Timezone:
        component = Timezone()
        component.add("tzid", self.name)
        for observance, before in zip(self.observances, reversed(self.observances), strict=True):
            component.add_component(self._make_part(observance, before))
        return component

    def _make_part(
        self, observance: Observance, before: Observance
    ) -> TimezoneStandard | TimezoneDaylight:
        # The IANA database calls Ireland's winter time daylight-saving time; calendars do not.
        part = TimezoneDaylight() if observance.offset > before.offset else TimezoneStandard()
        change = observance.change
        part.add("dtstart", change.find_first() if change else datetime(FIRST_YEAR, 1, 1))  # noqa: DTZ001 local time
        if change:
            part.add("rrule", change.recurrence)
        part.add("tzname", observance.name)
        part.add("tzoffsetfrom", before.offset)
        part.add("tzoffsetto", observance.offset)
        return part


@cache
def find_rule(zone_name: str) -> ZoneRule | None:
    """Return the rule of a zone; None if calendars do not understand it.

    Outlook reads only changes on an nth weekday of a month at a time within that day.
    """
    footer = _read_zone_file(zone_name).rstrip(b"\n").rpartition(b"\n")[2]
    match = RULE.fullmatch(footer.decode("ascii"))
    observances = _parse_observances(match) if match else None
    return ZoneRule(zone_name, observances, _make_zone(footer)) if observances else None


def _parse_observances(match: re.Match[str]) -> tuple[Observance, ...] | None:
    name, offset, other_name, other_offset, *changes = match.groups()
    standard = -_parse_duration(offset)
    if other_name is None:
        return (Observance(name.strip("<>"), standard),)
    other = -_parse_duration(other_offset) if other_offset else standard + ONE_HOUR
    to_other, back = _parse_change(*changes[:4]), _parse_change(*changes[4:])
    if to_other is None or back is None:
        return None
    return (
        Observance(name.strip("<>"), standard, back),
        Observance(other_name.strip("<>"), other, to_other),
    )


def _parse_change(month: str, week: str, weekday: str, at: str | None) -> YearlyChange | None:
    after_midnight = _parse_duration(at or "2")
    if not timedelta() <= after_midnight < timedelta(days=1):
        return None
    return YearlyChange(int(month), int(week), int(weekday), after_midnight)


def _parse_duration(text: str) -> timedelta:
    hours, minutes, seconds = (*text.lstrip("+-").split(":"), "0", "0")[:3]
    duration = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    return -duration if text.startswith("-") else duration


def _make_zone(footer: bytes) -> ZoneInfo:
    """Make a zone from a TZif file that holds nothing but the rule."""
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = header + struct.pack(">lbb", 0, 0, 0) + b"UTC\0"
    return ZoneInfo.from_file(BytesIO(block + block + b"\n" + footer + b"\n"))


def _read_zone_file(name: str) -> bytes:
    """Read the file that `ZoneInfo` reads: the system's or that of the package tzdata."""
    for folder in zoneinfo.TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
