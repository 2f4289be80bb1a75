from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import Field

from imd_sdk.models import Event
from imd_widgets.caching.cache import CachedValue
from imd_widgets.events import agenda
from imd_widgets.events.clustered_events import ClusteredEvents
from imd_widgets.events.event import make_view as view_of
from imd_widgets.events.feeds import FeedLink, list_feed_links
from imd_widgets.events.icalendar_export import make_page_path, make_subscription_url
from imd_widgets.events.options import EventOptions, get_country
from imd_widgets.events.paged_events import PagedEvents
from imd_widgets.events.pagination import Pagination, make_slice, paginate
from imd_widgets.events.year_events import YearEvents, load_year_events
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.map_views import WORLD, MapView, make_view_around
from imd_widgets.widget.freshness import Freshness, make_freshness
from imd_widgets.widget.notices import NOT_FOUND
from imd_widgets.widget.options import N_, Single
from imd_widgets.widget.widget import Widget, WidgetRequest

PATH = "/w/event-list"
SINGLE_HEIGHT = 540


class EventListOptions(EventOptions):
    event: str = Field(default="", json_schema_extra={"error": NOT_FOUND.title})
    """The id of a single event, which overrides all other options."""

    @property
    def single(self) -> Single | None:
        if not self.event:
            return None
        path = f"/events/{quote(self.event, safe='')}"
        return Single(N_("Event"), path, N_("The event's own page"))

    @property
    def extra_height(self) -> int:
        return SINGLE_HEIGHT - WIDGET.get_height(self.lang) if self.event else 0


@dataclass(frozen=True)
class EventListView:
    days: list[agenda.Day]
    pagination: Pagination
    total: int
    countries: int
    all_events_url: str
    circle: Circle | None
    calendar: str
    subscription: str
    feeds: list[FeedLink]
    freshness: Freshness


@dataclass(frozen=True)
class SingleView:
    """One event, without the list."""

    entry: agenda.AgendaEntry
    when: str
    until: str
    zone: str
    is_open: bool
    freshness: Freshness


@dataclass(frozen=True)
class ListedEvents:
    """The events on one page of the list."""

    events: Sequence[Event]
    pagination: Pagination
    countries: int
    cached: CachedValue[Any]


async def load(request: WidgetRequest[EventListOptions]) -> EventListView | SingleView:
    if request.options.event:
        return _make_single_view(
            request, await request.context.source.get_event(request.options.event)
        )
    cached = await load_year_events(request.context.source, request.now.year)
    return await load_clustered(request) if cached.value.has_more else make_view(request, cached)


def _make_single_view(
    request: WidgetRequest[EventListOptions], cached: CachedValue[Event]
) -> SingleView:
    language = request.language
    shown = view_of(cached.value, language, request.now)
    return SingleView(
        entry=agenda.make_entry(cached.value, language, request.now, None),
        when=shown.when,
        until=shown.until,
        zone=shown.zone,
        is_open=shown.is_open,
        freshness=make_freshness(cached, language),
    )


async def load_clustered(request: WidgetRequest[EventListOptions]) -> EventListView:
    """Load a page of the list from the campaign, for more events than the cache holds."""
    source, options, today = request.context.source, request.options, request.now.date()
    frame = _choose_frame(options.circle)
    clustered = ClusteredEvents(source, options, today)
    cells = await clustered.load_cells(frame)
    seen = clustered.filter_cells(cells.value, frame)
    paged = PagedEvents(source, options, today, frame)
    listed = await paged.load_page(sum(cell.total for cell in seen))
    pagination = paginate(listed.page_slice, lambda page: PATH + options.make_query(page=page))
    countries = len({country for cell in seen for country in cell.countries})
    return _make_list_view(
        request, ListedEvents(listed.events, pagination, countries, listed.cached)
    )


def _choose_frame(circle: Circle | None) -> MapView:
    return make_view_around(circle) if circle else WORLD


def make_view(
    request: WidgetRequest[EventListOptions], cached: CachedValue[YearEvents]
) -> EventListView:
    options = request.options
    wanted = [event for event in cached.value.events if options.matches(event)]
    listed = agenda.move_past_to_end(wanted, request.now)
    page_slice = make_slice(options.page, len(listed))
    pagination = paginate(page_slice, lambda page: PATH + options.make_query(page=page))
    countries = len({get_country(event) for event in listed} - {None})
    shown = ListedEvents(listed[page_slice.start : page_slice.end], pagination, countries, cached)
    return _make_list_view(request, shown, has_events=bool(cached.value.events))


def _make_list_view(
    request: WidgetRequest[EventListOptions], shown: ListedEvents, *, has_events: bool = True
) -> EventListView:
    options, language, cached = request.options, request.language, shown.cached
    return EventListView(
        days=list(agenda.group_by_day(shown.events, language, request.now, options.circle)),
        pagination=shown.pagination,
        total=shown.pagination.total,
        countries=shown.countries,
        all_events_url=PATH + options.query_without_filters if has_events else "",
        circle=options.circle,
        calendar=make_page_path(options),
        subscription=make_subscription_url(options, request.context.settings.public_url),
        feeds=list_feed_links(options, request.context.settings.public_url),
        freshness=make_freshness(cached, language),
    )


WIDGET = Widget(
    name="event_list",
    title=N_("Event list"),
    path=PATH,
    options=EventListOptions,
    load=load,
    description=N_(
        "Events day by day, everywhere or near a city, with a calendar to subscribe to."
    ),
    link=N_("Find an event"),
    link_path=PATH,
    height=920,
    heights={"en": 870, "es": 940, "fr": 910, "ar": 870, "my": 940, "fil": 1000},
    styles=("agenda",),
)
