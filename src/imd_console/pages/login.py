"""Sign in and out."""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.staff import login, sessions
from imd_campaign.staff.errors import LoginFailed
from imd_campaign.staff.login import Credentials
from imd_console.forms import FieldError
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import LOGIN, OVERVIEW
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

FAILED = N_("This did not match. Check the e-mail address, the password and the code.")


def show_form(request: StaffRequest) -> Response:
    if request.current is not None:
        return redirect(OVERVIEW)
    return render(request, "login.html")


def log_in(request: StaffRequest) -> Response:
    form = request.form
    credentials = Credentials(form.get("email"), form.get("password"), form.get("code"))
    try:
        found = login.log_in(request.context, credentials, request.login_origin, request.client)
    except LoginFailed:
        shown = form.without("password", "code").with_errors(
            FieldError("email", request.gettext(FAILED))
        )
        return render(request, "login.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, form=shown)
    response = redirect(OVERVIEW)
    request.cookies.begin_session(response, found.token, found.device)
    return response


def log_out(request: StaffRequest) -> Response:
    sessions.end(request.context, request.session_token or "")
    response = redirect(LOGIN)
    request.cookies.drop(response, request.cookies.session)
    return response


PAGES = (
    Page(LOGIN, None, get=show_form, post=log_in, works_read_only=True),
    Page("/staff/logout", "use-own-account", post=log_out, works_read_only=True),
)
