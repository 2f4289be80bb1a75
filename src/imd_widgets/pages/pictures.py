"""The pictures that are shown with links to pages: 1200 × 630 pixels, as Open Graph wants them."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.availability import ClosedReason
from imd_widgets.context import context_of
from imd_widgets.images.title_card import TitleCard
from imd_widgets.images.title_drawing import draw_title_card
from imd_widgets.pages.closed_pages import Endpoint
from imd_widgets.pages.page_responses import DAY_PICTURE, language_of
from imd_widgets.responses.headers import data_response
from imd_widgets.widget import sunset
from imd_widgets.widget.card import THE_DAY
from imd_widgets.widget.widget import SWITCHED_OFF


async def picture(request: Request, card: TitleCard, *, lasting: bool = True) -> Response:
    site, language = context_of(request), language_of(request)
    draw = partial(draw_title_card, card, language, tuple(site.languages.values()))
    drawn = await site.drawings.get((card, language.tag), draw)
    max_age = site.settings.max_age if lasting else None
    return data_response(request, drawn, "image/png", max_age=max_age)


async def ended_picture(request: Request, end: ClosedReason) -> Response:
    """What is drawn once the campaign is over, or what the picture shows is switched off."""
    gettext = language_of(request).gettext
    if end is ClosedReason.OFF:
        return await picture(request, TitleCard((gettext(SWITCHED_OFF.title),)))
    facts = ((gettext(sunset.OVER),),)
    return await picture(request, TitleCard((gettext(sunset.THANKS),), facts=facts))


def titled(title: str) -> Endpoint:
    """The picture of a page that is not the campaign's own: its title."""

    async def endpoint(request: Request) -> Response:
        return await picture(request, TitleCard((language_of(request).gettext(title),)))

    return endpoint


async def day(request: Request) -> Response:
    return await picture(request, TitleCard((language_of(request).day(THE_DAY),)))


ROUTES = (Route(DAY_PICTURE, day),)
