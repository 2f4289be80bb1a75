"""Calendars that are followed, and published events that have come to differ from them."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.audit.service import Author
from imd_campaign.calendars import fetching, notices, schemas, service
from imd_campaign.staff.roles import Action
from imd_console.credentials import require_own_password
from imd_console.decisions import keep_entries, read_translated_reason
from imd_console.forms import EMPTY, FieldError, Form, InvalidForm, read_fields
from imd_console.languages import N_
from imd_console.names import list_countries
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import CALENDARS, NEW_CALENDAR
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-calendars"
URL_PROBLEMS = {
    fetching.INVALID_URL: N_(
        "Enter a URL that begins with https:// or webcal://, without a user name, a password or a "
        "port."
    ),
    fetching.PRIVATE_URL: N_("Enter the URL of a public host."),
}
NEEDED = {
    "name": N_(
        "Enter the name of the group, with up to 100 characters. It is public as the host of its "
        "events."
    ),
    "locality": N_("Enter a town, with up to 200 characters."),
    "country": N_("Choose a country from the list."),
    "point": N_("Enter the latitude and the longitude, such as -1.29, 36.82."),
    "time_zone": N_("Enter a time zone such as Africa/Nairobi."),
    "lang": N_("Enter the code of the language of its texts, such as sw."),
}
FOLLOWED_ALREADY = N_("This calendar is followed already.")
ADDED = N_("The calendar was added. Its events will wait for review.")
REMOVED = N_("The calendar is not followed any more. Its events stay as they are.")


def show(request: StaffRequest) -> Response:
    part = notices.list_unsettled(request.context, read_page_request(request))
    return render(
        request,
        "calendars.html",
        unsettled=part.items,
        next_link=make_next_link(request, part.next),
        calendars=service.list_followed(request.context),
    )


# ------------------------------------------------------------------ add


def show_form(request: StaffRequest) -> Response:
    return _render_form(request, EMPTY)


def add(request: StaffRequest) -> Response:
    try:
        _add(request)
    except InvalidForm as error:
        return _render_form(request, keep_entries(request.form, error))
    request.leave_notice(request.gettext(ADDED))
    return redirect(CALENDARS)


def _add(request: StaffRequest) -> None:
    """Ask for the password too: the server goes on reading after the session has ended."""
    read = read_fields(
        url=partial(_read_url, request),
        settings=partial(_read_settings, request),
        reason=partial(read_translated_reason, request),
        current=partial(require_own_password, request),
    )
    author = _make_author(request, read["reason"])
    try:
        service.add(request.context, read["url"], read["settings"], author)
    except service.AlreadyFollowed:
        raise InvalidForm(FieldError("url", request.gettext(FOLLOWED_ALREADY))) from None


def _read_url(request: StaffRequest) -> str:
    url = request.form.get("url")
    try:
        fetching.parse_url(url)
    except fetching.FetchError as error:
        message = request.gettext(URL_PROBLEMS[str(error)])
        raise InvalidForm(FieldError("url", message)) from None
    return url


def _read_settings(request: StaffRequest) -> Mapping[str, Any]:
    entered = {name: request.form.get(name) for name in NEEDED}
    try:
        return schemas.read_settings(**entered)
    except schemas.InvalidSettings as error:
        wrong = [name for name in NEEDED if name in error.problems]
        raise InvalidForm(
            *(FieldError(name, request.gettext(NEEDED[name])) for name in wrong)
        ) from None


# ------------------------------------------------------------------ remove


def show_removal(request: StaffRequest) -> Response:
    return _render_removal(request, EMPTY)


def remove(request: StaffRequest) -> Response:
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render_removal(request, request.form.with_errors(*error.errors))
    service.remove(request.context, request.path_params["id"], _make_author(request, reason))
    request.leave_notice(request.gettext(REMOVED))
    return redirect(CALENDARS)


# ------------------------------------------------------------------ pages


def _make_author(request: StaffRequest, reason: str) -> Author:
    return Author(request.account.id, reason, request.context.now())


def _render_form(request: StaffRequest, form: Form) -> Response:
    hints = {name: request.gettext(NEEDED[name]) for name in NEEDED if not form.get_error(name)}
    countries = list_countries(request.language)
    return _render(request, "calendar_new.html", form, hints=hints, countries=countries)


def _render_removal(request: StaffRequest, form: Form) -> Response:
    calendar = service.find_followed(request.context, request.path_params["id"])
    return _render(request, "calendar_remove.html", form, calendar=calendar)


def _render(request: StaffRequest, template: str, form: Form, **values: object) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, status=status, form=form, **values)


PAGES = (
    Page(CALENDARS, "moderate-events", get=show, navigation=N_("Calendars")),
    Page(NEW_CALENDAR, ACTION, get=show_form, post=add),
    Page(f"{CALENDARS}/{{id}}/remove", ACTION, get=show_removal, post=remove),
)
