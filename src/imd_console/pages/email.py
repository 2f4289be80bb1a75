"""The e-mail queue and bounces in numbers, and how to allow e-mail to an address again."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.audit.service import Author
from imd_campaign.email_addresses import validate
from imd_campaign.errors import NotFound
from imd_campaign.mail import overview
from imd_campaign.staff.roles import Action
from imd_campaign.submissions import mailbox_blocks
from imd_console.decisions import read_translated_reason
from imd_console.forms import (
    EMPTY,
    FieldError,
    Form,
    InvalidForm,
    read_field,
    read_fields,
)
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import EMAIL, EMAIL_RETRY, EMAIL_UNBLOCK
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-email"
ADDRESS_NEEDED = N_("Enter an e-mail address such as name@example.org.")
NOT_BLOCKED = N_("E-mail to this address is neither stopped nor bounced.")
UNBLOCKED = N_("E-mail to this address is allowed again.")
RETRIED = N_("The e-mails that could not be delivered are tried again now.")


def show_overview(request: StaffRequest) -> Response:
    return _render(request, EMPTY)


def retry(request: StaffRequest) -> Response:
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render(request, request.form.with_errors(*error.errors))
    author = Author(request.account.id, reason, request.context.now())
    overview.retry_now(request.context, author)
    request.leave_notice(request.gettext(RETRIED))
    return redirect(EMAIL)


def show_unblocking(request: StaffRequest) -> Response:
    return _render_unblocking(request, EMPTY)


def unblock(request: StaffRequest) -> Response:
    try:
        _unblock(request)
    except InvalidForm as error:
        return _render_unblocking(request, request.form.with_errors(*error.errors))
    request.leave_notice(request.gettext(UNBLOCKED))
    return redirect(EMAIL)


def _unblock(request: StaffRequest) -> None:
    form, message = request.form, request.gettext(ADDRESS_NEEDED)
    values = read_fields(
        email=partial(read_field, form, "email", validate, message),
        reason=partial(read_translated_reason, request),
    )
    signed = {"actor": request.account.id, "reason": values["reason"]}
    try:
        mailbox_blocks.unblock(request.context, values["email"], **signed)
    except NotFound:
        raise InvalidForm(FieldError("email", request.gettext(NOT_BLOCKED))) from None


def _render(request: StaffRequest, form: Form) -> Response:
    return render(
        request,
        "email.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
        form=form,
        mail=overview.read_overview(request.context),
        now=request.context.now(),
    )


def _render_unblocking(request: StaffRequest, form: Form) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "email_unblock.html", status=status, form=form)


PAGES = (
    Page(EMAIL, ACTION, get=show_overview, navigation=N_("E-mail")),
    Page(EMAIL_RETRY, ACTION, post=retry),
    Page(EMAIL_UNBLOCK, ACTION, get=show_unblocking, post=unblock),
)
