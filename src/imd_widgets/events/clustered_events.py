"""More events than are kept: the campaign counts them by cells, and lists a page at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote

from imd_sdk.models import Cluster, Event, Page, Precision
from imd_widgets.caching.cache import MISSING, CachedValue
from imd_widgets.caching.source import Source
from imd_widgets.events import agenda
from imd_widgets.events.markers import (
    AREA,
    Mark,
    Name,
    names,
    percent,
    told,
)
from imd_widgets.events.options import EventOptions, Filters, asked_around, asked_of_campaign
from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.outlines import Box
from imd_widgets.geography.views import NEAREST, WORLD, Spot, View, fit, near, wrapped
from imd_widgets.languages import Language

FINER, FINEST = 2, 12
MOST_STEPS = 40
WHOLE = (-180.0, -90.0, 180.0, 90.0)
TURN = 360


class SingleEvent(NamedTuple):
    id: str
    title: str
    lang: str
    area: bool


class Cell(NamedTuple):
    """The events in a cell of the map, as far as they are told."""

    lon: float
    lat: float
    total: int
    box: Box
    locality: str
    countries: tuple[str, ...]
    lone: SingleEvent | None

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        return (self.box.left, self.box.top), (self.box.right, self.box.bottom)


@dataclass(frozen=True)
class Listed:
    """One page of the list, and which."""

    reading: CachedValue[Page[Event]]
    leaf: agenda.PageSlice

    @property
    def events(self) -> Sequence[Event]:
        return self.reading.value.items


@dataclass(frozen=True)
class ClusteredEvents:
    """The events that the options choose, asked for at the campaign and kept as they come.

    They are kept by what was chosen, not by today, so that the next day has something to show.
    What is over is left out of the list, unless its first day is chosen.
    """

    source: Source
    options: EventOptions
    today: date

    async def cells(self, frame: View) -> CachedValue[tuple[Cell, ...]]:
        zoom = min(FINEST, frame.zoom + FINER)
        wanted = {"from_": date(self.today.year, 1, 1), **self._chosen}
        key = ("cells", zoom, box_of(frame), _told(self._chosen))
        ask = self.source.client.events.clusters

        async def load() -> tuple[Cell, ...]:
            page = await ask(bbox=box_of(frame), zoom=zoom, **wanted)
            return tuple(map(_cell, page.items))

        return await self.source.read(key, load)

    def seen(self, cells: Sequence[Cell], frame: View) -> list[Cell]:
        circle = self.options.circle
        return [
            cell
            for cell in cells
            if frame.spot(cell.lon, cell.lat)
            and (circle is None or circle.distance_km(cell.lat, cell.lon) <= circle.radius_km)
        ]

    async def listed(self, frame: View, counted: int) -> Listed:
        """The page that is wanted; the last that there is, or how far one reader may walk."""
        filters = {**self._chosen, **self._place(frame)}
        number, cursor = self._nearest(filters)
        try:
            return await self._walk(filters, number, cursor, counted)
        except MISSING:
            if cursor is None:
                raise
            return await self._walk(filters, 1, None, counted)

    def _nearest(self, filters: Filters) -> tuple[int, str | None]:
        """Where a page begins is remembered of every page that was seen."""
        for number in range(self.options.page, 1, -1):
            cursor = self.source.cursors.get((number, _told(filters)))
            if cursor is not None:
                return number, cursor
        return 1, None

    async def _walk(
        self, filters: Filters, number: int, cursor: str | None, counted: int
    ) -> Listed:
        furthest = min(self.options.page, number + MOST_STEPS)
        reading = await self._page(filters, cursor)
        while (following := reading.value.next) is not None:
            self.source.cursors.put((number + 1, _told(filters)), following)
            if number == furthest:
                break
            number += 1
            reading = await self._page(filters, following)
        known = (number - 1) * agenda.PER_PAGE + len(reading.value.items)
        total = max(known + 1, counted) if following is not None else known
        return Listed(reading, agenda.PageSlice(number, total))

    async def _page(self, filters: Filters, cursor: str | None) -> CachedValue[Page[Event]]:
        key = ("page", cursor, _told(filters))
        wanted = {"from_": self.today - timedelta(days=1), **filters}

        async def load() -> Page[Event]:
            pages = self.source.client.events.list(limit=agenda.PER_PAGE, cursor=cursor, **wanted)
            return await anext(pages.pages())

        return await self.source.read(key, load)

    @cached_property
    def _chosen(self) -> Filters:
        return asked_of_campaign(self.options)

    def _place(self, frame: View) -> Filters:
        circle = self.options.circle
        if circle is not None:
            return asked_around(circle)
        return {} if frame == WORLD else {"bbox": box_of(frame)}


def _told(filters: Filters) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(filters.items()))


def box_of(frame: View) -> tuple[float, float, float, float]:
    """West, south, east, north; west is the greater one across the antimeridian."""
    seen = frame.bounds
    if frame == WORLD or seen.right - seen.left >= TURN:
        return WHOLE
    south, north = max(-90.0, seen.top), min(90.0, seen.bottom)
    return (
        round(wrapped(seen.left), 4),
        round(south, 4),
        round(wrapped(seen.right), 4),
        round(north, 4),
    )


def _cell(told: Cluster) -> Cell:
    lone = None
    if told.event is not None:
        area = told.precision == Precision.AREA
        lone = SingleEvent(told.event, told.title or told.locality, told.lang or "", area)
    countries = tuple(told.countries)
    box = Box(*told.bbox)
    return Cell(told.longitude, told.latitude, told.count, box, told.locality, countries, lone)


@dataclass(frozen=True)
class ClusterMarkers:
    """The markers of a map whose events are only counted."""

    frame: View
    cells: Sequence[Cell]
    here: frozenset[str]
    to: Callable[[View], str]
    language: Language

    @cached_property
    def spots(self) -> list[Spot]:
        found = (self.frame.spot(cell.lon, cell.lat) for cell in self.cells)
        return [spot for spot in found if spot]

    def markers(self, width: float) -> list[Marker]:
        counts = [cell.total for cell in self.cells]
        return cluster(self.spots, width, width * self.frame.ratio, counts)

    def marks(self, markers: Sequence[Marker], width: float) -> list[Mark]:
        return [self._mark(marker, width) for marker in markers]

    def names(self, markers: Sequence[Marker], width: float) -> list[Name]:
        words = [self._shared_name(marker) for marker in markers]
        return names(self.frame, markers, words, width)

    def _mark(self, marker: Marker, width: float) -> Mark:
        members = list(self._members(marker))
        lone = members[0].lone if len(members) == 1 else None
        away = lone is not None and lone.id not in self.here
        return Mark(
            x=percent(marker.x, width),
            y=percent(marker.y, width * self.frame.ratio),
            radius=AREA if lone and lone.area else marker.radius,
            count=marker.total,
            area=lone is not None and lone.area,
            name=lone.title if lone else self._told(marker, members),
            lang=lone.lang if lone else "",
            href=self._page_of(lone) if lone else self._closer(members),
            away=away,
        )

    def _members(self, marker: Marker) -> Iterator[Cell]:
        return (self.cells[member] for member in marker.members)

    def _told(self, marker: Marker, members: Sequence[Cell]) -> str:
        most = max(members, key=lambda cell: cell.total)
        return told(marker.total, most.locality, self.language)

    def _shared_name(self, marker: Marker) -> str:
        found = {cell.locality for cell in self._members(marker)}
        return found.pop() if len(found) == 1 else ""

    def _page_of(self, lone: SingleEvent) -> str:
        event = quote(lone.id, safe="")
        return f"#{event}" if lone.id in self.here else f"/events/{event}?lang={self.language.tag}"

    def _closer(self, members: Sequence[Cell]) -> str:
        """The view that shows all of them; their list, where nothing is closer."""
        closest = fit(corner for cell in members for corner in cell.corners)
        if closest is None or closest.zoom <= self.frame.zoom:
            most = max(members, key=lambda cell: cell.total)
            closest = near(most.lat, most.lon, min(NEAREST, self.frame.zoom + 2))
        return self.to(closest) if closest.zoom > self.frame.zoom else "#list"
