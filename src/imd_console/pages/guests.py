"""Guests of private events that have no host with a link: staff decide who comes."""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.events import attendance_moderation, review
from imd_campaign.events.review import GuestUnderReview
from imd_campaign.events.schemas import AttendanceDecision
from imd_campaign.staff.roles import Action
from imd_console.decisions import keep_entries, make_caller, read_decision
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import GUESTS
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "decide-guests"
DECISIONS = {
    "requested": ("accept", "decline"),
    "waiting": ("accept", "decline"),
    "accepted": ("decline",),
}
DONE = {
    "accepted": N_("The guest is accepted, and gets the address by e-mail."),
    "waiting": N_("There is no room yet: the guest waits, and moves up when a place is free."),
    "declined": N_("The guest is declined, and gets an e-mail."),
}


def show_list(request: StaffRequest) -> Response:
    part = review.list_guests(request.context, read_page_request(request))
    next_link = make_next_link(request, part.next)
    return render(request, "guests.html", guests=part.items, next_link=next_link)


def show(request: StaffRequest) -> Response:
    return _render(request, _get(request))


def decide(request: StaffRequest) -> Response:
    guest = _get(request)
    try:
        chosen = read_decision(request, DECISIONS.get(guest.attendance.status, ()))
    except InvalidForm as error:
        form = keep_entries(request.form, error)
        return _render(request, guest, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    decision = AttendanceDecision.model_validate(
        {"decision": chosen.decision, "reason": chosen.reason}
    )
    decided = attendance_moderation.decide_attendance(
        request.context, make_caller(request), guest.attendance.id, decision
    )
    request.leave_notice(request.gettext(DONE[decided.status]))
    return redirect(GUESTS)


def _get(request: StaffRequest) -> GuestUnderReview:
    return review.get_guest(request.context, request.path_params["id"])


def _render(
    request: StaffRequest,
    guest: GuestUnderReview,
    form: Form = EMPTY,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    decisions = DECISIONS.get(guest.attendance.status, ())
    return render(request, "guest.html", status=status, form=form, guest=guest, decisions=decisions)


PAGES = (
    Page(GUESTS, ACTION, get=show_list, navigation=N_("Guests")),
    Page(f"{GUESTS}/{{id}}", ACTION, get=show, post=decide),
)
