"""Reads the lines of a calendar that we need, within limits (RFC 5545, section 3.1).

People (ATTENDEE, ORGANIZER), alarms and definitions of time zones are left out: they are never
read. A rule in a time zone's definition could keep a parser busy for hours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from icalendar.parser import Contentline

MAX_LINES = 30_000
MAX_LINE_LENGTH = 32_000
MAX_EVENTS = 1000
FOLD = re.compile(r"\r?\n[ \t]")
NAME = re.compile(r"[A-Za-z0-9-]+")
EVENT = ["VCALENDAR", "VEVENT"]
WANTED = {
    *("UID", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"),
    *("SUMMARY", "DESCRIPTION", "LOCATION", "GEO", "URL", "CONFERENCE", "STATUS", "CLASS"),
}


class InvalidCalendar(ValueError):  # noqa: N818 what is wrong, in the words of the caller
    """What was received is not a calendar, or too large."""


@dataclass(frozen=True, slots=True)
class Property:
    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


EventProperties = Mapping[str, Sequence[Property]]


@dataclass(slots=True)
class CalendarLines:
    events: list[dict[str, list[Property]]] = field(default_factory=list)
    time_zone: str | None = None


def read_lines(data: bytes) -> CalendarLines:
    """Return the properties of each event; raise if the calendar is not complete."""
    found, parents = CalendarLines(), []
    for name, line in _list_lines(data):
        if name == "BEGIN":
            parents.append(_get_component(line))
            if parents == EVENT:
                found.events.append({})
        elif name == "END":
            if not parents or parents.pop() != _get_component(line):
                raise InvalidCalendar("its components do not end where they should")
        elif parents == EVENT and name in WANTED:
            _add(found.events[-1], name, line)
        elif parents == EVENT[:1] and name == "X-WR-TIMEZONE":
            found.time_zone = line.partition(":")[2].strip()
        if len(found.events) > MAX_EVENTS or len(parents) > 4:  # noqa: PLR2004 no calendar nests deeper
            raise InvalidCalendar(f"it has more than {MAX_EVENTS:,} events, or nested ones")
    if parents:
        raise InvalidCalendar("its end is missing")
    return found


def _list_lines(data: bytes) -> Iterator[tuple[str, str]]:
    if data.count(b"\n") > MAX_LINES:
        raise InvalidCalendar(f"it has more than {MAX_LINES:,} lines")
    lines = FOLD.sub("", data.decode("utf-8-sig", errors="replace")).splitlines()
    lines = [line for line in lines if line.strip()]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise InvalidCalendar("it does not begin with BEGIN:VCALENDAR")
    for line in lines:
        name = NAME.match(line)
        if name and len(line) <= MAX_LINE_LENGTH:
            yield name[0].upper(), line


def _get_component(line: str) -> str:
    return line.partition(":")[2].strip().upper()


def _add(event: dict[str, list[Property]], name: str, line: str) -> None:
    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        return
    named = {str(key).upper(): str(given) for key, given in parameters.items()}
    event.setdefault(name, []).append(Property(str(value), named))
