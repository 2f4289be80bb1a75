"""What every widget shows once the campaign is over: what the day was, and what came of it."""

from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from imd_sdk.models import Campaign
from imd_widgets.caching.cache import MISSING, CachedValue, Unavailable
from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.urls import web_address
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.widget import Widget, WidgetRequest

T = TypeVar("T")

DAY_SECONDS = 24 * 60 * 60
HOUR_SECONDS = 60 * 60
THANKS = N_("Thank you")
OVER = N_("This campaign is over. Thank you to everybody who took part.")


@dataclass(frozen=True)
class SunsetView:
    day: date | None
    signed: int
    petition: str
    petition_lang: str
    link: str
    as_of: datetime | None


class SunsetOptions(Options):
    untold: frozenset[str] = frozenset()
    """Petitions of which nothing is said."""


def ask(
    site: Context, language: Language, look: Appearance, places: Mapping[str, str]
) -> WidgetRequest[SunsetOptions]:
    now = site.clock()
    off = frozenset(site.ends.switches(now).petitions)
    chosen: Any = {"lang": language.tag, **asdict(look), "untold": off}
    return WidgetRequest(site, language, SunsetOptions.model_construct(**chosen), places, now)


async def load(ask: WidgetRequest[SunsetOptions]) -> SunsetView:
    """Tells what is known; a campaign that answers no more takes nothing else away."""
    source, tag = ask.site.source, ask.language.tag
    campaign = await _known(source.campaign(tag))
    slug = ask.path.get("petition") or (campaign.petition if campaign else None)
    slug = None if slug in ask.options.untold else slug
    petition = await _known(source.petition(slug, tag) if slug else None)
    count = await _known(source.count(slug) if slug else None)
    return SunsetView(
        day=campaign.day if campaign else None,
        signed=count.total if count else 0,
        petition=petition.title if petition else "",
        petition_lang=petition.lang if petition else "",
        as_of=count.as_of if count else None,
        link=_link(ask.site, campaign),
    )


async def _known(asked: Coroutine[Any, Any, CachedValue[T]] | None) -> T | None:
    try:
        return (await asked).value if asked else None
    except (Unavailable, *MISSING):
        return None


async def link_of(site: Context) -> str:
    campaign = await _known(site.source.campaign(site.languages.source.tag))
    return _link(site, campaign)


def _link(site: Context, campaign: Campaign | None) -> str:
    website = campaign.links.website if campaign else None
    return site.settings.sunset_link or web_address(website)


SUNSET = Widget(
    name="farewell",
    title=THANKS,
    path="/w/farewell",
    options=SunsetOptions,
    load=load,
    height=400,
    styles=("figure",),
    step=HOUR_SECONDS,
    max_age=DAY_SECONDS,
)
