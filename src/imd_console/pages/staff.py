"""Staff accounts: invitations, roles, sessions, and locking somebody out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.errors import NotFound
from imd_campaign.staff import accounts, invitations, sessions
from imd_campaign.staff.accounts import Account
from imd_campaign.staff.roles import ROLES, Action
from imd_console.credentials import require_own_password
from imd_console.decisions import keep_entries, read_translated_reason
from imd_console.forms import EMPTY, FieldError, Form, InvalidForm, read_fields
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import ACCOUNTS
from imd_console.rendering import redirect, redirect_with_secrets, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-staff"
INVITE = f"{ACCOUNTS}/invite"
INVITATIONS = f"{ACCOUNTS}/invitations"
ACCOUNT = f"{ACCOUNTS}/{{id}}"

CHOOSE_ROLE = N_("Choose a role.")
INVITED = N_(
    "This is the link of the invitation. It works once, within three days, and is shown only now. "
    "Send it over a channel that only the person can read."
)
WITHDRAWN = N_("The invitation is withdrawn.")
SESSION_ENDED = N_("The session has ended.")


@dataclass(frozen=True, slots=True)
class Change:
    """What an administrator can do with an account, after a page that asks for a reason."""

    title: str
    consequence: str
    button: str
    done: str


CHANGES: Mapping[str, Change] = {
    "role": Change(
        N_("Change the role"),
        N_("All sessions of the account end. The new role counts at the next login."),
        N_("Change the role"),
        N_("The role is changed."),
    ),
    "disable": Change(
        N_("Disable the account"),
        N_(
            "All sessions end at once, and the person cannot sign in until the account is enabled "
            "again."
        ),
        N_("Disable the account"),
        N_("The account is disabled."),
    ),
    "enable": Change(
        N_("Enable the account"),
        N_("The person can sign in again, with the same password, app and role."),
        N_("Enable the account"),
        N_("The account is enabled."),
    ),
    "reset": Change(
        N_("Make a new sign-in link"),
        N_(
            "For somebody who has lost the password or the phone. The password, the app and the "
            "recovery codes stop working at once, and all sessions end. You get a link with which "
            "the person chooses new ones."
        ),
        N_("Make the link"),
        N_(
            "This is the new sign-in link. It works once, within three days, and is shown only "
            "now. Send it over a channel that only the person can read."
        ),
    ),
}


def show_list(request: StaffRequest) -> Response:
    return render(
        request,
        "accounts.html",
        accounts=accounts.list_accounts(request.context),
        invitations=invitations.list_invitations(request.context),
    )


def show(request: StaffRequest) -> Response:
    account = _get(request)
    return render(
        request,
        "staff_account.html",
        account=account,
        is_own=account.id == request.account.id,
        sessions=sessions.list_sessions(request.context, account.id),
    )


def _get(request: StaffRequest) -> Account:
    return accounts.get_account(request.context, request.path_params["id"])


# ------------------------------------------------------------------ invitations


def show_invite(request: StaffRequest) -> Response:
    return _render_invite(request, EMPTY)


def invite(request: StaffRequest) -> Response:
    try:
        entered = _read_confirmed(request, role=partial(_read_role, request))
    except InvalidForm as error:
        return _render_invite(request, keep_entries(request.form, error))
    link = invitations.invite(
        request.context, entered["role"], actor=request.account.id, reason=entered["reason"]
    )
    return redirect_with_secrets(request, ACCOUNTS, request.gettext(INVITED), [link])


def _render_invite(request: StaffRequest, form: Form) -> Response:
    return render(request, "invite.html", status=_choose_status(form), form=form, roles=ROLES)


def withdraw(request: StaffRequest) -> Response:
    invitations.withdraw(
        request.context,
        request.path_params["id"],
        actor=request.account.id,
        reason="withdrawn",
    )
    request.leave_notice(request.gettext(WITHDRAWN))
    return redirect(ACCOUNTS)


# ------------------------------------------------------------------ changes of an account


def show_change(request: StaffRequest) -> Response:
    return _render_change(request, EMPTY.with_values(role=_get_to_change(request).role))


def change(request: StaffRequest) -> Response:
    kind, account = _get_kind(request), _get_to_change(request)
    reads = {"role": partial(_read_role, request)} if kind == "role" else {}
    try:
        entered = _read_confirmed(request, **reads)
    except InvalidForm as error:
        return _render_change(request, keep_entries(request.form, error))
    shown_once = _apply(request, kind, account.id, entered)
    if account.id == request.account.id and kind != "enable":
        return redirect(ACCOUNTS)  # one's own session has just ended
    message = request.gettext(CHANGES[kind].done)
    return redirect_with_secrets(request, f"{ACCOUNTS}/{account.id}", message, shown_once)


def _get_to_change(request: StaffRequest) -> Account:
    """Return the account; one's own has no link, which would end the session that shows it."""
    account = _get(request)
    if _get_kind(request) == "reset" and account.id == request.account.id:
        raise NotFound
    return account


def _apply(
    request: StaffRequest, kind: str, account_id: str, entered: Mapping[str, Any]
) -> list[str]:
    """Change the account; return what is shown once."""
    context = request.context
    signed = {"actor": request.account.id, "reason": entered["reason"]}
    if kind == "reset":
        return [invitations.reset(context, account_id, **signed)]
    if kind == "role":
        accounts.change_role(context, account_id, entered["role"], **signed)
    elif kind == "disable":
        accounts.disable(context, account_id, **signed)
    else:
        accounts.enable(context, account_id, **signed)
    return []


def _get_kind(request: StaffRequest) -> str:
    return request.path.rpartition("/")[2]


def _render_change(request: StaffRequest, form: Form) -> Response:
    return render(
        request,
        "staff_change.html",
        status=_choose_status(form),
        form=form,
        account=_get(request),
        kind=_get_kind(request),
        change=CHANGES[_get_kind(request)],
        roles=ROLES,
    )


def end_session(request: StaffRequest) -> Response:
    account = _get(request)
    sessions.end_one(
        request.context,
        request.path_params["session"],
        account_id=account.id,
        actor=request.account.id,
        reason="ended by an administrator",
    )
    if request.path_params["session"] != request.session.id:
        request.leave_notice(request.gettext(SESSION_ENDED))
    return redirect(f"{ACCOUNTS}/{account.id}")


# ------------------------------------------------------------------ what is entered


def _read_confirmed(request: StaffRequest, **reads: Callable[[], Any]) -> dict[str, Any]:
    """Read a reason and other fields, and ask for the administrator's own password."""
    return read_fields(
        **reads,
        reason=partial(read_translated_reason, request),
        current=partial(require_own_password, request),
    )


def _read_role(request: StaffRequest) -> str:
    role = request.form.get("role")
    if role not in ROLES:
        raise InvalidForm(FieldError("role", request.gettext(CHOOSE_ROLE)))
    return role


def _choose_status(form: Form) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


PAGES = (
    Page(ACCOUNTS, ACTION, get=show_list, navigation=N_("Staff")),
    Page(INVITE, ACTION, get=show_invite, post=invite, works_read_only=True),
    Page(f"{INVITATIONS}/{{id}}/withdraw", ACTION, post=withdraw, works_read_only=True),
    Page(ACCOUNT, ACTION, get=show),
    *(
        Page(f"{ACCOUNT}/{kind}", ACTION, get=show_change, post=change, works_read_only=True)
        for kind in CHANGES
    ),
    Page(f"{ACCOUNT}/sessions/{{session}}", ACTION, post=end_session, works_read_only=True),
)
