"""The page of a poster, with the form to reserve prints, and its preview image."""

import secrets
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk.models import Poster
from imd_widgets.context import get_context
from imd_widgets.images.title_card import TitleCard
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.forms import Form
from imd_widgets.pages.page_responses import Subject, describe_page, get_language, render_page
from imd_widgets.pages.preview_images import draw_closed_image, respond_with_image
from imd_widgets.posters.files import choose_artwork, read_file
from imd_widgets.posters.posters import make_poster_view
from imd_widgets.widget.options import N_

MAX_QUANTITY = 10


async def show_page(request: Request) -> Response:
    return await render_poster(request, Form({"key": make_form_key(), "quantity": "1"}))


def make_form_key() -> str:
    """Make the key of a new form, from which the idempotency keys of its requests are derived."""
    return secrets.token_urlsafe(16)


async def render_poster(
    request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    language = get_language(request)
    slug = request.path_params["slug"]
    cached = await get_context(request).source.get_poster(slug, language.tag)
    shown = make_poster_view(cached.value, language)
    return render_page(
        request,
        "poster.html",
        status=status,
        is_cacheable=False,
        metadata=describe_page(request, make_subject(shown.poster)),
        view=shown,
        poster=shown.poster,
        form=form,
        quantities=[(str(n), language.number(n)) for n in range(1, MAX_QUANTITY + 1)],
    )


async def draw_preview(request: Request) -> Response:
    """Draw the preview image with the artwork; without it, the image is not cached."""
    context, language = get_context(request), get_language(request)
    poster = (await context.source.get_poster(request.path_params["slug"], language.tag)).value
    file = choose_artwork(poster)
    artwork = await read_file(context, poster, file) if file else b""
    card = TitleCard(
        (poster.title, language.gettext(N_("Poster"))),
        poster.lang,
        facts=((poster.artist,), (language.digits(str(poster.year)),)),
        artwork_digest=file.sha256 if file and artwork else "",
        artwork=artwork,
    )
    return await respond_with_image(request, card, is_cacheable=file is None or bool(artwork))


def make_subject(poster: Poster) -> Subject:
    path = f"/posters/{quote(poster.slug, safe='')}"
    return Subject(
        poster.title,
        poster.alternative_text,
        path,
        image_path=f"{path}.png",
        image_description=f"{poster.title} · {poster.artist} · {poster.alternative_text}",
        has_widget=True,
    )


ROUTES = (
    *open_until_sunset(Route("/posters/{slug}.png", draw_preview), when_closed=draw_closed_image),
    *open_until_sunset(Route("/posters/{slug}", show_page)),
)
