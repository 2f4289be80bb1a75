"""API keys of partners and staff: create, change the quota, revoke."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.api_keys import service
from imd_campaign.api_keys.service import QUOTAS, Key
from imd_campaign.audit.service import Author
from imd_campaign.errors import NotFound
from imd_campaign.staff.roles import Action
from imd_console.credentials import require_own_password
from imd_console.decisions import keep_entries, read_translated_reason
from imd_console.forms import (
    EMPTY,
    FieldError,
    Form,
    InvalidForm,
    read_field,
    read_fields,
)
from imd_console.key_creation import CREATED, OTHER_SCOPES, SCOPE_NAMES, read_scopes
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import KEYS, NEW_KEY
from imd_console.rendering import redirect, redirect_with_secrets, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-keys"
MAX_NAME_LENGTH = 100
NAME_NEEDED = N_("Enter who the key is for, with up to 100 characters.")
QUOTA_NEEDED = N_("Enter a whole number from 1 to 1,000,000,000.")
QUOTA_NEEDS_SCOPE = N_("Only keys that submit signatures have a quota.")
CHANGED = N_("The quota was changed.")
REVOKED = N_("The key was revoked, and works no more.")


def show_list(request: StaffRequest) -> Response:
    keys = service.list_keys(request.context.database)
    return render(request, "keys.html", keys=sorted(keys, key=_get_rank))


def _get_rank(key: Key) -> tuple[bool, str]:
    return key.revoked_at is not None, key.name.casefold()


def show_form(request: StaffRequest) -> Response:
    return _render_form(request, EMPTY)


def create(request: StaffRequest) -> Response:
    try:
        text, key = _create(request)
    except InvalidForm as error:
        return _render_form(request, keep_entries(request.form, error))
    return redirect_with_secrets(request, f"{KEYS}/{key.id}", request.gettext(CREATED), [text])


def _create(request: StaffRequest) -> tuple[str, Key]:
    form = request.form
    values = read_fields(
        name=partial(read_field, form, "name", _read_name, request.gettext(NAME_NEEDED)),
        scopes=partial(read_scopes, request, OTHER_SCOPES),
        reason=partial(read_translated_reason, request),
        hourly_quota=partial(_read_quota, request, is_needed=False),
        current=partial(require_own_password, request),
    )
    author = _make_author(request, values.pop("reason"))
    del values["current"]
    now = request.context.now()
    try:
        return service.create(request.context.database, now=now, author=author, **values)
    except ValueError:
        message = request.gettext(QUOTA_NEEDS_SCOPE)
        raise InvalidForm(FieldError("quota", message)) from None


def show_key(request: StaffRequest) -> Response:
    return _render_key(request, EMPTY)


def set_quota(request: StaffRequest) -> Response:
    key = _find(request)
    try:
        values = read_fields(
            quota=partial(_read_quota, request, is_needed=True),
            reason=partial(read_translated_reason, request),
        )
    except InvalidForm as error:
        return _render_key(request, request.form.with_errors(*error.errors))
    author = _make_author(request, values["reason"])
    service.set_quota(request.context.database, key.id, values["quota"], author)
    request.leave_notice(request.gettext(CHANGED))
    return redirect(f"{KEYS}/{key.id}")


def show_revocation(request: StaffRequest) -> Response:
    return _render_revocation(request, EMPTY)


def revoke(request: StaffRequest) -> Response:
    key = _find(request)
    try:
        author = _make_author(request, read_translated_reason(request))
    except InvalidForm as error:
        return _render_revocation(request, request.form.with_errors(*error.errors))
    service.revoke(request.context.database, key.id, now=author.now, author=author)
    request.leave_notice(request.gettext(REVOKED))
    return redirect(KEYS)


# ------------------------------------------------------------------ fields


def _read_name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise ValueError
    return name


def _read_quota(request: StaffRequest, *, is_needed: bool) -> int | None:
    if not is_needed and not request.form.get("quota"):
        return None
    return read_field(request.form, "quota", _parse_quota, request.gettext(QUOTA_NEEDED))


def _parse_quota(text: str) -> int:
    quota = int(text)
    if quota not in QUOTAS:
        raise ValueError
    return quota


def _make_author(request: StaffRequest, reason: str) -> Author:
    return Author(request.account.id, reason, request.context.now())


def _find(request: StaffRequest) -> Key:
    for key in service.list_keys(request.context.database):
        if key.id == request.path_params["id"]:
            return key
    raise NotFound


# ------------------------------------------------------------------ pages


def _render_form(request: StaffRequest, form: Form) -> Response:
    scopes = {scope: SCOPE_NAMES[scope] for scope in OTHER_SCOPES}
    return _render(request, "key_new.html", form, scopes=scopes)


def _render_key(request: StaffRequest, form: Form) -> Response:
    return _render(request, "key.html", form, key=_find(request), scope_names=SCOPE_NAMES)


def _render_revocation(request: StaffRequest, form: Form) -> Response:
    return _render(request, "key_revoke.html", form, key=_find(request))


def _render(request: StaffRequest, template: str, form: Form, **values: object) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, status=status, form=form, **values)


PAGES = (
    Page(KEYS, ACTION, get=show_list, navigation=N_("API keys")),
    Page(NEW_KEY, ACTION, get=show_form, post=create),
    Page(f"{KEYS}/{{id}}", ACTION, get=show_key, post=set_quota),
    Page(f"{KEYS}/{{id}}/revoke", ACTION, get=show_revocation, post=revoke, works_read_only=True),
)
