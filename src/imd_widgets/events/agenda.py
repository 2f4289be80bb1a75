"""The list of events, day by day, in each event's own time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from imd_sdk.models import Event, EventState, Precision
from imd_widgets.events.event import KINDS
from imd_widgets.geography.circle import Circle
from imd_widgets.languages import Language
from imd_widgets.urls import keep_web_url
from imd_widgets.widget.options import N_

DEFAULT_DURATION = timedelta(hours=3)


@dataclass(frozen=True)
class AgendaEntry:
    event: Event
    time: str
    zone: str
    where: tuple[str, ...]
    country: str
    is_area: bool
    kind: str
    state: str
    link: str
    distance: str

    @property
    def begins(self) -> str:
        return self.event.starts_at.isoformat()


@dataclass(frozen=True)
class Day:
    name: str
    entries: tuple[AgendaEntry, ...]


def sort_events(events: Iterable[Event]) -> list[Event]:
    """Sort events by local time."""
    return sorted(events, key=lambda event: (_get_local_time(event), event.id))


def move_past_to_end(events: Iterable[Event], now: datetime) -> list[Event]:
    return sorted(events, key=lambda event: is_over(event, now))


def is_over(event: Event, now: datetime) -> bool:
    return (event.ends_at or event.starts_at + DEFAULT_DURATION) < now


def group_by_day(
    events: Iterable[Event], language: Language, now: datetime, circle: Circle | None = None
) -> Iterator[Day]:
    for day, together in groupby(events, key=_get_local_date):
        entries = tuple(make_entry(event, language, now, circle) for event in together)
        yield Day(language.date(day, "full"), entries)


def make_entry(
    event: Event, language: Language, now: datetime, circle: Circle | None
) -> AgendaEntry:
    place = event.place
    names = (None if is_private(event) else place.name, place.locality) if place else ()
    return AgendaEntry(
        event=event,
        time=language.time(_get_local_time(event).replace(tzinfo=UTC)),
        zone=get_zone_name(event, language),
        where=tuple(dict.fromkeys(name for name in names if name)),
        country=language.territory(place.country) if place else "",
        is_area=is_private(event),
        kind=language.gettext(KINDS.get(event.kind, KINDS["other"])),
        state=language.gettext(_describe_state(event, now)) if _describe_state(event, now) else "",
        link=keep_web_url(event.url) if event.online else "",
        distance=_describe_distance(event, language, circle),
    )


def is_private(event: Event) -> bool:
    return event.place is not None and event.place.precision == Precision.AREA


def _describe_distance(event: Event, language: Language, circle: Circle | None) -> str:
    if circle is None or event.place is None:
        return ""
    return language.kilometres(circle.distance_km(event.place.latitude, event.place.longitude))


def get_zone_name(event: Event, language: Language) -> str:
    try:
        here = event.starts_at.astimezone(ZoneInfo(event.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return language.utc_offset(event.starts_at)
    return language.zone_name(here)


def _describe_state(event: Event, now: datetime) -> str:
    if event.state == EventState.CANCELLED:
        return N_("Cancelled")
    return N_("Over") if is_over(event, now) else ""


def _get_local_date(event: Event) -> date:
    return event.starts_at.date()


def _get_local_time(event: Event) -> datetime:
    return event.starts_at.replace(tzinfo=None)
