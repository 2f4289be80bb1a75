"""The form that sends the owner of a mailbox the link to what is kept about it."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import ImdError, InvalidRequest, RateLimited
from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import (
    FieldError,
    Form,
    choose_outage_message,
    list_field_errors,
    read_form,
)
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.pages.visitors import get_relay_options
from imd_widgets.widget.options import N_

WORDS = {"email": N_("Enter a full e-mail address, such as name@example.org.")}
TOO_MANY = N_("Too many requests are arriving right now. Please try again in a minute.")
NOT_SENT = N_("Your request could not be sent. Please try again.")


async def show_form(request: Request) -> Response:
    return _render(request, Form())


async def send_link(request: Request) -> Response:
    values = await read_form(request)
    language = get_language(request)
    try:
        await get_context(request).source.client.personal_data.request_link(
            email=values.get("email", ""),
            lang=language.tag,
            proof=values.get("proof") or None,
            **get_relay_options(request),
        )
    except ImdError as error:
        status, errors = _describe_error(error, language)
        return _render(request, Form(values, errors), status)
    return redirect_to(request, "/your-data/sent")


async def show_sent(request: Request) -> Response:
    return render_page(request, "personal_link_sent.html", is_cacheable=False)


def _describe_error(
    error: ImdError, language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (FieldError("", language.gettext(TOO_MANY)),)
    message = language.gettext(choose_outage_message(error, NOT_SENT))
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", message),)


def _render(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return render_page(
        request,
        "personal_link.html",
        status=status,
        scripts=("proof",),
        is_cacheable=False,
        form=form,
    )


ROUTES = open_until_switched_off(
    Route("/your-data", show_form),
    Route("/your-data", send_link, methods=["POST"]),
    Route("/your-data/sent", show_sent),
)
