"""What waits, and whether the server can do its work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from imd_campaign.calendars import notices
from imd_campaign.events import review
from imd_campaign.monitoring.readiness import Reason, find_reasons
from imd_campaign.posters import moderation as orders
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import CALENDARS, CHANGES, EVENTS, GUESTS, OVERVIEW
from imd_console.rendering import render
from imd_console.staff_request import StaffRequest

EVENTS_WAIT = N_("Events to review")
CHANGES_WAIT = N_("Changes to review")
CALENDARS_WAIT = N_("Published events to check")
GUESTS_WAIT = N_("Guests to decide on")
ORDERS_WAIT = N_("Orders to send")
ORDERS = "/staff/orders"

HEALTH = {
    "database": N_("The database cannot be used."),
    "secrets": N_("The secrets are not those of this database."),
    "background-work": N_(
        "No server does the background work: no form is processed, no signature is counted and "
        "no e-mail is sent."
    ),
    "e-mail": N_("E-mails wait longer than they should."),
}


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    path: str
    count: int
    oldest_at: datetime | None


def show(request: StaffRequest) -> Response:
    return render(
        request,
        "overview.html",
        queues=list(_list_queues(request)),
        failures=_describe_failures(request, find_reasons(request.context)),
    )


def _list_queues(request: StaffRequest) -> Iterator[Queue]:
    waiting = review.measure_queues(request.context)
    if request.may("moderate-events"):
        yield Queue(request.gettext(EVENTS_WAIT), EVENTS, *waiting.events)
        yield Queue(request.gettext(CHANGES_WAIT), CHANGES, *waiting.changes)
        unsettled = notices.measure_unsettled(request.context)
        yield Queue(request.gettext(CALENDARS_WAIT), CALENDARS, *unsettled)
    if request.may("decide-guests"):
        yield Queue(request.gettext(GUESTS_WAIT), GUESTS, *waiting.guests)
    if request.may("manage-orders"):
        count, oldest_at = orders.measure_paid(request.context)
        yield Queue(request.gettext(ORDERS_WAIT), ORDERS, count, oldest_at)


def _describe_failures(request: StaffRequest, reasons: Sequence[Reason]) -> Sequence[str]:
    return [request.gettext(HEALTH.get(reason.part, reason.message)) for reason in reasons]


PAGES = (Page(OVERVIEW, "see-overview", get=show, navigation=N_("Overview")),)
