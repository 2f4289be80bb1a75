"""Calendars that are followed, and published events that have come to differ from them."""

from starlette.responses import Response

from imd_campaign.calendars import notices, service
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import CALENDARS
from imd_console.rendering import render
from imd_console.staff_request import StaffRequest


def show(request: StaffRequest) -> Response:
    part = notices.list_unsettled(request.context, read_page_request(request))
    return render(
        request,
        "calendars.html",
        unsettled=part.items,
        next_link=make_next_link(request, part.next),
        calendars=service.list_followed(request.context),
    )


PAGES = (Page(CALENDARS, "moderate-events", get=show, navigation=N_("Calendars")),)
