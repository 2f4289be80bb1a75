"""One's own account: sessions, password, authenticator app, recovery codes and language."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.staff import accounts, one_time_codes, sessions
from imd_campaign.staff.errors import InvalidField
from imd_campaign.staff.roles import Action
from imd_console.credentials import (
    make_app_values,
    read_nonce,
    require_own_password,
    to_field_error,
)
from imd_console.forms import EMPTY, FieldError, Form, InvalidForm
from imd_console.languages import N_, read_languages
from imd_console.page import Page
from imd_console.paths import ACCOUNT, RECOVERY_CODES
from imd_console.rendering import redirect, redirect_with_secrets, redirect_with_token, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "use-own-account"
PASSWORD, APP, LANGUAGE = f"{ACCOUNT}/password", f"{ACCOUNT}/app", f"{ACCOUNT}/language"
SESSIONS = f"{ACCOUNT}/sessions"

LANGUAGE_SAVED = N_("The language is saved.")
PASSWORD_CHANGED = N_("Your password is changed. All your other sessions have ended.")
APP_CHANGED = N_(
    "Your new app is set up, and your other sessions have ended. Keep these recovery codes: the "
    "earlier ones no longer work, and these are shown only now."
)
CODES_MADE = N_(
    "Keep these recovery codes: the earlier ones no longer work, and these are shown only now."
)
SESSION_ENDED = N_("The session has ended.")
SESSIONS_ENDED = N_("All your other sessions have ended.")
NOT_REPEATED = N_("This is not what you entered as the new password.")
OWN_REASON = "own account"


def show(request: StaffRequest) -> Response:
    account, context = request.account, request.context
    return render(
        request,
        "account.html",
        sessions=sessions.list_sessions(context, account.id),
        code_count=accounts.count_recovery_codes(context, account.id),
        form=EMPTY.with_values(lang=account.lang or ""),
    )


def set_language(request: StaffRequest) -> Response:
    tag = request.form.get("lang")
    lang = tag if tag in read_languages() else None
    accounts.set_language(request.context, request.account.id, lang)
    language = read_languages()[lang] if lang else request.language
    request.leave_notice(language.gettext(LANGUAGE_SAVED))
    return redirect(ACCOUNT)


# ------------------------------------------------------------------ password


def show_password(request: StaffRequest) -> Response:
    return _render_password(request, EMPTY)


def change_password(request: StaffRequest) -> Response:
    form = request.form
    if form.get("password") != form.get("repeated"):
        return _render_password(
            request, EMPTY, FieldError("repeated", request.gettext(NOT_REPEATED))
        )
    try:
        token = accounts.change_password(
            request.context, request.own_session, form.get("current"), form.get("password")
        )
    except InvalidField as error:
        return _render_password(request, EMPTY, to_field_error(request, error))
    request.leave_notice(request.gettext(PASSWORD_CHANGED))
    return redirect_with_token(request, ACCOUNT, token)


def _render_password(request: StaffRequest, form: Form, *errors: FieldError) -> Response:
    form = form.with_errors(*errors)
    return render(request, "password.html", status=_choose_status(form), form=form)


def _choose_status(form: Form) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


# ------------------------------------------------------------------ app and recovery codes


def ask_for_app(request: StaffRequest) -> Response:
    return render(request, "app_password.html")


def set_up_app(request: StaffRequest) -> Response:
    """Show a code to scan once the password is right; then check what the app shows."""
    try:
        confirmed = require_own_password(request)
    except InvalidForm as error:
        return _ask_for_password_again(request, *error.errors)
    if not request.form.get("code"):
        return _render_app(request, one_time_codes.new_nonce())
    return _change_app(request, confirmed, read_nonce(request.form))


def _ask_for_password_again(request: StaffRequest, *errors: FieldError) -> Response:
    form = EMPTY.with_errors(*errors)
    return render(request, "app_password.html", status=_choose_status(form), form=form)


def _change_app(request: StaffRequest, confirmed: Mapping[Any, Any], nonce: str) -> Response:
    code = request.form.get("code")
    try:
        changed = accounts.change_authenticator(
            request.context, request.own_session, confirmed, nonce, code
        )
    except InvalidField as error:
        shown = to_field_error(request, error)
        if error.field == "current":
            return _ask_for_password_again(request, shown)
        return _render_app(request, nonce, shown)
    request = replace(request, session_token=changed.token)
    message = request.gettext(APP_CHANGED)
    return redirect_with_secrets(request, RECOVERY_CODES, message, changed.recovery_codes)


def _render_app(request: StaffRequest, nonce: str, *errors: FieldError) -> Response:
    form = EMPTY.with_errors(*errors)
    values = make_app_values(request, request.account.id, nonce, "staff")
    return render(request, "app.html", status=_choose_status(form), form=form, **values)


def show_codes(request: StaffRequest) -> Response:
    return _render_codes(request, EMPTY)


def replace_codes(request: StaffRequest) -> Response:
    try:
        codes = accounts.replace_recovery_codes(
            request.context,
            request.account.id,
            request.session.id,
            request.form.get("current"),
        )
    except InvalidField as error:
        return _render_codes(request, EMPTY.with_errors(to_field_error(request, error)))
    return redirect_with_secrets(request, RECOVERY_CODES, request.gettext(CODES_MADE), codes)


def _render_codes(request: StaffRequest, form: Form) -> Response:
    count = accounts.count_recovery_codes(request.context, request.account.id)
    status = _choose_status(form)
    return render(request, "recovery_codes.html", status=status, form=form, code_count=count)


# ------------------------------------------------------------------ sessions


def end_session(request: StaffRequest) -> Response:
    account_id = request.account.id
    sessions.end_one(
        request.context,
        request.path_params["id"],
        account_id=account_id,
        actor=account_id,
        reason=OWN_REASON,
    )
    request.leave_notice(request.gettext(SESSION_ENDED))
    return redirect(ACCOUNT)


def end_others(request: StaffRequest) -> Response:
    token = sessions.end_others(request.context, request.own_session, reason=OWN_REASON)
    request.leave_notice(request.gettext(SESSIONS_ENDED))
    return redirect_with_token(request, ACCOUNT, token)


PAGES = (
    Page(ACCOUNT, ACTION, get=show, navigation=N_("Your account")),
    Page(LANGUAGE, ACTION, post=set_language, works_read_only=True),
    Page(PASSWORD, ACTION, get=show_password, post=change_password, works_read_only=True),
    Page(APP, ACTION, get=ask_for_app, post=set_up_app, works_read_only=True),
    Page(RECOVERY_CODES, ACTION, get=show_codes, post=replace_codes, works_read_only=True),
    Page(SESSIONS, ACTION, post=end_others, works_read_only=True),
    Page(f"{SESSIONS}/{{id}}", ACTION, post=end_session, works_read_only=True),
)
