"""The queue of changes that hosts propose: old and new, next to each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from imd_campaign.events import event_changes, review
from imd_campaign.events.review import ChangeUnderReview, OpenedPlaces
from imd_campaign.events.schemas import EventChangeDecision
from imd_campaign.staff.roles import Action
from imd_console.decisions import keep_entries, make_caller, read_decision
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import CHANGES
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "moderate-events"
DECISIONS = ("approve", "reject")
DONE = {
    "approve": N_("The change is published. The host gets an e-mail."),
    "reject": N_("The change is rejected, and the event stays as it is. The host gets an e-mail."),
}
DONE_WITHOUT_HOST = {
    "approve": N_("The change is published."),
    "reject": N_("The change is rejected, and the event stays as it is."),
}
FIELDS = {
    "title": N_("Title"),
    "description": N_("Description"),
    "starts_at": N_("Starts"),
    "ends_at": N_("Ends"),
    "time_zone": N_("Time zone"),
    "url": N_("Link"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    old: str
    new: str


def show_list(request: StaffRequest) -> Response:
    part = review.list_changes(request.context, read_page_request(request))
    next_link = make_next_link(request, part.next)
    return render(request, "changes.html", changes=part.items, next_link=next_link)


def show(request: StaffRequest) -> Response:
    return _render(request, _get(request))


def open_places(request: StaffRequest) -> Response:
    change = _get(request)
    places = review.open_change_places(
        request.context, change.proposed.id, actor=request.account.id
    )
    return _render(request, change, places=places)


def decide(request: StaffRequest) -> Response:
    change = _get(request)
    try:
        chosen = read_decision(request, DECISIONS)
    except InvalidForm as error:
        form = keep_entries(request.form, error)
        return _render(request, change, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    decision = EventChangeDecision.model_validate(
        {"decision": chosen.decision, "reason": chosen.reason}
    )
    event_changes.decide(request.context, make_caller(request), change.proposed.id, decision)
    done = DONE if change.can_email_host else DONE_WITHOUT_HOST
    request.leave_notice(request.gettext(done[chosen.decision]))
    return redirect(CHANGES)


def _get(request: StaffRequest) -> ChangeUnderReview:
    return review.get_change(request.context, request.path_params["id"])


def _list_differences(request: StaffRequest, change: ChangeUnderReview) -> Iterator[Difference]:
    for name, label in FIELDS.items():
        old, new = getattr(change.event, name), getattr(change.proposed, name)
        if old != new:
            yield Difference(request.gettext(label), _show(request, old), _show(request, new))


def _show(request: StaffRequest, value: Any) -> str:
    if isinstance(value, datetime):
        zone = value.tzinfo
        offset = request.language.utc_offset(value)
        return f"{request.language.moment(value, zone)} ({offset})"  # type: ignore[arg-type]
    return value or "–"


def _render(
    request: StaffRequest,
    change: ChangeUnderReview,
    form: Form = EMPTY,
    *,
    places: OpenedPlaces | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return render(
        request,
        "change.html",
        status=status,
        form=form,
        change=change,
        places=places,
        differences=list(_list_differences(request, change)),
        decisions=DECISIONS,
    )


PAGES = (
    Page(CHANGES, ACTION, get=show_list, navigation=N_("Changes")),
    Page(f"{CHANGES}/{{id}}", ACTION, get=show, post=decide),
    Page(f"{CHANGES}/{{id}}/place", ACTION, post=open_places, works_read_only=True),
)
