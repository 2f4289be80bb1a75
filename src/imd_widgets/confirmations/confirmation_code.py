"""The form for people who type the code from the e-mail instead of opening its link."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import ImdError, InvalidRequest, NotFound, RateLimited
from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import FieldError, Form, list_field_errors, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.widget.options import N_

WORDS = {
    "email": N_("Enter a full e-mail address, such as name@example.org."),
    "code": N_("Enter the eight letters and numbers of the code."),
}
UNKNOWN = N_(
    "There is no open request with this e-mail address and code. Check both, or fill in the form "
    "again."
)
TOO_MANY = N_("Too many attempts. Try again in an hour, or open the link in the e-mail.")
NOT_CHECKED = N_("Your code could not be checked. What you entered is not lost: please try again.")


async def show_page(request: Request) -> Response:
    return _render(request, Form())


async def find(request: Request) -> Response:
    values = await read_form(request)
    try:
        token = await get_context(request).source.client.confirmations.find(
            email=values.get("email", ""), code=values.get("code", "")
        )
    except ImdError as error:
        status, errors = _describe_error(error, get_language(request))
        return _render(request, Form(values, errors), status)
    return redirect_to(request, f"/confirm/{quote(token, safe='')}")


def _describe_error(
    error: ImdError, language: Language
) -> tuple[HTTPStatus, tuple[FieldError, ...]]:
    if isinstance(error, InvalidRequest):
        return HTTPStatus.UNPROCESSABLE_ENTITY, list_field_errors(error, WORDS, language)
    if isinstance(error, NotFound):
        return HTTPStatus.UNPROCESSABLE_ENTITY, (FieldError("", language.gettext(UNKNOWN)),)
    if isinstance(error, RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS, (FieldError("", language.gettext(TOO_MANY)),)
    return HTTPStatus.SERVICE_UNAVAILABLE, (FieldError("", language.gettext(NOT_CHECKED)),)


def _render(request: Request, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return render_page(
        request, "confirmation_code.html", status=status, is_cacheable=False, form=form
    )


ROUTES = open_until_switched_off(
    Route("/confirm", show_page),
    Route("/confirm", find, methods=["POST"]),
)
