"""More events than the cache holds: the campaign lists them by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from imd_sdk.models import Event, Page
from imd_widgets.caching.cache import MISSING_ERRORS, CachedValue
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.events.options import (
    EventOptions,
    FilterKey,
    Filters,
    make_cache_key,
    make_circle_filter,
    make_filters,
)
from imd_widgets.events.pagination import PER_PAGE, PageSlice
from imd_widgets.geography.map_views import WORLD, MapView, make_bounding_box

MAX_STEPS = 40


@dataclass(frozen=True)
class EventPage:
    """A page of the list, and its slice."""

    cached: CachedValue[Page[Event]]
    page_slice: PageSlice

    @property
    def events(self) -> Sequence[Event]:
        return self.cached.value.items


@dataclass(frozen=True)
class PagedEvents:
    """The list of the events in a frame that match the options, requested page by page and cached.

    The campaign links each page to the next by a cursor; known cursors are kept. The cache key is
    made of the options and not of the date, so that there is something to show the next day. Past
    events are left out unless a first day is chosen.
    """

    source: CachedCampaign
    options: EventOptions
    today: date
    frame: MapView

    async def load_page(self, counted: int) -> EventPage:
        """Load the requested page, or the last one, or the last within `MAX_STEPS` requests."""
        number, cursor = self._find_cursor()
        try:
            return await self._walk(number, cursor, counted)
        except MISSING_ERRORS:
            if cursor is None:
                raise
            return await self._walk(1, None, counted)

    def _find_cursor(self) -> tuple[int, str | None]:
        """Find the nearest known cursor at or before the requested page."""
        for number in range(self.options.page, 1, -1):
            cursor = self.source.cursors.get((number, self._cache_key))
            if cursor is not None:
                return number, cursor
        return 1, None

    async def _walk(self, number: int, cursor: str | None, counted: int) -> EventPage:
        furthest = min(self.options.page, number + MAX_STEPS)
        cached = await self._read_page(cursor)
        while (following := cached.value.next) is not None:
            self.source.cursors.put((number + 1, self._cache_key), following)
            if number == furthest:
                break
            number += 1
            cached = await self._read_page(following)
        known = (number - 1) * PER_PAGE + len(cached.value.items)
        total = max(known + 1, counted) if following is not None else known
        return EventPage(cached, PageSlice(number, total))

    async def _read_page(self, cursor: str | None) -> CachedValue[Page[Event]]:
        key = ("page", cursor, self._cache_key)
        wanted = {"from_": self.today - timedelta(days=1), **self._filters}

        async def load() -> Page[Event]:
            pages = self.source.client.events.list(limit=PER_PAGE, cursor=cursor, **wanted)
            return await anext(pages.pages())

        return await self.source.read(key, load)

    @cached_property
    def _cache_key(self) -> FilterKey:
        return make_cache_key(self._filters)

    @cached_property
    def _filters(self) -> Filters:
        return {**make_filters(self.options), **self._make_place_filter()}

    def _make_place_filter(self) -> Filters:
        circle = self.options.circle
        if circle is not None:
            return make_circle_filter(circle)
        return {} if self.frame == WORLD else {"bbox": make_bounding_box(self.frame)}
