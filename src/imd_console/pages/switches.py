"""Switches that stop parts of the campaign, each with a page that asks for a reason."""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.errors import NotFound
from imd_campaign.staff.roles import Action
from imd_campaign.switches import service
from imd_campaign.switches.service import Change, Switch
from imd_console.decisions import read_translated_reason
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import SWITCHES
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "set-switches"
TICK = "on"
TITLES = {
    service.READ_ONLY: N_("Read-only"),
    service.STOP_EMAIL: N_("Stop e-mail"),
    service.HIDE_SIGNERS: N_("Hide recent signers"),
    service.BUSY: N_("Accept no new forms"),
}
EFFECTS = {
    service.READ_ONLY: N_(
        "Nothing can be sent or changed from outside, and nothing can be confirmed. Everything can "
        "be read."
    ),
    service.STOP_EMAIL: N_("No e-mail is sent. All of it waits in the queue."),
    service.HIDE_SIGNERS: N_("The list of recent signers is empty, on this site and in widgets."),
    service.BUSY: N_(
        "New forms are not accepted, and people are asked to try again later. What waits can be "
        "confirmed."
    ),
}
TURNED_ON = N_("The switch is on. Every server notices it within two seconds.")
TURNED_OFF = N_("The switch is off. Every server notices it within two seconds.")


def show_list(request: StaffRequest) -> Response:
    with request.context.database.read() as connection:
        switches = service.list_switches(connection)
        is_closed = service.is_closed(connection)
    return render(
        request,
        "switches.html",
        switches=switches,
        is_closed=is_closed,
        titles=TITLES,
        effects=EFFECTS,
    )


def show_switch(request: StaffRequest) -> Response:
    return _render(request, EMPTY)


def turn(request: StaffRequest) -> Response:
    """Set a switch to what the form says, so that two people do not turn it back and forth."""
    switch, is_on = _find(request), request.form.get("state") == TICK
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render(request, request.form.with_errors(*error.errors))
    change = Change(request.account.id, reason, request.context.now())
    with request.context.database.write() as connection:
        service.turn(connection, switch.name, change, is_on=is_on)
    request.leave_notice(request.gettext(TURNED_ON if is_on else TURNED_OFF))
    return redirect(SWITCHES)


def _find(request: StaffRequest) -> Switch:
    with request.context.database.read() as connection:
        for switch in service.list_switches(connection):
            if switch.name == request.path_params["name"]:
                return switch
    raise NotFound


def _render(request: StaffRequest, form: Form) -> Response:
    switch = _find(request)
    return render(
        request,
        "switch.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
        form=form,
        switch=switch,
        title=request.gettext(TITLES[switch.name]),
        effect=request.gettext(EFFECTS[switch.name]),
    )


PAGES = (
    Page(SWITCHES, ACTION, get=show_list, navigation=N_("Switches")),
    Page(f"{SWITCHES}/{{name}}", ACTION, get=show_switch, post=turn, works_read_only=True),
)
