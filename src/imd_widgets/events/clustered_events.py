"""More events than the cache holds: the campaign counts them by cell of the map."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote

from imd_sdk.models import Cluster, Precision
from imd_widgets.caching.cache import CachedValue
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.events.map_overlay import (
    AREA_RADIUS,
    MarkerView,
    PlaceName,
    marker_label,
    place_names,
    to_percent,
)
from imd_widgets.events.options import EventOptions, Filters, make_cache_key, make_filters
from imd_widgets.geography.clusters import Marker, cluster
from imd_widgets.geography.map_views import (
    MAX_ZOOM,
    MapView,
    Spot,
    fit_view,
    make_bounding_box,
    make_view,
)
from imd_widgets.geography.polygons import Box
from imd_widgets.languages import Language

ZOOM_STEPS, MAX_CELL_ZOOM = 2, 12


class SingleEvent(NamedTuple):
    id: str
    title: str
    lang: str
    is_area: bool


class Cell(NamedTuple):
    """The public data of the events in one cell of the map."""

    lon: float
    lat: float
    total: int
    box: Box
    locality: str
    countries: tuple[str, ...]
    single_event: SingleEvent | None

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        return (self.box.left, self.box.top), (self.box.right, self.box.bottom)


@dataclass(frozen=True)
class ClusteredEvents:
    """The events that match the options, counted by the campaign and cached.

    The cache key is made of the options and not of the date, so that there is something to show the
    next day.
    """

    source: CachedCampaign
    options: EventOptions
    today: date

    async def load_cells(self, frame: MapView) -> CachedValue[tuple[Cell, ...]]:
        zoom = min(MAX_CELL_ZOOM, frame.zoom + ZOOM_STEPS)
        wanted = {"from_": date(self.today.year, 1, 1), **self._chosen}
        key = ("cells", zoom, make_bounding_box(frame), make_cache_key(self._chosen))
        load_clusters = self.source.client.events.clusters

        async def load() -> tuple[Cell, ...]:
            page = await load_clusters(bbox=make_bounding_box(frame), zoom=zoom, **wanted)
            return tuple(map(_make_cell, page.items))

        return await self.source.read(key, load)

    def filter_cells(self, cells: Sequence[Cell], frame: MapView) -> list[Cell]:
        circle = self.options.circle
        return [
            cell
            for cell in cells
            if frame.find_spot(cell.lon, cell.lat)
            and (circle is None or circle.distance_km(cell.lat, cell.lon) <= circle.radius_km)
        ]

    @cached_property
    def _chosen(self) -> Filters:
        return make_filters(self.options)


def _make_cell(cluster: Cluster) -> Cell:
    event = None
    if cluster.event is not None:
        is_area = cluster.precision == Precision.AREA
        event = SingleEvent(
            cluster.event, cluster.title or cluster.locality, cluster.lang or "", is_area
        )
    countries = tuple(cluster.countries)
    box = Box(*cluster.bbox)
    return Cell(
        cluster.longitude, cluster.latitude, cluster.count, box, cluster.locality, countries, event
    )


@dataclass(frozen=True)
class ClusterMarkers:
    """The markers of a map on which events are counted by cell."""

    frame: MapView
    cells: Sequence[Cell]
    listed_ids: frozenset[str]
    make_url: Callable[[MapView], str]
    language: Language

    @cached_property
    def spots(self) -> list[Spot]:
        found = (self.frame.find_spot(cell.lon, cell.lat) for cell in self.cells)
        return [spot for spot in found if spot]

    def place_markers(self, width: float) -> list[Marker]:
        counts = [cell.total for cell in self.cells]
        return cluster(self.spots, width, width * self.frame.ratio, counts)

    def list_views(self, markers: Sequence[Marker], width: float) -> list[MarkerView]:
        return [self._make_view(marker, width) for marker in markers]

    def list_names(self, markers: Sequence[Marker], width: float) -> list[PlaceName]:
        words = [self._find_shared_name(marker) for marker in markers]
        return place_names(self.frame, markers, words, width)

    def _make_view(self, marker: Marker, width: float) -> MarkerView:
        members = list(self._list_members(marker))
        event = members[0].single_event if len(members) == 1 else None
        is_unlisted = event is not None and event.id not in self.listed_ids
        return MarkerView(
            x=to_percent(marker.x, width),
            y=to_percent(marker.y, width * self.frame.ratio),
            radius=AREA_RADIUS if event and event.is_area else marker.radius,
            count=marker.total,
            is_area=event is not None and event.is_area,
            name=event.title if event else self._describe(marker, members),
            lang=event.lang if event else "",
            href=self._make_event_url(event) if event else self._make_closer_url(members),
            is_new_window=is_unlisted,
        )

    def _list_members(self, marker: Marker) -> Iterator[Cell]:
        return (self.cells[member] for member in marker.members)

    def _describe(self, marker: Marker, members: Sequence[Cell]) -> str:
        largest = max(members, key=lambda cell: cell.total)
        return marker_label(marker.total, largest.locality, self.language)

    def _find_shared_name(self, marker: Marker) -> str:
        found = {cell.locality for cell in self._list_members(marker)}
        return found.pop() if len(found) == 1 else ""

    def _make_event_url(self, event: SingleEvent) -> str:
        event_id = quote(event.id, safe="")
        return (
            f"#{event_id}"
            if event.id in self.listed_ids
            else f"/events/{event_id}?lang={self.language.tag}"
        )

    def _make_closer_url(self, members: Sequence[Cell]) -> str:
        """Link to the view that shows all members, or to their list if no view is closer."""
        closest = fit_view(corner for cell in members for corner in cell.corners)
        if closest is None or closest.zoom <= self.frame.zoom:
            largest = max(members, key=lambda cell: cell.total)
            closest = make_view(largest.lat, largest.lon, min(MAX_ZOOM, self.frame.zoom + 2))
        return self.make_url(closest) if closest.zoom > self.frame.zoom else "#list"
