"""Where a press leads that cannot leave: to us, and from here to where it was meant to go.

WordPress's sandbox opens no window, and the page around it follows links to our own host alone.
Nobody can name an address here: each is found anew.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_widgets.caching.cache import Missing
from imd_widgets.context import context_of
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.sharing.mastodon import post_wanted
from imd_widgets.sharing.networks import NETWORKS
from imd_widgets.urls import web_address
from imd_widgets.widget.sunset import link_of

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def after(request: Request) -> Response:
    return _away(await link_of(context_of(request)))


async def online(request: Request) -> Response:
    event = await context_of(request).source.event(request.path_params["id"])
    return _away(web_address(event.value.url))


async def network(request: Request) -> Response:
    wanted = NETWORKS.get(request.path_params["network"])
    if wanted is None:
        raise Missing
    return _away(wanted.href(await post_wanted(request)))


def _away(address: str) -> Response:
    if not address.startswith(("https://", "http://")):
        raise Missing
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)


ROUTES = (
    Route("/after", after),
    *open_until_sunset(
        Route("/events/{id}/online", online),
        Route("/share/{network}/{message}", network),
    ),
)
