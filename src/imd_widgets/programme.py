"""This year's events, as many as are kept, in one reading for every map and list."""

from dataclasses import dataclass
from datetime import date

from imd_sdk import AsyncClient
from imd_sdk.models import Event
from imd_widgets.cache import Reading
from imd_widgets.source import Source

MOST = 2000
PER_CALL = 100


@dataclass(frozen=True)
class Programme:
    events: tuple[Event, ...]
    more: bool

    @property
    def limit(self) -> int:
        return MOST if self.more else 0


async def programme(source: Source, year: int) -> Reading[Programme]:
    """The options of a widget sift it here, not at the campaign."""
    return await source.read(("events", year), lambda: _gather(source.client, date(year, 1, 1)))


async def _gather(client: AsyncClient, since: date) -> Programme:
    events: list[Event] = []
    async for page in client.events.list(from_=since, limit=PER_CALL).pages():
        events += page.items
        if len(events) >= MOST:
            return Programme(tuple(events[:MOST]), more=page.next is not None)
    return Programme(tuple(events), more=False)
