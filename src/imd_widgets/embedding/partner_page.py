"""The page of a partner, behind a link of its own: its numbers, embed codes and sheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import ImdError
from imd_sdk.models import PartnerNumbers, PartnerPetition
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import Context, get_context
from imd_widgets.embedding.snippet import make_snippet
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.page_responses import get_language, render_page
from imd_widgets.petitions import counter, petition_widget
from imd_widgets.petitions.petition import make_petition_path
from imd_widgets.widget.widget import Widget

CHART_WIDTH, CHART_HEIGHT, MAX_DAYS = 640, 160, 60
WIDGETS = (petition_widget.WIDGET, counter.WIDGET)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PartnerCode:
    """The code that shows a widget, and counts people who sign through it for the partner."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class PartnerPetitionView:
    petition: PartnerPetition
    bars: list[Bar]
    countries: list[tuple[str, int]]
    codes: list[PartnerCode]
    link: str
    sheet_path: str


async def show_page(request: Request) -> Response:
    numbers, language = await _load(request), get_language(request)
    context = get_context(request)
    response = render_page(
        request,
        "partner.html",
        is_cacheable=False,
        styles=("partner",),
        partner=numbers,
        published_on=language.date(numbers.published_on) if numbers.published_on else "",
        petitions=[_make_view(one, numbers.source, context, language) for one in numbers.petitions],
        chart_width=CHART_WIDTH,
        chart_height=CHART_HEIGHT,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _load(request: Request) -> PartnerNumbers:
    token = require_name(request.path_params["token"])
    try:
        return await get_context(request).source.client.partners.page(
            token, lang=get_language(request).tag
        )
    except MISSING_ERRORS:
        raise
    except ImdError as error:
        raise Unavailable from error


def _make_view(
    petition: PartnerPetition, source: str, context: Context, language: Language
) -> PartnerPetitionView:
    path, lang = make_petition_path(petition.petition), language.tag
    home, slug = context.settings.public_url, petition.petition
    given = {"lang": lang, "source": source}
    most_first = sorted(petition.countries, key=lambda place: (-place.count, place.country))
    return PartnerPetitionView(
        petition=petition,
        bars=draw_bars([day.count for day in petition.days[-MAX_DAYS:]]),
        countries=[(language.territory(place.country), place.count) for place in most_first],
        codes=[_make_code(widget, slug, given, context) for widget in WIDGETS],
        link=f"{home}{path}?lang={lang}&source={quote(source, safe='')}",
        sheet_path=f"{path}/sheet?lang={lang}&source={quote(source, safe='')}",
    )


def draw_bars(counts: list[int]) -> list[Bar]:
    """Draw a bar for each day, from the left; none while nothing is published."""
    highest = max(counts, default=0)
    if not highest:
        return []
    step = CHART_WIDTH / len(counts)
    heights = (round(CHART_HEIGHT * count / highest, 1) for count in counts)
    return [
        Bar(round(step * at, 1), round(CHART_HEIGHT - height, 1), round(step * 0.8, 1), height)
        for at, height in enumerate(heights)
    ]


def _make_code(
    widget: Widget[Any], slug: str, given: Mapping[str, str], context: Context
) -> PartnerCode:
    options = widget.options.model_validate(given, context={"languages": context.languages})
    language, home = context.languages[options.lang], context.settings.public_url
    snippet = make_snippet(widget, options, language, {"petition": slug}, home)
    return PartnerCode(widget.name, language.gettext(widget.title), snippet.html)


ROUTES = open_until_switched_off(Route("/partners/{token}", show_page))
