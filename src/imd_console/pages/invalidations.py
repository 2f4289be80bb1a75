"""Declare signatures invalid: conditions, a preview, a reason; and undo it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.errors import InvalidBody
from imd_campaign.petitions import overview
from imd_campaign.petitions.invalidation import service
from imd_campaign.petitions.invalidation.selection import DEFAULT_BURST_SIZE, Burst, Selection
from imd_campaign.staff.roles import Action
from imd_console.credentials import require_own_password
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
from imd_console.names import list_countries
from imd_console.page import Page
from imd_console.paths import INVALIDATIONS, NEW_INVALIDATION
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "invalidate-signatures"
CONFIRM = "confirm"
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
NUMBER_NEEDED = N_("Enter a whole number.")
TIME_NEEDED = N_("Enter a date and a time, such as 2026-12-10 14:30.")
# By the field that the campaign rejects.
PROBLEMS = {
    "conditions": N_(
        "Choose at least one of these: a country, a source, signatures without a source, a time "
        "of at most seven days, a number of minutes, or an e-mail address."
    ),
    "petition": N_("There is no such petition."),
    "country": N_("Choose a country from the list."),
    "since": N_("The beginning must be before the end."),
    "burst_minutes": N_("Enter a number of minutes from 1 to 1,440."),
    "burst_size": N_("Enter a number from 2 to 10,000."),
    "email": N_("Enter an e-mail address such as name@example.org."),
}
# What recorded conditions are called.
CRITERIA = {
    "petition": N_("Petition"),
    "country": N_("Country"),
    "source": N_("Source"),
    "since": N_("From (UTC)"),
    "until": N_("Until (UTC)"),
    "burst_minutes": N_("Confirmed within so many minutes of each other"),
    "burst_size": N_("At least so many at a time"),
    "one_mailbox": N_("E-mail address of one signer"),
}
NOT_RECORDED = N_("not recorded")
NO_SOURCE = N_("None")
NOTHING_SELECTED = N_("No signature meets these conditions.")
DONE = N_("The signatures are invalid and not counted any more.")
UNDONE = N_("The signatures are counted again.")


def show_list(request: StaffRequest) -> Response:
    found = service.list_invalidations(request.context)
    return render(request, "invalidations.html", invalidations=found)


def show_form(request: StaffRequest) -> Response:
    petition = request.query.get("petition", "")
    return _render_form(request, Form({"petition": (petition,)}) if petition else EMPTY)


def preview_or_invalidate(request: StaffRequest) -> Response:
    """Show what is selected; with a reason and on request, do it."""
    try:
        selection = _read_selection(request)
        found = _preview(request, selection)
    except InvalidForm as error:
        return _render_form(request, request.form.with_errors(*error.errors))
    if not found.total:
        nothing = FieldError("conditions", request.gettext(NOTHING_SELECTED))
        return _render_form(request, request.form.with_errors(nothing))
    if not request.form.is_ticked(CONFIRM):
        return _render_preview(request, request.form, selection, found)
    return _invalidate(request, selection, found)


def _preview(request: StaffRequest, selection: Selection) -> service.Preview:
    """Count what is selected; by an address only with the password, and with a record of it."""
    if selection.email:
        require_own_password(request)
    found = _translate_errors(request, partial(service.preview, request.context, selection))
    if selection.email:
        service.record_look_up(request.context, actor=request.account.id)
    return found


def _invalidate(request: StaffRequest, selection: Selection, found: service.Preview) -> Response:
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render_preview(request, request.form.with_errors(*error.errors), selection, found)
    signed = {"actor": request.account.id, "reason": reason}
    done = service.invalidate(request.context, selection, **signed)
    request.leave_notice(request.gettext(DONE))
    return redirect(f"{INVALIDATIONS}/{done.id}")


def show_invalidation(request: StaffRequest) -> Response:
    return _render_invalidation(request, EMPTY)


def undo(request: StaffRequest) -> Response:
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render_invalidation(request, request.form.with_errors(*error.errors))
    invalidation_id = request.path_params["id"]
    service.undo(request.context, invalidation_id, actor=request.account.id, reason=reason)
    request.leave_notice(request.gettext(UNDONE))
    return redirect(f"{INVALIDATIONS}/{invalidation_id}")


# ------------------------------------------------------------------ the conditions


def _read_selection(request: StaffRequest) -> Selection:
    form = request.form
    read = partial(_read_optional, request)
    values = read_fields(
        since=lambda: read("since", _parse_time, TIME_NEEDED),
        until=lambda: read("until", _parse_time, TIME_NEEDED),
        minutes=lambda: read("burst_minutes", int, NUMBER_NEEDED),
        size=lambda: read("burst_size", int, NUMBER_NEEDED),
    )
    minutes = values["minutes"]
    return Selection(
        petition=form.get("petition") or None,
        country=form.get("country") or None,
        source="" if form.is_ticked("no_source") else form.get("source") or None,
        since=values["since"],
        until=values["until"] or request.context.now(),
        burst=None if minutes is None else Burst(minutes, values["size"] or DEFAULT_BURST_SIZE),
        email=form.get("email") or None,
    )


def _read_optional(
    request: StaffRequest, name: str, read: Callable[[str], Any], message: str
) -> Any:
    if not request.form.get(name):
        return None
    return read_field(request.form, name, read, request.gettext(message))


def _parse_time(text: str) -> datetime:
    """Read a time; one without an offset is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _translate_errors(request: StaffRequest, act: Callable[[], service.Preview]) -> service.Preview:
    try:
        return act()
    except InvalidBody as error:
        fields = dict.fromkeys(each.field for each in error.errors)
        raise InvalidForm(
            *(FieldError(name, request.gettext(PROBLEMS[name])) for name in fields)
        ) from None


# ------------------------------------------------------------------ the pages


def _render_form(request: StaffRequest, form: Form) -> Response:
    return render(
        request,
        "invalidation_new.html",
        status=UNPROCESSABLE if form.errors else HTTPStatus.OK,
        form=form,
        petitions=overview.list_titles(request.context, request.language.tag),
        countries=list_countries(request.language),
        burst_size=DEFAULT_BURST_SIZE,
    )


def _render_preview(
    request: StaffRequest, form: Form, selection: Selection, found: service.Preview
) -> Response:
    return render(
        request,
        "invalidation_preview.html",
        status=UNPROCESSABLE if form.errors else HTTPStatus.OK,
        form=form.with_values(until=selection.until.isoformat()),
        found=found,
    )


def _render_invalidation(request: StaffRequest, form: Form) -> Response:
    found = service.get(request.context, request.path_params["id"])
    return render(
        request,
        "invalidation.html",
        status=UNPROCESSABLE if form.errors else HTTPStatus.OK,
        form=form,
        invalidation=found,
        criteria=list(_name_criteria(request, found.criteria)),
    )


def _name_criteria(request: StaffRequest, criteria: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what each condition is called, and its value as the language writes it."""
    for name, value in criteria.items():
        yield request.gettext(CRITERIA.get(name, name)), _write_value(request, name, value)


def _write_value(request: StaffRequest, name: str, value: Any) -> str:
    match name:
        case "country":
            return request.language.territory(value)
        case "since" | "until":
            return request.language.moment(datetime.fromisoformat(value))
        case "burst_minutes" | "burst_size":
            return request.language.number(value)
        case "one_mailbox":
            return request.gettext(NOT_RECORDED)
    return str(value) or request.gettext(NO_SOURCE)


PAGES = (
    Page(INVALIDATIONS, ACTION, get=show_list, navigation=N_("Invalid signatures")),
    Page(NEW_INVALIDATION, ACTION, get=show_form, post=preview_or_invalidate),
    Page(f"{INVALIDATIONS}/{{id}}", ACTION, get=show_invalidation, post=undo),
)
