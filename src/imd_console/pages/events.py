"""The queue of events: everything a moderator must see, and a decision with a reason."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.audit.service import Author
from imd_campaign.calendars import notices
from imd_campaign.calendars.notices import Notice
from imd_campaign.errors import AlreadyDecided
from imd_campaign.events import moderation, private_places, review
from imd_campaign.events.moderation import ANY_STATE
from imd_campaign.events.review import EventUnderReview, OpenedPlaces
from imd_campaign.events.schemas import EventDecision, PrivatePlaceForm
from imd_campaign.staff.roles import Action
from imd_console.decisions import (
    ChosenDecision,
    keep_entries,
    make_caller,
    read_decision,
    read_translated_reason,
)
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import CALENDARS, EVENTS
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "moderate-events"
PENDING = "pending_review"
# For each state, the decisions that are possible.
DECISIONS = {PENDING: ("approve", "reject"), "public": ("cancel",)}
KEEP = "keep"
DONE = {
    "approve": N_("The event is public now. Its host gets an e-mail."),
    "reject": N_("The event is rejected. Its host gets an e-mail."),
    "cancel": N_("The event is cancelled. Its host and its guests get an e-mail."),
    KEEP: N_("The event stays as it is."),
}
MADE_PRIVATE = N_("The place is private now.")
DONE_WITHOUT_HOST = DONE | {
    "approve": N_("The event is public now."),
    "reject": N_("The event is rejected."),
    "cancel": N_("The event is cancelled. Its guests get an e-mail."),
}


def show_list(request: StaffRequest) -> Response:
    state = request.query.get("state", PENDING)
    state = state if state in ANY_STATE else PENDING
    part = review.list_events(request.context, state, read_page_request(request))
    return render(
        request,
        "events.html",
        events=part.items,
        notices=_find_notices(request, part.items),
        state=state,
        states=ANY_STATE,
        next_link=make_next_link(request, part.next),
    )


def show(request: StaffRequest) -> Response:
    return _render(request, _get(request))


def open_place(request: StaffRequest) -> Response:
    """Show the exact place of a private home; that it was opened is in the audit log."""
    event = _get(request)
    places = review.open_event_place(request.context, event.event.id, actor=request.account.id)
    return _render(request, event, places=places)


def decide(request: StaffRequest) -> Response:
    event = _get(request)
    notice = _find_notices(request, [event]).get(event.event.id)
    try:
        chosen = read_decision(request, _list_decisions(event, notice))
    except InvalidForm as error:
        form = keep_entries(request.form, error)
        return _render(request, event, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    _require_same_notes(request, notice)
    following = review.find_next(request.context, event.event.id)
    _carry_out(request, event.event.id, chosen)
    done = DONE if event.can_email_host else DONE_WITHOUT_HOST
    request.leave_notice(request.gettext(done[chosen.decision]))
    if notice and notice.noted_at:
        return redirect(CALENDARS)
    is_next_wanted = event.state == PENDING and following is not None
    return redirect(f"{EVENTS}/{following}" if is_next_wanted else EVENTS)


def show_hiding(request: StaffRequest) -> Response:
    return _render_hiding(request, EMPTY)


def make_place_private(request: StaffRequest) -> Response:
    event = _get_hideable(request)
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render_hiding(request, keep_entries(request.form, error))
    form = PrivatePlaceForm(reason=reason)
    private_places.make_private(request.context, make_caller(request), event.event.id, form)
    request.leave_notice(request.gettext(MADE_PRIVATE))
    return redirect(f"{EVENTS}/{event.event.id}")


def _get_hideable(request: StaffRequest) -> EventUnderReview:
    event = _get(request)
    if not event.can_be_hidden:
        raise AlreadyDecided
    return event


def _render_hiding(request: StaffRequest, form: Form) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    event = _get_hideable(request)
    return render(request, "event_private.html", status=status, form=form, review=event)


def _list_decisions(event: EventUnderReview, notice: Notice | None) -> Sequence[str]:
    possible = DECISIONS.get(event.state, ())
    return (*possible, KEEP) if notice and notice.noted_at else possible


def _require_same_notes(request: StaffRequest, notice: Notice | None) -> None:
    """Reject a decision on notes that the calendar has taken back or replaced since."""
    seen = request.form.get("version")
    if seen and (notice is None or notice.version != seen):
        raise AlreadyDecided


def _carry_out(request: StaffRequest, event: str, chosen: ChosenDecision) -> None:
    if chosen.decision == KEEP:
        author = Author(request.account.id, chosen.reason, request.context.now())
        notices.keep_event(request.context, event, request.form.get("version"), author)
        return
    decision = EventDecision.model_validate({"decision": chosen.decision, "reason": chosen.reason})
    moderation.decide_event(request.context, make_caller(request), event, decision)


def _find_notices(
    request: StaffRequest, events: Sequence[EventUnderReview]
) -> Mapping[str, Notice]:
    return notices.find_for_events(request.context, [one.event.id for one in events])


def _get(request: StaffRequest) -> EventUnderReview:
    return review.get_event(request.context, request.path_params["id"])


def _render(
    request: StaffRequest,
    event: EventUnderReview,
    form: Form = EMPTY,
    *,
    places: OpenedPlaces | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    duplicates = review.list_duplicates(request.context, event.event.id)
    found = _find_notices(request, [event, *duplicates])
    values: dict[str, Any] = {
        "review": event,
        "places": places,
        "duplicates": duplicates,
        "notices": found,
        "following": review.find_next(request.context, event.event.id),
        "decisions": _list_decisions(event, found.get(event.event.id)),
    }
    return render(request, "event.html", status=status, form=form, **values)


PAGES = (
    Page(EVENTS, ACTION, get=show_list, navigation=N_("Events")),
    Page(f"{EVENTS}/{{id}}", ACTION, get=show, post=decide),
    Page(f"{EVENTS}/{{id}}/private-place", ACTION, get=show_hiding, post=make_place_private),
    Page(f"{EVENTS}/{{id}}/place", ACTION, post=open_place, works_read_only=True),
)
