"""This year's events, read once for all maps and lists."""

from dataclasses import dataclass
from datetime import date

from imd_sdk import AsyncClient
from imd_sdk.models import Event, Page
from imd_widgets.caching.cache import CachedValue
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.events.agenda import sort_events

MAX_EVENTS = 2000
PER_CALL = 100


@dataclass(frozen=True)
class YearEvents:
    events: tuple[Event, ...]
    has_more: bool


async def load_year_events(source: CachedCampaign, year: int) -> CachedValue[YearEvents]:
    """Load the year's events, by local time; the options filter them here, not at the campaign."""
    page = await source.read(("events",), lambda: _load_events(source.client, date(year, 1, 1)))
    events = YearEvents(tuple(page.value.items), has_more=page.value.next is not None)
    return CachedValue(events, page.read_at, is_stale=page.is_stale)


async def _load_events(client: AsyncClient, since: date) -> Page[Event]:
    events: list[Event] = []
    async for page in client.events.list(from_=since, limit=PER_CALL).pages():
        events += page.items
        if len(events) >= MAX_EVENTS:
            return Page[Event](items=sort_events(events[:MAX_EVENTS]), next=page.next)
    return Page[Event](items=sort_events(events))
