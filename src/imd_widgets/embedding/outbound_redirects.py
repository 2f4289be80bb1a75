"""Redirects for links in sandboxed frames.

WordPress's sandbox opens no window, and the page around it follows links to our own host only. The
target is never taken from the request, so these are no open redirects.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_widgets.caching.cache import Missing
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.sharing.mastodon import find_post
from imd_widgets.sharing.networks import NETWORKS
from imd_widgets.urls import keep_web_url
from imd_widgets.widget.sunset import load_link

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def redirect_after_sunset(request: Request) -> Response:
    return _redirect(await load_link(get_context(request)))


async def redirect_to_online_event(request: Request) -> Response:
    event = await get_context(request).source.get_event(request.path_params["id"])
    return _redirect(keep_web_url(event.value.url))


async def redirect_to_network(request: Request) -> Response:
    wanted = NETWORKS.get(request.path_params["network"])
    if wanted is None:
        raise Missing
    return _redirect(wanted.href(await find_post(request)))


def _redirect(address: str) -> Response:
    if not address.startswith(("https://", "http://")):
        raise Missing
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, HEADERS)


ROUTES = (
    Route("/after", redirect_after_sunset),
    *open_until_sunset(
        Route("/events/{id}/online", redirect_to_online_event),
        Route("/share/{network}/{message}", redirect_to_network),
    ),
)
