from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator

from imd_sdk.models import Event, EventState
from imd_widgets.caching.cache import CachedValue
from imd_widgets.events import agenda
from imd_widgets.events.clustered_events import ClusteredEvents, ClusterMarkers
from imd_widgets.events.feeds import FeedLink, list_feed_links
from imd_widgets.events.icalendar_export import make_page_path
from imd_widgets.events.map_overlay import (
    AREA_RADIUS,
    MarkerView,
    PlaceName,
    marker_label,
    place_names,
    to_percent,
)
from imd_widgets.events.marker_layout import SLIM, MarkerLayout, Points, lay_out
from imd_widgets.events.options import EventOptions, get_country
from imd_widgets.events.paged_events import PagedEvents
from imd_widgets.events.pagination import PageSlice, Pagination, find_page, make_slice, paginate
from imd_widgets.events.year_events import YearEvents, load_year_events
from imd_widgets.geography import land
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.clusters import Marker
from imd_widgets.geography.map_views import (
    REGIONS,
    WORLD,
    MapView,
    Spot,
    fit_view,
    make_view_around,
    parse_view,
)
from imd_widgets.geography.map_views import make_view as make_geo_view
from imd_widgets.languages import Language
from imd_widgets.widget.freshness import Freshness, make_freshness
from imd_widgets.widget.options import N_, Options, define_option
from imd_widgets.widget.widget import Widget, WidgetRequest

WIDE = 560
OVERVIEW = 4
AUTO = "auto"

VIEW_NAMES = {
    "world": N_("World"),
    "africa": N_("Africa"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "latin-america": N_("Latin America and the Caribbean"),
    "north-america": N_("North America"),
    "oceania": N_("Oceania"),
}


def _check_view(code: str) -> str:
    return AUTO if code in ("", AUTO) else parse_view(code).code


Place = Annotated[str, AfterValidator(_check_view)]


class ViewOptions(Options):
    view: Place = define_option(
        AUTO,
        title=N_("Region"),
        help=N_(
            "world, africa, asia, europe, latin-america, north-america, oceania, or "
            "latitude,longitude,zoom such as 19,-99,5. With auto, the map shows the world, or "
            "the countries or city chosen."
        ),
        error=N_("The region must be a name such as africa, or a position such as 19,-99,5."),
    )


class EventMapOptions(EventOptions, ViewOptions):
    pass


@dataclass(frozen=True)
class ViewLink:
    """A link to a part of the world."""

    name: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class EventMapView:
    frame: MapView
    land: str
    wide_markers: list[MarkerView]
    narrow_markers: list[MarkerView]
    names: list[PlaceName]
    view_links: list[ViewLink]
    days: list[agenda.Day]
    pagination: Pagination
    circle: Circle | None
    total: int
    countries: int
    wider_url: str
    calendar: str
    feeds: list[FeedLink]
    freshness: Freshness


async def load(request: WidgetRequest[EventMapOptions]) -> EventMapView:
    cached = await load_year_events(request.context.source, request.now.year)
    return await load_clustered(request) if cached.value.has_more else make_view(request, cached)


async def load_clustered(request: WidgetRequest[EventMapOptions]) -> EventMapView:
    """Load events counted by the campaign, for more events than the cache holds."""
    source, options, today = request.context.source, request.options, request.now.date()
    clustered = ClusteredEvents(source, options, today)
    everywhere = await clustered.load_cells(WORLD)
    frame = _choose_frame(options, [corner for cell in everywhere.value for corner in cell.corners])
    cached = everywhere if frame == WORLD else await clustered.load_cells(frame)
    cells = clustered.filter_cells(cached.value, frame)
    paged = PagedEvents(source, options, today, frame)
    listed = await paged.load_page(sum(cell.total for cell in cells))
    links = MapUrls(options, frame, listed.page_slice)
    here = frozenset(event.id for event in listed.events)
    shown = MapEvents(
        markers=ClusterMarkers(frame, cells, here, links.make_view_url, request.language),
        events=listed.events,
        total=sum(cell.total for cell in clustered.filter_cells(everywhere.value, WORLD)),
        countries=len({country for cell in everywhere.value for country in cell.countries}),
        cached=cached,
    )
    return _make_map_view(request, links, shown)


def make_view(
    request: WidgetRequest[EventMapOptions], cached: CachedValue[YearEvents]
) -> EventMapView:
    options = request.options
    wanted = [event for event in cached.value.events if options.matches(event)]
    frame = _choose_frame(options, [_get_point(event) for event in wanted if event.place])
    listed = agenda.move_past_to_end(_filter_visible(wanted, frame), request.now)
    links = MapUrls(options, frame, make_slice(options.page, len(listed)))
    shown = MapEvents(
        markers=EventMarkers(frame, listed, links, request.language),
        events=links.slice_events(listed),
        total=len(wanted),
        countries=len({get_country(event) for event in wanted} - {None}),
        cached=cached,
    )
    return _make_map_view(request, links, shown)


@dataclass(frozen=True)
class MapUrls:
    """URLs of this map with one option changed."""

    options: EventMapOptions
    frame: MapView
    page_slice: PageSlice

    def slice_events(self, listed: Sequence[Event]) -> Sequence[Event]:
        return listed[self.page_slice.start : self.page_slice.end]

    def make_view_url(self, view: MapView) -> str:
        return self.options.make_query(view=view.code)

    def make_page_url(self, page: int) -> str:
        return self.options.make_query(view=self.frame.code, page=page) + "#list"

    def make_entry_url(self, index: int, event: Event) -> str:
        page = find_page(index)
        here = page == self.page_slice.number
        start = "" if here else self.options.make_query(view=self.frame.code, page=page)
        return f"{start}#{quote(event.id)}"


@dataclass(frozen=True)
class EventMarkers:
    """The markers of one map."""

    frame: MapView
    listed: Sequence[Event]
    links: MapUrls
    language: Language

    @cached_property
    def _points(self) -> Points:
        return tuple(
            _get_point(event) if event.place and _is_not_cancelled(event) else None
            for event in self.listed
        )

    def _lay_out(self, width: float) -> MarkerLayout:
        return lay_out(self.frame, self._points, width)

    def place_markers(self, width: float) -> Sequence[Marker]:
        return self._lay_out(width).markers

    def list_views(self, markers: Sequence[Marker], width: float) -> list[MarkerView]:
        closer_views = self._lay_out(width).closer_views
        return [self._make_view(m, width, closer_views.get(m)) for m in markers]

    def list_names(self, markers: Sequence[Marker], width: float) -> list[PlaceName]:
        words = [self._find_shared_name(marker) for marker in markers]
        return place_names(self.frame, markers, words, width)

    def _make_view(self, marker: Marker, width: float, closer: MapView | None) -> MarkerView:
        alone = self.listed[marker.members[0]] if len(marker.members) == 1 else None
        area = alone is not None and agenda.is_private(alone)
        return MarkerView(
            x=to_percent(marker.x, width),
            y=to_percent(marker.y, width * self.frame.ratio),
            radius=AREA_RADIUS if area else marker.radius,
            count=len(marker.members),
            is_area=area,
            name=alone.title if alone else self._describe(marker),
            lang=alone.lang if alone else "",
            href=self._make_url(marker, closer),
        )

    def _describe(self, marker: Marker) -> str:
        return marker_label(len(marker.members), self._find_main_name(marker), self.language)

    def _make_url(self, marker: Marker, closer: MapView | None) -> str:
        first = marker.members[0]
        if closer and closer.zoom > self.frame.zoom:
            return self.links.make_view_url(closer)
        return self.links.make_entry_url(first, self.listed[first])

    def _find_main_name(self, marker: Marker) -> str:
        return Counter(self._list_localities(marker)).most_common(1)[0][0]

    def _find_shared_name(self, marker: Marker) -> str:
        names = set(self._list_localities(marker))
        return names.pop() if len(names) == 1 else ""

    def _list_localities(self, marker: Marker) -> list[str]:
        places = (self.listed[member].place for member in marker.members)
        return [place.locality for place in places if place]


@dataclass(frozen=True)
class MapEvents:
    """The events on the map and in the list, and the totals."""

    markers: EventMarkers | ClusterMarkers
    events: Sequence[Event]
    total: int
    countries: int
    cached: CachedValue[Any]


def _make_map_view(
    request: WidgetRequest[EventMapOptions], links: MapUrls, shown: MapEvents
) -> EventMapView:
    board, frame, circle = shown.markers, links.frame, request.options.circle
    wide = board.place_markers(WIDE)
    return EventMapView(
        frame=frame,
        land=land.make_path(frame),
        wide_markers=board.list_views(wide, WIDE),
        narrow_markers=board.list_views(board.place_markers(SLIM), SLIM),
        names=board.list_names(wide, WIDE),
        view_links=_list_view_links(links, request.language),
        days=list(agenda.group_by_day(shown.events, request.language, request.now, circle)),
        pagination=paginate(links.page_slice, links.make_page_url),
        circle=circle,
        total=shown.total,
        countries=shown.countries,
        wider_url=links.make_view_url(_widen(frame)) if frame.zoom > 1 else "",
        calendar=make_page_path(request.options),
        feeds=list_feed_links(request.options, request.context.settings.public_url),
        freshness=make_freshness(shown.cached, request.language),
    )


def _choose_frame(options: EventMapOptions, points: Sequence[tuple[float, float]]) -> MapView:
    if options.view != AUTO:
        return parse_view(options.view)
    if options.circle:
        return make_view_around(options.circle)
    closest = fit_view(points) if options.country and points else None
    if closest is None:
        return WORLD
    return make_geo_view(closest.lat, closest.lon, min(closest.zoom, OVERVIEW))


def _widen(frame: MapView) -> MapView:
    return make_geo_view(frame.lat, frame.lon, frame.zoom - 2) if frame.zoom > OVERVIEW else WORLD


def _filter_visible(wanted: Iterable[Event], frame: MapView) -> list[Event]:
    if frame == WORLD:
        return list(wanted)
    return [event for event in wanted if _find_spot(event, frame)]


def _find_spot(event: Event, frame: MapView) -> Spot | None:
    return frame.find_spot(*_get_point(event)) if event.place else None


def _get_point(event: Event) -> tuple[float, float]:
    if event.place is None:
        raise ValueError("an online event is nowhere")
    return event.place.longitude, event.place.latitude


def _is_not_cancelled(event: Event) -> bool:
    return event.state != EventState.CANCELLED


def _list_view_links(links: MapUrls, language: Language) -> list[ViewLink]:
    return [
        ViewLink(
            language.gettext(VIEW_NAMES[code]), links.make_view_url(region), region == links.frame
        )
        for code, region in REGIONS.items()
    ]


WIDGET = Widget(
    name="event_map",
    title=N_("Event map"),
    path="/w/events",
    options=EventMapOptions,
    load=load,
    description=N_("Where events take place: a map and a list, of the world or a region."),
    link=N_("Find an event"),
    link_path="/w/events",
    styles=("agenda",),
    step=60,
    height=970,
    heights={"ru": 1030, "uk": 990, "my": 1010, "fil": 1010, "so": 990},
)
