"""What a signer can do next: share the petition, go to an event, hang a poster, donate.

None of it depends on who has signed: the country of a signer is not known here, so readers look for
an event on the map themselves.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from imd_sdk import AsyncClient
from imd_sdk.models import Event
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import Context, get_context
from imd_widgets.languages import Language
from imd_widgets.pages.page_responses import get_language
from imd_widgets.posters.posters import PosterView, make_poster_view
from imd_widgets.sharing.share import MessageView, ShareOptions, list_messages
from imd_widgets.urls import keep_web_url

MAX_EVENTS = 20
MAX_POSTERS = 3

Load = Callable[[Context, Language], Awaitable[Any]]


@dataclass(frozen=True)
class NextStep:
    """A part of the page; the content is never empty."""

    name: str
    content: Any


@dataclass(frozen=True)
class ShareMessages:
    lang: str
    messages: tuple[MessageView, ...]


async def load_next_steps(request: Request) -> list[NextStep]:
    """Load the parts in the order of the settings, without those that have nothing to show."""
    context, language = get_context(request), get_language(request)
    names = [name for name in context.settings.after_signing.split(",") if name]
    shown = [name for name in names if not _is_closed(context, name)]
    contents = await gather(*(_load_part(LOADERS[name], context, language) for name in shown))
    parts = zip(shown, contents, strict=True)
    return [NextStep(name, content) for name, content in parts if content]


def _is_closed(context: Context, name: str) -> bool:
    """Return whether the pages of a part are closed: the parts have the names of widgets."""
    return context.closing_rules.closed_reason(name, {}, context.clock()) is not None


async def _load_part(load: Load, context: Context, language: Language) -> Any:
    try:
        return await load(context, language)
    except (Unavailable, *MISSING_ERRORS):
        return None


async def _load_messages(context: Context, language: Language) -> ShareMessages | None:
    kit = (await context.source.get_share_kit(language.tag)).value
    messages = tuple(list_messages(kit, language, ShareOptions()))
    return ShareMessages(kit.lang, messages) if messages else None


async def _has_events(context: Context, _language: Language) -> bool:
    now, client = context.clock(), context.source.client
    cached = await context.source.read(("next-events",), lambda: _load_events(client, context))
    return any(e.state == "public" and now < (e.ends_at or e.starts_at) for e in cached.value)


async def _load_events(client: AsyncClient, context: Context) -> list[Event]:
    yesterday = context.clock().date() - timedelta(days=1)
    return (await anext(client.events.list(from_=yesterday, limit=MAX_EVENTS).pages())).items


async def _load_posters(context: Context, language: Language) -> list[PosterView]:
    posters = (await context.source.list_posters(language.tag)).value
    return [make_poster_view(poster, language) for poster in posters[:MAX_POSTERS]]


async def _load_donation_link(context: Context, language: Language) -> str:
    return keep_web_url((await context.source.get_campaign(language.tag)).value.links.donate)


LOADERS: dict[str, Load] = {
    "share": _load_messages,
    "events": _has_events,
    "posters": _load_posters,
    "donate": _load_donation_link,
}
