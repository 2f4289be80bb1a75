from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_widgets.caching.cache import Missing
from imd_widgets.context import context_of
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.forms import Fault, Form, read_form
from imd_widgets.pages.page_responses import language_of, show
from imd_widgets.sharing.networks import Post, host_of, mastodon
from imd_widgets.sharing.share import post_of
from imd_widgets.widget.options import N_

WRONG = N_("Enter the name of your server, such as social.example.")


async def page(request: Request) -> Response:
    return await _page(request, Form())


async def send(request: Request) -> Response:
    values = await read_form(request)
    host = host_of(values.get("server", ""))
    if host is None:
        fault = Fault("server", language_of(request).gettext(WRONG))
        return await _page(request, Form(values, (fault,)), HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    address = mastodon(host, await post_wanted(request))
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers)


async def _page(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return show(
        request,
        "mastodon.html",
        status=status,
        forms="'self' https:",
        also="&hashtags=hide" if request.query_params.get("hashtags") == "hide" else "",
        post=await post_wanted(request),
        form=form,
    )


async def post_wanted(request: Request) -> Post:
    """Only a message of the campaign: nobody's own words can be put on this page."""
    language = language_of(request)
    kit = (await context_of(request).source.share_kit(language.tag)).value
    hashtags = "hide" if request.query_params.get("hashtags") == "hide" else "show"
    for message in kit.messages:
        if request.path_params.get("message", message.id) == message.id:
            return post_of(kit, message, language, hashtags=hashtags)
    raise Missing


ROUTES = open_until_sunset(
    Route("/share/mastodon", page),
    Route("/share/mastodon/{message}", page),
    Route("/share/mastodon/{message}", send, methods=["POST"]),
)
