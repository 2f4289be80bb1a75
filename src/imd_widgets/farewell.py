"""What every widget shows once the campaign is over: what the day was, and what came of it."""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlsplit

from imd_sdk.models import Campaign
from imd_widgets.cache import MISSING, Reading, Unavailable
from imd_widgets.options import N_, Options
from imd_widgets.widget import Ask, Widget

T = TypeVar("T")

DAY_SECONDS = 24 * 60 * 60
HOUR_SECONDS = 60 * 60


@dataclass(frozen=True)
class FarewellView:
    day: date | None
    signed: int
    petition: str
    petition_lang: str
    link: str


async def load(ask: Ask[Options]) -> FarewellView:
    """Tells what is known; a campaign that answers no more takes nothing else away."""
    source, tag = ask.site.source, ask.language.tag
    campaign = await _known(source.campaign(tag))
    slug = ask.path.get("petition") or (campaign.petition if campaign else None)
    petition = await _known(source.petition(slug, tag) if slug else None)
    count = await _known(source.count(slug) if slug else None)
    return FarewellView(
        day=campaign.day if campaign else None,
        signed=count.total if count else 0,
        petition=petition.title if petition else "",
        petition_lang=petition.lang if petition else "",
        link=ask.site.settings.sunset_link or _website(campaign),
    )


async def _known(asked: Coroutine[Any, Any, Reading[T]] | None) -> T | None:
    try:
        return (await asked).value if asked else None
    except (Unavailable, *MISSING):
        return None


def _website(campaign: Campaign | None) -> str:
    website = (campaign.links.website if campaign else None) or ""
    return website if urlsplit(website).scheme in {"http", "https"} else ""


FAREWELL = Widget(
    name="farewell",
    title=N_("Thank you"),
    path="/w/farewell",
    options=Options,
    load=load,
    height=400,
    styles=("figure",),
    step=HOUR_SECONDS,
    max_age=DAY_SECONDS,
)
