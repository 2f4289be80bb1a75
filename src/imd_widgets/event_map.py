from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import ceil
from typing import Annotated, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, Field

from imd_sdk import AsyncClient
from imd_sdk.models import Event, EventState
from imd_widgets import agenda
from imd_widgets.cache import Reading
from imd_widgets.geography import land
from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.labels import beside
from imd_widgets.geography.views import NEAREST, REGIONS, WORLD, Spot, View, fit, named, near
from imd_widgets.languages import Language
from imd_widgets.options import N_, Options, option
from imd_widgets.source import Source
from imd_widgets.widget import Ask, Widget

MOST = 2000
PER_PAGE = 25
PER_CALL = 100
WIDE, SLIM = 560, 280
NAMED_AROUND, NAMED = 8, 24
OVERVIEW, CITY = 4, 7
AREA = 10
UTC_ZONE = ZoneInfo("UTC")
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",")) if text else ()


def _countries(text: str) -> str:
    codes = _words(text.upper())
    known = Locale("en").territories
    if any(len(code) != len("MX") or code not in known for code in codes):
        raise ValueError
    return ",".join(codes)


def _tongues(text: str) -> str:
    tags = _words(text)
    if not all(tag.replace("-", "").isalnum() and tag.isascii() for tag in tags):
        raise ValueError
    return ",".join(tags)


def _day(text: object) -> object:
    return date.fromisoformat(text) if isinstance(text, str) and text else text or None


Place = Annotated[str, AfterValidator(_view)]
Countries = Annotated[str, AfterValidator(_countries)]
Tongues = Annotated[str, AfterValidator(_tongues)]
Day = Annotated[date | None, BeforeValidator(_day)]


class EventMapOptions(Options):
    view: Place = option(
        AUTO,
        title=N_("Part of the world"),
        help=N_(
            "world, africa, asia, europe, latin-america, north-america, oceania, or latitude,"
            "longitude,zoom such as 19,-99,5; auto is the world, or the countries chosen."
        ),
        wrong=N_("The part of the world is a name such as africa, or a place such as 19,-99,5."),
    )
    kind: Literal[
        "all",
        "action",
        "gathering",
        "vigil",
        "potluck",
        "rally",
        "march",
        "press",
        "online",
        "other",
    ] = option(
        "all",
        title=N_("Kind of event"),
        help=N_("Only events of this kind."),
        wrong=N_("The kind of event is one of: %(choices)s."),
    )
    country: Countries = option(
        "",
        title=N_("Country"),
        help=N_("Only events in these countries: codes such as MX or ES,PT."),
        wrong=N_("A country is a code of two letters, such as MX; a comma parts several."),
    )
    language: Tongues = option(
        "",
        title=N_("Language of the events"),
        help=N_("Only events held in these languages: codes such as es or ar,fr."),
        wrong=N_("A language of the events is a code such as es; a comma parts several."),
    )
    since: Day = option(
        None,
        title=N_("First day"),
        help=N_("Only events on this day or later, such as 2026-12-18."),
        wrong=N_("The first day is a date such as 2026-12-18."),
    )
    until: Day = option(
        None,
        title=N_("Last day"),
        help=N_("Only events on this day or before, such as 2026-12-18."),
        wrong=N_("The last day is a date such as 2026-12-18."),
    )
    page: int = Field(
        default=1,
        ge=1,
        le=MOST,
        json_schema_extra={"wrong": N_("The page of the list is a number from 1 on.")},
    )

    def wants(self, event: Event) -> bool:
        return all(
            (
                self.kind in ("all", event.kind),
                not self.country or _country(event) in self.country.split(","),
                not self.language or not self._tongues.isdisjoint(map(_primary, event.languages)),
                self.since is None or event.starts_at.date() >= self.since,
                self.until is None or event.starts_at.date() <= self.until,
            )
        )

    @cached_property
    def _tongues(self) -> frozenset[str]:
        return frozenset(map(_primary, self.language.split(",")))


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _country(event: Event) -> str | None:
    return event.place.country if event.place else None


@dataclass(frozen=True)
class Everything:
    """This year's events, as many as are kept."""

    events: tuple[Event, ...]
    more: bool


@dataclass(frozen=True)
class Mark:
    """A marker in per cent of the map, which is drawn at any width."""

    x: float
    y: float
    radius: float
    count: int
    area: bool
    name: str
    lang: str
    href: str


@dataclass(frozen=True)
class Name:
    x: float
    y: float
    dx: float
    dy: float
    anchor: str
    text: str


@dataclass(frozen=True)
class Part:
    """A link to a part of the world."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True)
class Turn:
    """Where in the list one is."""

    first: int
    last: int
    total: int
    before: str
    after: str


@dataclass(frozen=True)
class EventMapView:
    frame: View
    land: str
    wide: list[Mark]
    slim: list[Mark]
    names: list[Name]
    parts: list[Part]
    days: list[agenda.Day]
    turn: Turn
    total: int
    countries: int
    wider: str
    limit: int
    as_of: datetime
    as_of_text: str
    behind: bool


async def load(ask: Ask[EventMapOptions]) -> EventMapView:
    return view(ask, await everything(ask.site.source, ask.now.year))


async def everything(source: Source, year: int) -> Reading[Everything]:
    """One reading serves every map: the options sift it here, not at the campaign."""
    return await source.read(("events", year), lambda: _gather(source.client, date(year, 1, 1)))


async def _gather(client: AsyncClient, since: date) -> Everything:
    events: list[Event] = []
    async for page in client.events.list(from_=since, limit=PER_CALL).pages():
        events += page.items
        if len(events) >= MOST:
            return Everything(tuple(events[:MOST]), more=page.next is not None)
    return Everything(tuple(events), more=False)


def view(ask: Ask[EventMapOptions], reading: Reading[Everything]) -> EventMapView:
    options, language = ask.options, ask.language
    wanted = [event for event in reading.value.events if options.wants(event)]
    frame = _frame(options, wanted)
    listed = agenda.in_order(_seen(wanted, frame), ask.now)
    links = Links(options, frame, _page(options.page, len(listed)))
    board = Board(frame, listed, links, language)
    wide = board.markers(WIDE)
    return EventMapView(
        frame=frame,
        land=land.path_of(frame),
        wide=board.marks(wide, WIDE),
        slim=board.marks(board.markers(SLIM), SLIM),
        names=board.names(wide, WIDE),
        parts=_parts(links, language),
        days=list(agenda.days(listed[links.start : links.end], language, ask.now)),
        turn=_turn(links, len(listed)),
        total=len(wanted),
        countries=len({_country(event) for event in wanted} - {None}),
        wider=links.to(_wider(frame)) if frame.zoom > 1 else "",
        limit=MOST if reading.value.more else 0,
        as_of=reading.read_at,
        as_of_text=language.moment(reading.read_at, UTC_ZONE),
        behind=reading.stale,
    )


@dataclass(frozen=True)
class Links:
    """Addresses of this map with one thing changed."""

    options: EventMapOptions
    frame: View
    page: int

    @property
    def start(self) -> int:
        return (self.page - 1) * PER_PAGE

    @property
    def end(self) -> int:
        return self.page * PER_PAGE

    def to(self, view: View) -> str:
        return self._query(view=view.code)

    def turned_to(self, page: int) -> str:
        return self._query(view=self.frame.code, page=page) + "#list"

    def entry(self, index: int, event: Event) -> str:
        page = index // PER_PAGE + 1
        start = "" if page == self.page else self._query(view=self.frame.code, page=page)
        return f"{start}#{quote(event.id)}"

    def _query(self, **changed: object) -> str:
        kept = self.options.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        changed = {name: value for name, value in changed.items() if value != 1}
        return "?" + urlencode(kept | changed, safe=",")


@dataclass(frozen=True)
class Board:
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
        if len(markers) > (NAMED if self.frame.zoom else NAMED_AROUND):
            return []
        height = width * self.frame.ratio
        words = [self._shared_name(marker) for marker in markers]
        return [
            Name(
                x=_percent(label.marker.x, width),
                y=_percent(label.marker.y, height),
                dx=label.dx,
                dy=round(label.dy, 1),
                anchor=label.anchor,
                text=label.text,
            )
            for label in beside(markers, words, width, height)
        ]

    def _indexes(self, marker: Marker) -> tuple[int, ...]:
        return tuple(sorted(self.spotted[member][0] for member in marker.members))

    def _mark(self, marker: Marker, width: float) -> Mark:
        alone = self.listed[marker.members[0]] if len(marker.members) == 1 else None
        area = alone is not None and agenda.private(alone)
        return Mark(
            x=_percent(marker.x, width),
            y=_percent(marker.y, width * self.frame.ratio),
            radius=AREA if area else marker.radius,
            count=len(marker.members),
            area=area,
            name=alone.title if alone else self._told(marker),
            lang=alone.lang if alone else "",
            href=self._href(marker),
        )

    def _told(self, marker: Marker) -> str:
        return self.language.ngettext(
            "%(num)s event around %(place)s",
            "%(num)s events around %(place)s",
            len(marker.members),
            place=self._main_name(marker),
        )

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


def _frame(options: EventMapOptions, wanted: Sequence[Event]) -> View:
    if options.view != AUTO:
        return named(options.view)
    points = [_point(event) for event in wanted if event.place]
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


def _page(wanted: int, events: int) -> int:
    return max(1, min(wanted, ceil(events / PER_PAGE)))


def _turn(links: Links, total: int) -> Turn:
    return Turn(
        first=links.start + 1,
        last=min(links.end, total),
        total=total,
        before=links.turned_to(links.page - 1) if links.page > 1 else "",
        after=links.turned_to(links.page + 1) if links.end < total else "",
    )


def _percent(pixels: float, whole: float) -> float:
    return round(100 * pixels / whole, 1)


WIDGET = Widget(
    name="event_map",
    title=N_("Event map"),
    path="/w/events",
    options=EventMapOptions,
    load=load,
    meaning=N_("Where the day is marked: a map and a list, of the world or a part of it."),
    link=N_("Find an event"),
    link_path="/w/events",
    height=970,
)
