from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import ImdError, InvalidRequest, NotFound, PetitionClosed, RateLimited
from imd_sdk.models import Petition
from imd_widgets.caching.source import named
from imd_widgets.context import context_of
from imd_widgets.images.title_card import TitleCard
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.countries import countries
from imd_widgets.pages.forms import Fault, Form, faults, read_form
from imd_widgets.pages.page_responses import (
    Subject,
    about,
    language_of,
    redirect_to,
    show,
)
from imd_widgets.pages.pictures import ended_picture, picture
from imd_widgets.petitions.counter import read_both, tally
from imd_widgets.widget.options import N_

WORDS = {
    "name": N_("Enter your name, with up to 100 characters."),
    "email": N_("Enter a full e-mail address, such as name@example.org."),
    "country": N_("Choose a country from the list."),
}
TOO_MANY = N_("Too many signatures are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your signature could not be sent. What you entered is not lost: please try again.")


async def page(request: Request) -> Response:
    return await _page(request, Form())


async def sign(request: Request) -> Response:
    values = await read_form(request)
    slug = request.path_params["petition"]
    fault = await _send(request, slug, values)
    if fault is None:
        return redirect_to(request, f"/petitions/{quote(slug)}/thanks")
    status, complaints = fault
    return await _page(request, Form(values, complaints), status)


async def thanks(request: Request) -> Response:
    slug = request.path_params["petition"]
    petition = await context_of(request).source.petition(slug, language_of(request).tag)
    subject = _subject(petition.value)
    return show(request, "thanks.html", petition=petition.value, about=about(request, subject))


async def preview(request: Request) -> Response:
    """Without the number: those who show a picture keep it for weeks."""
    language, slug = language_of(request), request.path_params["petition"]
    petition = (await context_of(request).source.petition(slug, language.tag)).value
    card = TitleCard(
        (petition.title, language.gettext(N_("Petition"))),
        petition.lang,
        call=language.gettext(N_("Add your name")) if petition.state == "open" else "",
    )
    return await picture(request, card)


def _subject(petition: Petition) -> Subject:
    path = f"/petitions/{quote(petition.slug, safe='')}"
    return Subject(
        petition.title, petition.summary, path, picture_path=f"{path}.png", embedded=True
    )


async def _send(
    request: Request, slug: str, values: dict[str, str]
) -> tuple[HTTPStatus, tuple[Fault, ...]] | None:
    language = language_of(request)
    client = context_of(request).source.client
    try:
        await client.petitions.sign(
            named(slug),
            name=values.get("name", ""),
            email=values.get("email", ""),
            country=values.get("country", ""),
            lang=language.tag,
            public="public" in values,
            updates="updates" in values,
        )
    except InvalidRequest as error:
        return HTTPStatus.UNPROCESSABLE_ENTITY, faults(error, WORDS, language)
    except PetitionClosed:
        return HTTPStatus.CONFLICT, ()
    except RateLimited:
        return HTTPStatus.TOO_MANY_REQUESTS, (Fault("", language.gettext(TOO_MANY)),)
    except NotFound:
        raise
    except ImdError:
        return HTTPStatus.SERVICE_UNAVAILABLE, (Fault("", language.gettext(NOT_SENT)),)
    return None


async def _page(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    language = language_of(request)
    source, slug = context_of(request).source, request.path_params["petition"]
    petition, count = await read_both(source, slug, language)
    return show(
        request,
        "petition.html",
        status=status,
        about=about(request, _subject(petition)),
        petition=petition,
        tally=tally(count, language),
        form=form,
        countries=countries(language),
        open=petition.state == "open" and status != HTTPStatus.CONFLICT,
    )


ROUTES = (
    *open_until_sunset(Route("/petitions/{petition}.png", preview), instead=ended_picture),
    *open_until_sunset(
        Route("/petitions/{petition}", page),
        Route("/petitions/{petition}", sign, methods=["POST"]),
        Route("/petitions/{petition}/thanks", thanks),
    ),
)
