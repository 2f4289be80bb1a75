from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_widgets.caching.cache import Missing
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.forms import FieldError, Form, read_form
from imd_widgets.pages.page_responses import get_language, render_page
from imd_widgets.sharing.networks import Post, make_mastodon_url, parse_host
from imd_widgets.sharing.share import make_post
from imd_widgets.widget.options import N_

INVALID_SERVER = N_("Enter the name of your server, such as social.example.")


async def show_page(request: Request) -> Response:
    return await _render(request, Form())


async def send(request: Request) -> Response:
    values = await read_form(request)
    host = parse_host(values.get("server", ""))
    if host is None:
        field_error = FieldError("server", get_language(request).gettext(INVALID_SERVER))
        return await _render(request, Form(values, (field_error,)), HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    address = make_mastodon_url(host, await find_post(request))
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers)


async def _render(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return render_page(
        request,
        "mastodon.html",
        status=status,
        form_action="'self' https:",
        other_parameters="&hashtags=hide" if request.query_params.get("hashtags") == "hide" else "",
        post=await find_post(request),
        form=form,
    )


async def find_post(request: Request) -> Post:
    """Find one of the campaign's messages: nobody can put their own words on this page."""
    language = get_language(request)
    kit = (await get_context(request).source.get_share_kit(language.tag)).value
    hashtags = "hide" if request.query_params.get("hashtags") == "hide" else "show"
    for message in kit.messages:
        if request.path_params.get("message", message.id) == message.id:
            return make_post(kit, message, language, hashtags=hashtags)
    raise Missing


ROUTES = open_until_sunset(
    Route("/share/mastodon", show_page),
    Route("/share/mastodon/{message}", show_page),
    Route("/share/mastodon/{message}", send, methods=["POST"]),
)
