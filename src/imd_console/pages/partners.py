"""Partners: their published numbers, links to their own pages, and keys."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.api_keys import service as api_keys
from imd_campaign.api_keys.service import Key
from imd_campaign.errors import NotFound
from imd_campaign.partners import service
from imd_campaign.partners.service import Partner, SourceTakenError
from imd_campaign.petitions import partner_numbers
from imd_campaign.staff.roles import Action
from imd_console.credentials import require_own_password
from imd_console.decisions import keep_entries, read_translated_reason
from imd_console.forms import EMPTY, FieldError, Form, InvalidForm, read_field, read_fields
from imd_console.key_creation import CREATED, PARTNER_SCOPES, SCOPE_NAMES, read_scopes
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import NEW_PARTNER, PARTNERS
from imd_console.rendering import redirect, redirect_with_secrets, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-keys"
# A source can be any word, so it has a folder of its own.
PARTNER = f"{PARTNERS}/sources/{{source}}"
REPLACE = "replace"
SOURCE_NEEDED = N_("Enter up to 64 of the characters a-z, 0-9 and -.")
SOURCE_TAKEN = N_("There is a partner with this source already.")
NAME_NEEDED = N_("Enter the name of the organisation, with up to 100 characters.")
ADDED = N_("The partner was added.")
LINK_MADE = N_(
    "This is the link to the partner's page. It is shown only now. Send it to the partner only."
)
REVOKED = N_("All links and keys of the partner have ended.")


def show_list(request: StaffRequest) -> Response:
    partners = service.list_partners(request.context)
    totals = partner_numbers.list_totals(request.context)
    return render(request, "partners.html", partners=sorted(partners, key=_get_rank), totals=totals)


def _get_rank(partner: Partner) -> tuple[bool, str]:
    return partner.revoked_at is not None, partner.name.casefold()


def show(request: StaffRequest) -> Response:
    partner = _get(request)
    context, source = request.context, partner.source
    numbers = partner_numbers.get_for_staff(context, source, request.language.tag)
    keys = sorted(api_keys.list_of_partner(context.database, source), key=_is_revoked)
    return render(request, "partner.html", partner=partner, numbers=numbers, keys=keys)


def _is_revoked(key: Key) -> bool:
    return key.revoked_at is not None


# ------------------------------------------------------------------ add


def show_form(request: StaffRequest) -> Response:
    return _render(request, "partner_new.html", EMPTY)


def add(request: StaffRequest) -> Response:
    try:
        source = _add(request)
    except InvalidForm as error:
        return _render(request, "partner_new.html", keep_entries(request.form, error))
    request.leave_notice(request.gettext(ADDED))
    return redirect(_make_path(source))


def _add(request: StaffRequest) -> str:
    form, gettext = request.form, request.gettext
    values = read_fields(
        name=partial(read_field, form, "name", service.read_name, gettext(NAME_NEEDED)),
        source=partial(read_field, form, "source", service.read_source, gettext(SOURCE_NEEDED)),
        reason=partial(read_translated_reason, request),
    )
    try:
        service.add(request.context, actor=request.account.id, **values)
    except SourceTakenError:
        raise InvalidForm(FieldError("source", gettext(SOURCE_TAKEN))) from None
    return str(values["source"])


# ------------------------------------------------------------------ links and keys


def show_link_form(request: StaffRequest) -> Response:
    return _render_active(request, "partner_link.html", EMPTY)


def make_link(request: StaffRequest) -> Response:
    partner = _get_active(request)
    try:
        reason = _read_confirmed_reason(request)
    except InvalidForm as error:
        return _render_active(request, "partner_link.html", keep_entries(request.form, error))
    link = service.make_link(
        request.context,
        partner.source,
        actor=request.account.id,
        reason=reason,
        replaces_earlier=request.form.is_ticked(REPLACE),
    )
    path, message = _make_path(partner.source), request.gettext(LINK_MADE)
    return redirect_with_secrets(request, path, message, [link])


def _read_confirmed_reason(request: StaffRequest) -> str:
    """Ask for the password too: a link, like a key, outlives the session."""
    values = read_fields(
        reason=partial(read_translated_reason, request),
        current=partial(require_own_password, request),
    )
    return str(values["reason"])


def show_key_form(request: StaffRequest) -> Response:
    return _render_key_form(request, EMPTY)


def make_key(request: StaffRequest) -> Response:
    partner = _get_active(request)
    try:
        values = read_fields(
            scopes=partial(read_scopes, request, PARTNER_SCOPES),
            reason=partial(_read_confirmed_reason, request),
        )
    except InvalidForm as error:
        return _render_key_form(request, keep_entries(request.form, error))
    text = service.make_key(request.context, partner.source, actor=request.account.id, **values)
    path, message = _make_path(partner.source), request.gettext(CREATED)
    return redirect_with_secrets(request, path, message, [text])


def show_revocation(request: StaffRequest) -> Response:
    return _render_active(request, "partner_revoke.html", EMPTY)


def revoke(request: StaffRequest) -> Response:
    partner = _get_active(request)
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render_active(request, "partner_revoke.html", keep_entries(request.form, error))
    service.revoke(request.context, partner.source, actor=request.account.id, reason=reason)
    request.leave_notice(request.gettext(REVOKED))
    return redirect(_make_path(partner.source))


# ------------------------------------------------------------------ pages


def _get(request: StaffRequest) -> Partner:
    return service.get(request.context, request.path_params["source"])


def _get_active(request: StaffRequest) -> Partner:
    partner = _get(request)
    if partner.revoked_at is not None:
        raise NotFound
    return partner


def _make_path(source: str) -> str:
    return PARTNER.format(source=source)


def _render_key_form(request: StaffRequest, form: Form) -> Response:
    scopes = {scope: SCOPE_NAMES[scope] for scope in PARTNER_SCOPES}
    return _render_active(request, "partner_key.html", form, scopes=scopes)


def _render_active(request: StaffRequest, template: str, form: Form, **values: object) -> Response:
    partner = _get_active(request)
    path = _make_path(partner.source)
    return _render(request, template, form, partner=partner, partner_path=path, **values)


def _render(request: StaffRequest, template: str, form: Form, **values: object) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, status=status, form=form, **values)


PAGES = (
    Page(PARTNERS, ACTION, get=show_list, navigation=N_("Partners")),
    Page(NEW_PARTNER, ACTION, get=show_form, post=add),
    Page(PARTNER, ACTION, get=show),
    Page(f"{PARTNER}/link", ACTION, get=show_link_form, post=make_link),
    Page(f"{PARTNER}/key", ACTION, get=show_key_form, post=make_key),
    Page(f"{PARTNER}/revoke", ACTION, get=show_revocation, post=revoke, works_read_only=True),
)
