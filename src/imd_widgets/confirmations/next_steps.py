"""What a signer can do next: share the petition, go to an event, hang a poster, donate.

Of the signer, only the country is known: the next events there are shown or, if there are none, the
next events online.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from imd_sdk import AsyncClient
from imd_sdk.models import Event
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import Context, get_context
from imd_widgets.events.agenda import is_over
from imd_widgets.events.event import EventView, make_view
from imd_widgets.languages import Language
from imd_widgets.pages.page_responses import get_language
from imd_widgets.posters.posters import PosterView, make_poster_view
from imd_widgets.sharing.share import MessageView, ShareOptions, list_messages
from imd_widgets.urls import keep_web_url

MAX_READ_EVENTS = 20
MAX_EVENTS = 3
MAX_POSTERS = 3


@dataclass(frozen=True)
class Reader:
    context: Context
    language: Language
    country: str | None
    """ISO 3166-1 alpha-2."""


Load = Callable[[Reader], Awaitable[Any]]


@dataclass(frozen=True)
class NextStep:
    """A part of the page; the content is never empty."""

    name: str
    content: Any


@dataclass(frozen=True)
class ShareMessages:
    lang: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True)
class UpcomingEvents:
    """The next events for a reader; there may be others elsewhere."""

    events: tuple[EventView, ...]


async def load_next_steps(request: Request, country: str | None) -> list[NextStep]:
    """Load the parts in the order of the settings, without those that have nothing to show."""
    context = get_context(request)
    reader = Reader(context, get_language(request), country)
    names = [name for name in context.settings.after_signing.split(",") if name]
    shown = [name for name in names if not _is_closed(context, name)]
    contents = await gather(*(_load_part(LOADERS[name], reader) for name in shown))
    parts = zip(shown, contents, strict=True)
    return [NextStep(name, content) for name, content in parts if content]


def _is_closed(context: Context, name: str) -> bool:
    """Return whether the pages of a part are closed: the parts have the names of widgets."""
    return context.closing_rules.closed_reason(name, {}, context.clock()) is not None


async def _load_part(load: Load, reader: Reader) -> Any:
    try:
        return await load(reader)
    except (Unavailable, *MISSING_ERRORS):
        return None


async def _load_messages(reader: Reader) -> ShareMessages | None:
    kit = (await reader.context.source.get_share_kit(reader.language.tag)).value
    messages = tuple(list_messages(kit, reader.language, ShareOptions()))
    return ShareMessages(kit.lang, messages) if messages else None


async def _load_events(reader: Reader) -> UpcomingEvents | None:
    found = await _load_upcoming(reader.context, country=reader.country) if reader.country else []
    found = found or await _load_upcoming(reader.context, online=True)
    if not found and not await _load_upcoming(reader.context):
        return None
    now = reader.context.clock()
    shown = found[:MAX_EVENTS]
    return UpcomingEvents(tuple(make_view(event, reader.language, now) for event in shown))


async def _load_upcoming(context: Context, **filters: Any) -> list[Event]:
    now, client = context.clock(), context.source.client
    key = ("next-events", *filters.items())
    cached = await context.source.read(key, lambda: _read_first_page(client, now, filters))
    return [event for event in cached.value if event.state == "public" and not is_over(event, now)]


async def _read_first_page(
    client: AsyncClient, now: datetime, filters: Mapping[str, Any]
) -> list[Event]:
    yesterday = now.date() - timedelta(days=1)
    pages = client.events.list(from_=yesterday, limit=MAX_READ_EVENTS, **filters).pages()
    return (await anext(pages)).items


async def _load_posters(reader: Reader) -> list[PosterView]:
    posters = (await reader.context.source.list_posters(reader.language.tag)).value
    return [make_poster_view(poster, reader.language) for poster in posters[:MAX_POSTERS]]


async def _load_donation_link(reader: Reader) -> str:
    campaign = (await reader.context.source.get_campaign(reader.language.tag)).value
    return keep_web_url(campaign.links.donate)


LOADERS: dict[str, Load] = {
    "share": _load_messages,
    "events": _load_events,
    "posters": _load_posters,
    "donate": _load_donation_link,
}
