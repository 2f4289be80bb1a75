from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import (
    CampaignClosed,
    ImdError,
    InvalidRequest,
    NotFound,
    PetitionClosed,
    RateLimited,
)
from imd_sdk.models import Petition
from imd_widgets.caching.cached_campaign import require_name
from imd_widgets.context import get_context
from imd_widgets.images.title_card import TitleCard
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.countries import list_countries
from imd_widgets.pages.forms import (
    FieldError,
    Form,
    choose_outage_message,
    list_field_errors,
    read_form,
)
from imd_widgets.pages.page_responses import (
    Subject,
    describe_page,
    get_language,
    redirect_to,
    render_page,
)
from imd_widgets.pages.preview_images import draw_closed_image, respond_with_image
from imd_widgets.pages.visitors import get_relay_options
from imd_widgets.petitions.counter import load_petition_and_count, make_count
from imd_widgets.widget.options import N_, SOURCE_NAME

WORDS = {
    "name": N_("Enter your name, with up to 100 characters."),
    "email": N_("Enter a full e-mail address, such as name@example.org."),
    "country": N_("Choose a country from the list."),
}
TOO_MANY = N_("Too many signatures are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your signature could not be sent. What you entered is not lost: please try again.")


async def show_page(request: Request) -> Response:
    return await _render(request, Form())


async def sign(request: Request) -> Response:
    values = await read_form(request)
    slug = request.path_params["petition"]
    rejection = await _send(request, slug, values)
    if rejection is None:
        return redirect_to(request, f"/petitions/{quote(slug)}/thanks")
    status, errors = rejection
    return await _render(request, Form(values, errors), status)


async def show_thanks(request: Request) -> Response:
    slug = request.path_params["petition"]
    petition = await get_context(request).source.get_petition(slug, get_language(request).tag)
    subject = _make_subject(petition.value)
    return render_page(
        request,
        "petition_thanks.html",
        petition=petition.value,
        metadata=describe_page(request, subject),
    )


async def draw_preview(request: Request) -> Response:
    """Draw the preview image, without the number: sites cache it for weeks."""
    language, slug = get_language(request), request.path_params["petition"]
    petition = (await get_context(request).source.get_petition(slug, language.tag)).value
    card = TitleCard(
        (petition.title, language.gettext(N_("Petition"))),
        petition.lang,
        call=language.gettext(N_("Add your name")) if petition.state == "open" else "",
    )
    return await respond_with_image(request, card)


def get_source(request: Request) -> str:
    """Return the source in the query, under which a partner's signatures are counted."""
    source = request.query_params.get("source", "")
    return source if SOURCE_NAME.fullmatch(source) else ""


def make_petition_path(slug: str) -> str:
    return f"/petitions/{quote(slug, safe='')}"


def _make_subject(petition: Petition) -> Subject:
    path = make_petition_path(petition.slug)
    return Subject(
        petition.title, petition.summary, path, image_path=f"{path}.png", has_widget=True
    )


async def _send(
    request: Request, slug: str, values: dict[str, str]
) -> tuple[HTTPStatus, tuple[FieldError, ...]] | None:
    language = get_language(request)
    client = get_context(request).source.client
    try:
        await client.petitions.sign(
            require_name(slug),
            name=values.get("name", ""),
            email=values.get("email", ""),
            country=values.get("country", ""),
            lang=language.tag,
            source=get_source(request) or None,
            proof=values.get("proof") or None,
            **get_relay_options(request),
        )
    except (PetitionClosed, CampaignClosed):
        return HTTPStatus.CONFLICT, ()
    except NotFound:
        raise
    except ImdError as error:
        return _describe_error(error, language)
    return None


def _describe_error(
    error: ImdError, language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (FieldError("", language.gettext(TOO_MANY)),)
    message = language.gettext(choose_outage_message(error, NOT_SENT))
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", message),)


async def _render(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    language = get_language(request)
    source, slug = get_context(request).source, request.path_params["petition"]
    petition, count = await load_petition_and_count(source, slug, language)
    signed_through = get_source(request)
    return render_page(
        request,
        "petition.html",
        status=status,
        scripts=("proof",),
        metadata=describe_page(request, _make_subject(petition)),
        petition=petition,
        count=make_count(count, language),
        form=form,
        countries=list_countries(language),
        other_parameters=f"&source={signed_through}" if signed_through else "",
        is_open=petition.state == "open" and status != HTTPStatus.CONFLICT,
    )


ROUTES = (
    *open_until_sunset(
        Route("/petitions/{petition}.png", draw_preview), when_closed=draw_closed_image
    ),
    *open_until_sunset(
        Route("/petitions/{petition}", show_page),
        Route("/petitions/{petition}", sign, methods=["POST"]),
        Route("/petitions/{petition}/thanks", show_thanks),
    ),
)
