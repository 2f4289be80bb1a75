"""The form with which a host proposes a change of a published event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import EventClosed, ImdError, NotFound
from imd_sdk.models import HostedEvent, Place
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import get_context
from imd_widgets.events.hosting import (
    describe_error,
    get_token,
    load_hosted,
    make_path,
    redirect_to_page,
)
from imd_widgets.events.own_attendance import show_invalid_link
from imd_widgets.events.place_form import (
    DEGREES,
    explain_unknown_town,
    fill_in_place,
    read_place,
)
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.countries import list_countries
from imd_widgets.pages.forms import Form, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.pages.time_zones import list_time_zones
from imd_widgets.widget.options import N_

TOO_LONG = N_("This is too long. Enter up to 200 characters, or leave it empty.")
WORDS = {
    "title": N_("Enter a title of up to 200 characters."),
    "description": N_("Enter a description of up to 5,000 characters."),
    "starts_at": N_("Enter a start in the future, at most two years from now."),
    "ends_at": N_("Enter an end after the start and at most a month later, or leave it empty."),
    "time_zone": N_("Choose a time zone from the list."),
    "url": N_("Enter a web address such as https://example.org."),
    "name": TOO_LONG,
    "address": TOO_LONG,
    "locality": N_("Enter the town or city."),
    "region": TOO_LONG,
    "country": N_("Choose a country from the list."),
    "latitude": N_("Enter a number from -90 to 90, such as 19.4326, or leave both fields empty."),
    "longitude": N_(
        "Enter a number from -180 to 180, such as -99.1332, or leave both fields empty."
    ),
}
MINUTES = "minutes"
POINT_FIELDS = ("nearby", *DEGREES)
MAX_BYTES = 64 * 1024
"""A description of 5,000 characters, as a form encodes it."""


async def show_form(request: Request) -> Response:
    hosted = await load_hosted(request)
    if hosted is None:
        return show_invalid_link(request)
    if hosted.state != "public":
        return redirect_to(request, make_path(request))
    return _render(request, hosted, Form(_fill_in(hosted)))


async def propose(request: Request) -> Response:
    values = await read_form(request, max_bytes=MAX_BYTES)
    hosted = await load_hosted(request)
    if hosted is None:
        return show_invalid_link(request)
    try:
        changed = await _propose(request, hosted, values)
    except (EventClosed, NotFound):
        return redirect_to(request, make_path(request))
    except ImdError as error:
        language = get_language(request)
        status, errors = describe_error(error, WORDS, language)
        errors = explain_unknown_town(values, errors, language)
        return _render(request, hosted, Form(values, errors), status)
    return redirect_to(request, make_path(request), done=_describe_result(hosted, changed))


def _describe_result(hosted: HostedEvent, changed: HostedEvent) -> str:
    if changed.change:
        return "proposed"
    return "withdrawn" if hosted.change else "unchanged"


async def _propose(request: Request, hosted: HostedEvent, values: dict[str, str]) -> HostedEvent:
    zone = _choose_zone(hosted, values)
    return await get_context(request).source.client.hosted_events.propose_change(
        get_token(request),
        title=values.get("title", ""),
        description=values.get("description", ""),
        starts_at=_parse_time(values.get("starts_at", ""), zone),
        ends_at=_parse_time(values.get("ends_at", ""), zone) or None,
        time_zone=values.get("time_zone", ""),
        url=values.get("url") or None,
        place=None if hosted.event.online else read_place(values, _list_places(hosted)),
    )


def _list_places(hosted: HostedEvent) -> list[Place]:
    shown = (hosted.change, hosted.event)
    return [version.place for version in shown if version and version.place]


async def withdraw(request: Request) -> Response:
    await read_form(request)
    client = get_context(request).source.client
    try:
        await client.hosted_events.withdraw_change(get_token(request))
    except MISSING_ERRORS:
        return redirect_to(request, make_path(request))
    except ImdError as error:
        raise Unavailable from error
    return redirect_to(request, make_path(request), done="withdrawn")


def _fill_in(hosted: HostedEvent) -> dict[str, str]:
    """Return what is proposed or, if nothing is, what is public."""
    shown = hosted.change or hosted.event
    zone = ZoneInfo(shown.time_zone)
    return {
        "title": shown.title,
        "description": shown.description,
        "starts_at": _format_time(shown.starts_at, zone),
        "ends_at": _format_time(shown.ends_at, zone) if shown.ends_at else "",
        "time_zone": shown.time_zone,
        "url": shown.url or "",
        **(fill_in_place(shown.place) if shown.place else {}),
    }


def _format_time(moment: datetime, zone: ZoneInfo) -> str:
    """Write a time as https://html.spec.whatwg.org/#local-dates-and-times does."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec=MINUTES)


def _choose_zone(hosted: HostedEvent, values: Mapping[str, str]) -> ZoneInfo:
    """Return the chosen zone; what is none is rejected by the campaign."""
    try:
        return ZoneInfo(values.get("time_zone", ""))
    except (ValueError, OSError, LookupError):
        return ZoneInfo(hosted.event.time_zone)


def _parse_time(written: str, zone: ZoneInfo) -> datetime | str:
    """Read a local time; one that clocks skip in spring becomes the time that they show then.

    What is no time is rejected by the campaign.
    """
    try:
        local = datetime.fromisoformat(written).replace(tzinfo=zone)
        return local.astimezone(UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return written


def _render(
    request: Request, hosted: HostedEvent, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    language = get_language(request)
    return render_page(
        request,
        "hosted_change.html",
        status=status,
        is_cacheable=False,
        hosted=hosted,
        form=form,
        own_path=make_path(request),
        countries=list_countries(language),
        time_zones=list_time_zones(language, _choose_zone(hosted, form.values).key),
        is_point_shown=any(form.get_value(name) or form.get_error(name) for name in POINT_FIELDS),
    )


ROUTES = open_until_switched_off(
    Route("/hosted-events/{token}/change", show_form),
    Route("/hosted-events/{token}/change", propose, methods=["POST"]),
    Route("/hosted-events/{token}/change/withdraw", redirect_to_page),
    Route("/hosted-events/{token}/change/withdraw", withdraw, methods=["POST"]),
)
