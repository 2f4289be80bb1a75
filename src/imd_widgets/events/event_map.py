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
from imd_widgets.events.markers import (
    AREA,
    Mark,
    Name,
    names,
    percent,
    told,
)
from imd_widgets.events.options import EventOptions, country_of
from imd_widgets.events.year_events import YearEvents, programme
from imd_widgets.geography import land
from imd_widgets.geography.circle import Circle
from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.views import (
    NEAREST,
    REGIONS,
    WORLD,
    Spot,
    View,
    around,
    fit,
    named,
    near,
)
from imd_widgets.languages import Language
from imd_widgets.widget.freshness import Freshness, dated
from imd_widgets.widget.options import N_, Options, option
from imd_widgets.widget.widget import Widget, WidgetRequest

WIDE, SLIM = 560, 280
OVERVIEW, CITY = 4, 7
AUTO = "auto"

NAMES = {
    "world": N_("World"),
    "africa": N_("Africa"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "latin-america": N_("Latin America and the Caribbean"),
    "north-america": N_("North America"),
    "oceania": N_("Oceania"),
}


def _view(code: str) -> str:
    return AUTO if code in ("", AUTO) else named(code).code


Place = Annotated[str, AfterValidator(_view)]


class ViewOptions(Options):
    view: Place = option(
        AUTO,
        title=N_("Region"),
        help=N_(
            "world, africa, asia, europe, latin-america, north-america, oceania, or "
            "latitude,longitude,zoom such as 19,-99,5. With auto, the map shows the world, or "
            "the countries or city chosen."
        ),
        wrong=N_("The region must be a name such as africa, or a position such as 19,-99,5."),
    )


class EventMapOptions(EventOptions, ViewOptions):
    pass


@dataclass(frozen=True)
class Part:
    """A link to a part of the world."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True)
class EventMapView:
    frame: View
    land: str
    wide: list[Mark]
    slim: list[Mark]
    names: list[Name]
    parts: list[Part]
    days: list[agenda.Day]
    turn: agenda.Pagination
    circle: Circle | None
    total: int
    countries: int
    wider: str
    dated: Freshness


async def load(ask: WidgetRequest[EventMapOptions]) -> EventMapView:
    reading = await programme(ask.site.source, ask.now.year)
    return await crowded(ask) if reading.value.more else view(ask, reading)


async def crowded(ask: WidgetRequest[EventMapOptions]) -> EventMapView:
    """More events than are kept: they are counted by the campaign and not read one by one."""
    options, language = ask.options, ask.language
    crowd = ClusteredEvents(ask.site.source, options, ask.now.date())
    everywhere = await crowd.cells(WORLD)
    frame = _frame(options, [corner for cell in everywhere.value for corner in cell.corners])
    reading = everywhere if frame == WORLD else await crowd.cells(frame)
    cells = crowd.seen(reading.value, frame)
    listed = await crowd.listed(frame, sum(cell.total for cell in cells))
    links = Links(options, frame, listed.leaf)
    here = frozenset(event.id for event in listed.events)
    shown = Shown(
        board=ClusterMarkers(frame, cells, here, links.to, language),
        events=listed.events,
        total=sum(cell.total for cell in crowd.seen(everywhere.value, WORLD)),
        countries=len({country for cell in everywhere.value for country in cell.countries}),
        reading=reading,
    )
    return _drawn(ask, links, shown)


def view(ask: WidgetRequest[EventMapOptions], reading: CachedValue[YearEvents]) -> EventMapView:
    options = ask.options
    wanted = [event for event in reading.value.events if options.wants(event)]
    frame = _frame(options, [_point(event) for event in wanted if event.place])
    listed = agenda.sort_key(_seen(wanted, frame), ask.now)
    links = Links(options, frame, agenda.leaf(options.page, len(listed)))
    shown = Shown(
        board=EventMarkers(frame, listed, links, ask.language),
        events=links.of(listed),
        total=len(wanted),
        countries=len({country_of(event) for event in wanted} - {None}),
        reading=reading,
    )
    return _drawn(ask, links, shown)


@dataclass(frozen=True)
class Links:
    """Addresses of this map with one thing changed."""

    options: EventMapOptions
    frame: View
    leaf: agenda.PageSlice

    def of(self, listed: Sequence[Event]) -> Sequence[Event]:
        return listed[self.leaf.start : self.leaf.end]

    def to(self, view: View) -> str:
        return self.options.address(view=view.code)

    def turned_to(self, page: int) -> str:
        return self.options.address(view=self.frame.code, page=page) + "#list"

    def entry(self, index: int, event: Event) -> str:
        page = index // agenda.PER_PAGE + 1
        here = page == self.leaf.number
        start = "" if here else self.options.address(view=self.frame.code, page=page)
        return f"{start}#{quote(event.id)}"


@dataclass(frozen=True)
class EventMarkers:
    """The markers of one map."""

    frame: View
    listed: Sequence[Event]
    links: Links
    language: Language

    @cached_property
    def spotted(self) -> list[tuple[int, Spot]]:
        spots = ((index, _spot(event, self.frame)) for index, event in enumerate(self.listed))
        return [(index, spot) for index, spot in spots if spot and _takes_place(self.listed[index])]

    def markers(self, width: float) -> list[Marker]:
        found = cluster([spot for _, spot in self.spotted], width, width * self.frame.ratio)
        return [marker._replace(members=self._indexes(marker)) for marker in found]

    def marks(self, markers: Sequence[Marker], width: float) -> list[Mark]:
        return [self._mark(marker, width) for marker in markers]

    def names(self, markers: Sequence[Marker], width: float) -> list[Name]:
        words = [self._shared_name(marker) for marker in markers]
        return names(self.frame, markers, words, width)

    def _indexes(self, marker: Marker) -> tuple[int, ...]:
        return tuple(sorted(self.spotted[member][0] for member in marker.members))

    def _mark(self, marker: Marker, width: float) -> Mark:
        alone = self.listed[marker.members[0]] if len(marker.members) == 1 else None
        area = alone is not None and agenda.private(alone)
        return Mark(
            x=percent(marker.x, width),
            y=percent(marker.y, width * self.frame.ratio),
            radius=AREA if area else marker.radius,
            count=len(marker.members),
            area=area,
            name=alone.title if alone else self._told(marker),
            lang=alone.lang if alone else "",
            href=self._href(marker),
        )

    def _told(self, marker: Marker) -> str:
        return told(len(marker.members), self._main_name(marker), self.language)

    def _href(self, marker: Marker) -> str:
        first = marker.members[0]
        closer = self._closer(marker) if len(marker.members) > 1 else None
        if closer and closer.zoom > self.frame.zoom:
            return self.links.to(closer)
        return self.links.entry(first, self.listed[first])

    def _closer(self, marker: Marker) -> View | None:
        """The view that parts these events; where none does, one with their surroundings."""
        points = [_point(self.listed[member]) for member in marker.members]
        closer = fit(points)
        if closer is None or closer.zoom < NEAREST or _parts_them(closer, points):
            return closer
        return near(closer.lat, closer.lon, CITY)

    def _main_name(self, marker: Marker) -> str:
        return Counter(self._localities(marker)).most_common(1)[0][0]

    def _shared_name(self, marker: Marker) -> str:
        names = set(self._localities(marker))
        return names.pop() if len(names) == 1 else ""

    def _localities(self, marker: Marker) -> list[str]:
        places = (self.listed[member].place for member in marker.members)
        return [place.locality for place in places if place]


@dataclass(frozen=True)
class Shown:
    """What is drawn and listed in one view, and of how many in all."""

    board: EventMarkers | ClusterMarkers
    events: Sequence[Event]
    total: int
    countries: int
    reading: CachedValue[Any]


def _drawn(ask: WidgetRequest[EventMapOptions], links: Links, shown: Shown) -> EventMapView:
    board, frame, circle = shown.board, links.frame, ask.options.circle
    wide = board.markers(WIDE)
    return EventMapView(
        frame=frame,
        land=land.path_of(frame),
        wide=board.marks(wide, WIDE),
        slim=board.marks(board.markers(SLIM), SLIM),
        names=board.names(wide, WIDE),
        parts=_parts(links, ask.language),
        days=list(agenda.days(shown.events, ask.language, ask.now, circle)),
        turn=agenda.turn(links.leaf, links.turned_to),
        circle=circle,
        total=shown.total,
        countries=shown.countries,
        wider=links.to(_wider(frame)) if frame.zoom > 1 else "",
        dated=dated(shown.reading, ask.language),
    )


def _frame(options: EventMapOptions, points: Sequence[tuple[float, float]]) -> View:
    if options.view != AUTO:
        return named(options.view)
    if options.circle:
        return around(options.circle)
    closest = fit(points) if options.country and points else None
    if closest is None:
        return WORLD
    return near(closest.lat, closest.lon, min(closest.zoom, OVERVIEW))


def _wider(frame: View) -> View:
    return near(frame.lat, frame.lon, frame.zoom - 2) if frame.zoom > OVERVIEW else WORLD


def _seen(wanted: Iterable[Event], frame: View) -> list[Event]:
    return [event for event in wanted if frame == WORLD or _spot(event, frame)]


def _spot(event: Event, frame: View) -> Spot | None:
    return frame.spot(*_point(event)) if event.place else None


def _point(event: Event) -> tuple[float, float]:
    if event.place is None:
        raise ValueError("an online event is nowhere")
    return event.place.longitude, event.place.latitude


def _takes_place(event: Event) -> bool:
    return event.state != EventState.CANCELLED


def _parts_them(view: View, points: Iterable[tuple[float, float]]) -> bool:
    spots = [spot for point in points if (spot := view.spot(*point))]
    return len(cluster(spots, SLIM, SLIM * view.ratio)) > 1


def _parts(links: Links, language: Language) -> list[Part]:
    return [
        Part(language.gettext(NAMES[code]), links.to(region), region == links.frame)
        for code, region in REGIONS.items()
    ]


WIDGET = Widget(
    name="event_map",
    title=N_("Event map"),
    path="/w/events",
    options=EventMapOptions,
    load=load,
    meaning=N_("Where events take place: a map and a list, of the world or a region."),
    link=N_("Find an event"),
    link_path="/w/events",
    styles=("agenda",),
    step=60,
    height=970,
    heights={"ru": 1030, "uk": 990, "my": 1010, "fil": 1010, "so": 990},
)
