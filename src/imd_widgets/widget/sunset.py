"""What every widget shows once the campaign is over: the day, and the result."""

from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from imd_sdk.models import Campaign
from imd_widgets.caching.cache import MISSING_ERRORS, CachedValue, Unavailable
from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.urls import keep_web_url
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
    hidden_petitions: frozenset[str] = frozenset()
    """Petitions that are switched off and not mentioned."""


def make_request(
    context: Context, language: Language, appearance: Appearance, path_params: Mapping[str, str]
) -> WidgetRequest[SunsetOptions]:
    now = context.clock()
    off = frozenset(context.closing_rules.switches(now).petitions)
    chosen: Any = {"lang": language.tag, **asdict(appearance), "hidden_petitions": off}
    return WidgetRequest(
        context, language, SunsetOptions.model_construct(**chosen), path_params, now
    )


async def load(request: WidgetRequest[SunsetOptions]) -> SunsetView:
    """Load the data that are available; an unreachable campaign does not hide the rest."""
    source, tag = request.context.source, request.language.tag
    campaign = await _load_or_none(source.get_campaign(tag))
    slug = request.path_params.get("petition") or (campaign.petition if campaign else None)
    slug = None if slug in request.options.hidden_petitions else slug
    petition = await _load_or_none(source.get_petition(slug, tag) if slug else None)
    count = await _load_or_none(source.get_count(slug) if slug else None)
    return SunsetView(
        day=campaign.day if campaign else None,
        signed=count.total if count else 0,
        petition=petition.title if petition else "",
        petition_lang=petition.lang if petition else "",
        as_of=count.as_of if count else None,
        link=_get_link(request.context, campaign),
    )


async def _load_or_none(loading: Coroutine[Any, Any, CachedValue[T]] | None) -> T | None:
    try:
        return (await loading).value if loading else None
    except (Unavailable, *MISSING_ERRORS):
        return None


async def load_link(context: Context) -> str:
    campaign = await _load_or_none(context.source.get_campaign(context.languages.source.tag))
    return _get_link(context, campaign)


def _get_link(context: Context, campaign: Campaign | None) -> str:
    website = campaign.links.website if campaign else None
    return context.settings.sunset_link or keep_web_url(website)


SUNSET = Widget(
    name="sunset",
    title=THANKS,
    path="/w/sunset",
    options=SunsetOptions,
    load=load,
    height=400,
    styles=("figure",),
    step=HOUR_SECONDS,
    max_age=DAY_SECONDS,
)
