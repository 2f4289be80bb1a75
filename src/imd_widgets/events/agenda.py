"""Events in words: day by day, in each event's own time zone."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from imd_sdk.models import Event, EventState, Precision
from imd_widgets.events.event import KINDS
from imd_widgets.geography.circle import Circle
from imd_widgets.languages import Language
from imd_widgets.urls import web_address
from imd_widgets.widget.options import N_

LASTS = timedelta(hours=3)
PER_PAGE = 25


@dataclass(frozen=True)
class Entry:
    event: Event
    time: str
    zone: str
    where: tuple[str, ...]
    country: str
    area: bool
    kind: str
    state: str
    link: str
    away: str

    @property
    def begins(self) -> str:
        return self.event.starts_at.isoformat()


@dataclass(frozen=True)
class Day:
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class PageSlice:
    """One page of the list."""

    number: int
    total: int

    @property
    def start(self) -> int:
        return (self.number - 1) * PER_PAGE

    @property
    def end(self) -> int:
        return self.number * PER_PAGE


@dataclass(frozen=True)
class Pagination:
    """Where in the list one is."""

    first: int
    last: int
    total: int
    before: str
    after: str


def leaf(wanted: int, total: int) -> PageSlice:
    return PageSlice(max(1, min(wanted, ceil(total / PER_PAGE))), total)


def turn(leaf: PageSlice, address: Callable[[int], str]) -> Pagination:
    return Pagination(
        first=leaf.start + 1,
        last=min(leaf.end, leaf.total),
        total=leaf.total,
        before=address(leaf.number - 1) if leaf.number > 1 else "",
        after=address(leaf.number + 1) if leaf.end < leaf.total else "",
    )


def sort_key(events: Iterable[Event], now: datetime) -> list[Event]:
    """What is still to come first, by the clock on the wall where it happens."""
    return sorted(events, key=lambda event: (over(event, now), _wall(event), event.id))


def over(event: Event, now: datetime) -> bool:
    return (event.ends_at or event.starts_at + LASTS) < now


def days(
    events: Iterable[Event], language: Language, now: datetime, circle: Circle | None = None
) -> Iterator[Day]:
    for day, together in groupby(events, key=_date):
        entries = tuple(entry(event, language, now, circle) for event in together)
        yield Day(language.date(day, "full"), entries)


def entry(event: Event, language: Language, now: datetime, circle: Circle | None) -> Entry:
    place = event.place
    names = (None if private(event) else place.name, place.locality) if place else ()
    return Entry(
        event=event,
        time=language.time(_wall(event).replace(tzinfo=UTC)),
        zone=zone_name(event, language),
        where=tuple(dict.fromkeys(name for name in names if name)),
        country=language.territory(place.country) if place else "",
        area=private(event),
        kind=language.gettext(KINDS.get(event.kind, KINDS["other"])),
        state=language.gettext(_state(event, now)) if _state(event, now) else "",
        link=web_address(event.url) if event.online else "",
        away=_away(event, language, circle),
    )


def private(event: Event) -> bool:
    return event.place is not None and event.place.precision == Precision.AREA


def _away(event: Event, language: Language, circle: Circle | None) -> str:
    if circle is None or event.place is None:
        return ""
    return language.kilometres(circle.distance_km(event.place.latitude, event.place.longitude))


def zone_name(event: Event, language: Language) -> str:
    try:
        here = event.starts_at.astimezone(ZoneInfo(event.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return language.utc_offset(event.starts_at)
    return language.zone_name(here)


def _state(event: Event, now: datetime) -> str:
    if event.state == EventState.CANCELLED:
        return N_("Cancelled")
    return N_("Over") if over(event, now) else ""


def _date(event: Event) -> date:
    return event.starts_at.date()


def _wall(event: Event) -> datetime:
    return event.starts_at.replace(tzinfo=None)
