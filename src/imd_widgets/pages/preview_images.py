"""Preview images of pages: 1200 × 630 pixels, as Open Graph recommends."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import get_context
from imd_widgets.images.title_card import TitleCard
from imd_widgets.images.title_drawing import draw_title_card
from imd_widgets.migrants_day import MIGRANTS_DAY
from imd_widgets.pages.closed_pages import Endpoint
from imd_widgets.pages.page_responses import DAY_IMAGE_PATH, get_language
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.widget import sunset
from imd_widgets.widget.notices import SWITCHED_OFF


async def respond_with_image(
    request: Request, card: TitleCard, *, is_cacheable: bool = True
) -> Response:
    context, language = get_context(request), get_language(request)
    draw = partial(draw_title_card, card, language, tuple(context.languages.values()))
    drawn = await context.image_cache.get((card, language.tag), draw)
    max_age = context.settings.max_age if is_cacheable else None
    return respond_with_data(request, drawn, "image/png", max_age=max_age)


async def draw_closed_image(request: Request, reason: ClosedReason) -> Response:
    """Draw the image that is shown once its subject is over or switched off."""
    gettext = get_language(request).gettext
    if reason is ClosedReason.OFF:
        return await respond_with_image(request, TitleCard((gettext(SWITCHED_OFF.title),)))
    facts = ((gettext(sunset.OVER),),)
    return await respond_with_image(request, TitleCard((gettext(sunset.THANKS),), facts=facts))


def make_title_endpoint(title: str) -> Endpoint:
    """Make the endpoint of a preview image that shows a title only."""

    async def endpoint(request: Request) -> Response:
        return await respond_with_image(request, TitleCard((get_language(request).gettext(title),)))

    return endpoint


async def draw_day(request: Request) -> Response:
    return await respond_with_image(request, TitleCard((get_language(request).day(MIGRANTS_DAY),)))


ROUTES = (Route(DAY_IMAGE_PATH, draw_day),)
