"""Reads a calendar (RFC 5545) into entries: one for each time at which something takes place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from icalendar import vDDDTypes
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from imd_campaign.calendars.content_lines import (
    EventProperties,
    InvalidCalendar,
    Property,
    read_lines,
)
from imd_campaign.calendars.recurrence import UnknownRule, list_days, read_rule
from imd_campaign.events.time_zones import find_zone

WINDOW = timedelta(days=120)
MAX_ENTRIES = 200
MAX_TITLE_LENGTH = 200
MAX_TEXT_LENGTH = 4000
MAX_LOCATION_LENGTH = 400
DAY = timedelta(days=1)
TAG = re.compile(r"<[a-zA-Z/!][^>]{0,1000}>")
URL = re.compile(r"https?://[^\s<>\"']{1,490}")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
BLOCKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol"}
HIDDEN = {"script", "style"}


@dataclass(frozen=True, slots=True)
class Entry:
    uid: str
    recurrence: str
    """The original start of one of several occurrences; empty for an event that occurs once."""
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    location: str
    point: tuple[float, float] | None
    url: str | None
    is_cancelled: bool
    is_confidential: bool


@dataclass(frozen=True, slots=True)
class Feed:
    entries: Sequence[Entry]
    is_complete: bool
    """Whether an event that is missing here has been deleted."""


def read_feed(data: bytes, zone: ZoneInfo, now: datetime) -> Feed:
    """Return what takes place within the next 120 days; raise InvalidCalendar."""
    lines = read_lines(data)
    zone = _find_zone(lines.time_zone) or zone
    reader = _Reader(zone, now, now + WINDOW)
    found = {(entry.uid, entry.recurrence): entry for entry in reader.read(lines.events)}
    entries = sorted(found.values(), key=lambda entry: (entry.starts_at, entry.uid))
    is_complete = not reader.has_skipped and len(entries) <= MAX_ENTRIES
    return Feed(entries[:MAX_ENTRIES], is_complete)


def _find_zone(name: str | None) -> ZoneInfo | None:
    """Find a zone by its name, by that of Windows, or at the end of a path of zones."""
    if not name:
        return None
    known = WINDOWS_TO_OLSON.get(name, name)
    parts = known.strip("/").split("/")
    names = [known, *("/".join(parts[-length:]) for length in (3, 2))]
    return next(filter(None, map(find_zone, names)), None)


@dataclass(slots=True)
class _Reader:
    zone: ZoneInfo
    earliest: datetime
    latest: datetime
    has_skipped: bool = False
    replaced: set[tuple[str, str]] = field(default_factory=set)

    def read(self, events: Sequence[EventProperties]) -> Iterator[Entry]:
        """Read first the occurrences that replace one of a rule, then the rules."""
        for event in sorted(events, key=lambda event: "RECURRENCE-ID" not in event):
            try:
                yield from self._read_event(event)
            except (ValueError, OverflowError, UnknownRule):
                self.has_skipped = True

    def _read_event(self, event: EventProperties) -> Iterator[Entry]:
        start, zone = self._read_time(event["DTSTART"][0]) if "DTSTART" in event else (None, None)
        uid = _get_text(event, "UID", 1000)
        if start is None or zone is None or not uid:
            raise ValueError("an event has neither a start nor an identity")
        duration = self._read_duration(event, start)
        first = self._make_entry(event, uid, start, duration, zone)
        for moment, recurrence in self._list_starts(event, start, zone):
            if "RECURRENCE-ID" in event:
                self.replaced.add((uid, recurrence))
            elif (uid, recurrence) in self.replaced:
                continue
            if self.earliest < moment <= self.latest:
                ends_at = moment + duration if duration else None
                yield replace(first, starts_at=moment, ends_at=ends_at, recurrence=recurrence)

    def _read_time(self, given: Property) -> tuple[date | datetime, ZoneInfo]:
        """Read a day or a moment; floating times are those of the calendar's zone."""
        value: object = vDDDTypes.from_ical(given.value)  # type: ignore[no-untyped-call]
        zone = _find_zone(given.parameters.get("TZID")) or self.zone
        if isinstance(value, datetime):
            is_fixed = value.tzinfo is not None
            moment = value if is_fixed else value.replace(tzinfo=zone)
            return moment.astimezone(UTC).astimezone(zone), zone
        if isinstance(value, date):
            return value, zone
        raise ValueError("not a time")

    def _read_duration(self, event: EventProperties, start: date | datetime) -> timedelta | None:
        if "DTEND" in event:
            end, zone = self._read_time(event["DTEND"][0])
            length = _to_moment(end, zone) - _to_moment(start, zone)
        elif "DURATION" in event:
            text = event["DURATION"][0].value
            value: object = vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
            length = value if isinstance(value, timedelta) else timedelta()
        else:
            length = timedelta() if isinstance(start, datetime) else DAY
        return length if length > timedelta() else None

    def _list_starts(
        self, event: EventProperties, start: date | datetime, zone: ZoneInfo
    ) -> Iterator[tuple[datetime, str]]:
        """Yield the moments at which an event begins, each with what identifies it."""
        if "RECURRENCE-ID" in event:
            replaced, _ = self._read_time(event["RECURRENCE-ID"][0])
            yield _to_moment(start, zone), _identify(replaced)
            return
        if "RRULE" not in event and "RDATE" not in event:
            yield _to_moment(start, zone), ""
            return
        excluded = set(self._read_list(event, "EXDATE"))
        for moment in [*self._list_recurring(event, start, zone), *self._list_added(event)]:
            if excluded.isdisjoint((_identify(moment), f"{moment:%Y%m%d}")):
                yield _to_moment(moment, zone), _identify(moment)

    def _list_recurring(
        self, event: EventProperties, start: date | datetime, zone: ZoneInfo
    ) -> Iterator[date | datetime]:
        if "RRULE" not in event:
            yield start
            return
        first = start.date() if isinstance(start, datetime) else start
        window = (self.earliest.date() - DAY, self.latest.date() + DAY)
        for day in list_days(read_rule(event["RRULE"][0].value), first, *window):
            if isinstance(start, datetime):
                local = datetime.combine(day, start.time(), zone)
                yield local.astimezone(UTC).astimezone(zone)
            else:
                yield day

    def _list_added(self, event: EventProperties) -> Iterator[date | datetime]:
        for given in event.get("RDATE", ()):
            for part in given.value.split(",")[:MAX_ENTRIES]:
                yield self._read_time(Property(part, given.parameters))[0]

    def _read_list(self, event: EventProperties, name: str) -> Iterator[str]:
        for given in event.get(name, ()):
            for part in given.value.split(","):
                yield _identify(self._read_time(Property(part, given.parameters))[0])

    def _make_entry(
        self,
        event: EventProperties,
        uid: str,
        start: date | datetime,
        duration: timedelta | None,
        zone: ZoneInfo,
    ) -> Entry:
        starts_at = _to_moment(start, zone)
        location = _to_line(_get_text(event, "LOCATION", MAX_LOCATION_LENGTH))
        return Entry(
            uid=uid,
            recurrence="",
            title=_to_line(_get_text(event, "SUMMARY", MAX_TITLE_LENGTH)),
            description=_strip_html(_get_text(event, "DESCRIPTION", MAX_TEXT_LENGTH * 4)),
            starts_at=starts_at,
            ends_at=starts_at + duration if duration else None,
            time_zone=zone.key,
            location=location,
            point=_read_point(event),
            url=_find_url(event, location),
            is_cancelled=_get_text(event, "STATUS", 20).upper() == "CANCELLED",
            is_confidential=_get_text(event, "CLASS", 20).upper() in {"PRIVATE", "CONFIDENTIAL"},
        )


def _to_moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), zone)


def _identify(value: date | datetime) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{value:%Y%m%d}"


def _get_text(event: Mapping[str, Sequence[Property]], name: str, length: int) -> str:
    return event[name][0].value[:length] if name in event else ""


def _to_line(text: str) -> str:
    return " ".join(_strip_html(text).split())


def _read_point(event: EventProperties) -> tuple[float, float] | None:
    latitude, _, longitude = _get_text(event, "GEO", 60).partition(";")
    try:
        point = float(latitude), float(longitude)
    except ValueError:
        return None
    is_on_earth = abs(point[0]) <= 90 and abs(point[1]) <= 180  # noqa: PLR2004 degrees
    return point if is_on_earth and point != (0, 0) else None


def _find_url(event: EventProperties, location: str) -> str | None:
    texts = (_get_text(event, "CONFERENCE", 500), location, _get_text(event, "URL", 500))
    found = next(filter(None, map(URL.match, texts)), None)
    return found[0] if found else None


def _strip_html(text: str) -> str:
    """Return the text of HTML, which some calendars put into descriptions."""
    if TAG.search(text):
        stripper = _HtmlStripper()
        stripper.feed(text)
        stripper.close()
        text = "".join(stripper.parts)
    lines = (line.strip() for line in UNSEEN.sub("", text).replace("\r", "").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:MAX_TEXT_LENGTH]


class _HtmlStripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: str | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 the name is the base class's
        if tag in HIDDEN:
            self._hidden = tag
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.parts.append(data)


__all__ = ["Entry", "Feed", "InvalidCalendar", "read_feed"]
