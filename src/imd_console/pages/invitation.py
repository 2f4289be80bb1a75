"""Accept an invitation: name, address, password and authenticator app in one step."""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.email_addresses import validate
from imd_campaign.events.schemas import Host
from imd_campaign.staff import accounts, invitations, one_time_codes, sessions
from imd_campaign.staff.accounts import NewAccount
from imd_campaign.staff.errors import InvalidField
from imd_campaign.staff.invitations import Acceptance, Invitation
from imd_console.credentials import make_app_values, read_nonce, to_field_error
from imd_console.forms import EMPTY, Form, InvalidForm, read_field, read_fields
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import RECOVERY_CODES
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

PATH = f"{invitations.PATH}{{token}}"
NAME_NEEDED = N_("Enter your name, with up to 100 characters.")
ADDRESS_NEEDED = N_("Enter an e-mail address such as name@example.org.")
CODES = N_("Your account is ready. Keep these recovery codes: they are shown only now.")
APP_NAME = "staff"
MAX_NAME_LENGTH = 100


def show_form(request: StaffRequest) -> Response:
    invitation = invitations.get(request.context, request.path_params["token"])
    return _render(request, invitation, one_time_codes.new_nonce(), EMPTY)


def accept(request: StaffRequest) -> Response:
    token = request.path_params["token"]
    invitation = invitations.get(request.context, token)
    nonce = read_nonce(request.form)
    try:
        accepted = _accept(request, invitation, nonce)
    except InvalidForm as error:
        form = request.form.without("password", "code").with_errors(*error.errors)
        return _render(request, invitation, nonce, form)
    _leave_codes(request, accepted)
    response = redirect(RECOVERY_CODES)
    request.cookies.begin_session(response, accepted.token, accepted.device)
    return response


def _leave_codes(request: StaffRequest, accepted: Acceptance) -> None:
    current = sessions.find(request.context, accepted.token)
    if current is not None:
        codes = list(accepted.recovery_codes)
        notice = {"message": request.gettext(CODES), "shown_once": codes}
        sessions.leave_notice(request.context, current.session.id, notice)


def _accept(request: StaffRequest, invitation: Invitation, nonce: str) -> Acceptance:
    form = request.form
    person = _read_person(request, form) if invitation.account_id is None else {}
    new = NewAccount(
        name=person.get("name", ""),
        email=person.get("email", ""),
        password=form.get("password"),
        code=form.get("code"),
        nonce=nonce,
        lang=request.language.tag,
    )
    token = request.path_params["token"]
    try:
        return invitations.accept(request.context, token, new, request.client)
    except InvalidField as error:
        raise InvalidForm(to_field_error(request, error)) from None


def _read_person(request: StaffRequest, form: Form) -> dict[str, str]:
    name_needed, address_needed = map(request.gettext, (NAME_NEEDED, ADDRESS_NEEDED))
    return read_fields(
        name=lambda: read_field(form, "name", _read_name, name_needed),
        email=lambda: read_field(form, "email", validate, address_needed),
    )


def _read_name(text: str) -> str:
    return Host(name=text, email="name@example.org").name


def _render(request: StaffRequest, invitation: Invitation, nonce: str, form: Form) -> Response:
    known = invitation.account_id and accounts.get_account(request.context, invitation.account_id)
    return render(
        request,
        "invitation.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
        form=form,
        role=invitation.role,
        is_reset=known is not None,
        **make_app_values(request, invitation.id, nonce, APP_NAME),
    )


PAGES = (Page(PATH, None, get=show_form, post=accept, works_read_only=True),)
