from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import Field

from imd_sdk.models import Event
from imd_widgets.caching.cache import CachedValue
from imd_widgets.events import agenda
from imd_widgets.events.calendar import page_of, subscription_to
from imd_widgets.events.clustered_events import ClusteredEvents
from imd_widgets.events.event import view as view_of
from imd_widgets.events.options import EventOptions, country_of
from imd_widgets.events.year_events import YearEvents, programme
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.views import WORLD, View, around
from imd_widgets.widget.freshness import Freshness, dated
from imd_widgets.widget.options import N_, Single
from imd_widgets.widget.widget import MISSING_HERE, Widget, WidgetRequest

PATH = "/w/event-list"
SINGLE_HEIGHT = 540


class EventListOptions(EventOptions):
    event: str = Field(default="", json_schema_extra={"wrong": MISSING_HERE.title})
    """One event by the id in the address of its page, whatever else is chosen."""

    @property
    def single(self) -> Single | None:
        if not self.event:
            return None
        path = f"/events/{quote(self.event, safe='')}"
        return Single(N_("Event"), path, N_("The event's own page"))

    @property
    def further_height(self) -> int:
        return SINGLE_HEIGHT - WIDGET.height_in(self.lang) if self.event else 0


@dataclass(frozen=True)
class EventListView:
    days: list[agenda.Day]
    turn: agenda.Pagination
    total: int
    countries: int
    whole: str
    circle: Circle | None
    calendar: str
    subscription: str
    dated: Freshness


@dataclass(frozen=True)
class SingleView:
    """One event, without the list."""

    entry: agenda.Entry
    when: str
    until: str
    zone: str
    open: bool
    dated: Freshness


@dataclass(frozen=True)
class Shown:
    """What is on one page, and where in all of it that is."""

    events: Sequence[Event]
    turn: agenda.Pagination
    countries: int
    reading: CachedValue[Any]


async def load(ask: WidgetRequest[EventListOptions]) -> EventListView | SingleView:
    if ask.options.event:
        return _single(ask, await ask.site.source.event(ask.options.event))
    reading = await programme(ask.site.source, ask.now.year)
    return await crowded(ask) if reading.value.more else view(ask, reading)


def _single(ask: WidgetRequest[EventListOptions], reading: CachedValue[Event]) -> SingleView:
    language = ask.language
    shown = view_of(reading.value, language, ask.now)
    return SingleView(
        entry=agenda.entry(reading.value, language, ask.now, None),
        when=shown.when,
        until=shown.until,
        zone=shown.zone,
        open=shown.open,
        dated=dated(reading, language),
    )


async def crowded(ask: WidgetRequest[EventListOptions]) -> EventListView:
    """More events than are kept: counted by the campaign, and read a page at a time."""
    circle = ask.options.circle
    crowd, frame = ClusteredEvents(ask.site.source, ask.options, ask.now.date()), _frame(circle)
    cells = await crowd.cells(frame)
    seen = crowd.seen(cells.value, frame)
    listed = await crowd.listed(frame, sum(cell.total for cell in seen))
    turn = agenda.turn(listed.leaf, lambda page: PATH + ask.options.address(page=page))
    countries = len({country for cell in seen for country in cell.countries})
    return _view(ask, Shown(listed.events, turn, countries, listed.reading))


def _frame(circle: Circle | None) -> View:
    return around(circle) if circle else WORLD


def view(ask: WidgetRequest[EventListOptions], reading: CachedValue[YearEvents]) -> EventListView:
    options = ask.options
    wanted = [event for event in reading.value.events if options.wants(event)]
    listed = agenda.sort_key(wanted, ask.now)
    leaf = agenda.leaf(options.page, len(listed))
    turn = agenda.turn(leaf, lambda page: PATH + options.address(page=page))
    countries = len({country_of(event) for event in listed} - {None})
    shown = Shown(listed[leaf.start : leaf.end], turn, countries, reading)
    return _view(ask, shown, whole=bool(reading.value.events))


def _view(
    ask: WidgetRequest[EventListOptions], shown: Shown, *, whole: bool = True
) -> EventListView:
    options, language, reading = ask.options, ask.language, shown.reading
    return EventListView(
        days=list(agenda.days(shown.events, language, ask.now, options.circle)),
        turn=shown.turn,
        total=shown.turn.total,
        countries=shown.countries,
        whole=PATH + options.unsifted if whole else "",
        circle=options.circle,
        calendar=page_of(options),
        subscription=subscription_to(options, ask.site.settings.public_url),
        dated=dated(reading, language),
    )


WIDGET = Widget(
    name="event_list",
    title=N_("Event list"),
    path=PATH,
    options=EventListOptions,
    load=load,
    meaning=N_("Events day by day, everywhere or near a city, with a calendar to subscribe to."),
    link=N_("Find an event"),
    link_path=PATH,
    height=920,
    heights={"en": 870, "es": 940, "fr": 910, "ar": 870, "my": 940, "fil": 1000},
    styles=("agenda",),
)
