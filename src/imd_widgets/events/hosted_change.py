"""The form with which a host proposes a change of a published event."""

from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import EventClosed, ImdError, NotFound
from imd_sdk.models import HostedEvent, NewPlace, Place
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
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.countries import list_countries
from imd_widgets.pages.forms import Form, read_form
from imd_widgets.pages.page_responses import get_language, redirect_to, render_page
from imd_widgets.widget.options import N_

CHECK = N_("Check this field.")
TIMES = N_("Check the times: the start must be in the future, and the end after the start.")
DEGREES = N_("Enter a number of degrees, such as 19.4326.")
WORDS = {
    **dict.fromkeys(("title", "description", "url", "name", "address", "region"), CHECK),
    **dict.fromkeys(("starts_at", "ends_at"), TIMES),
    **dict.fromkeys(("latitude", "longitude"), DEGREES),
    "locality": N_("Enter the town or city."),
    "country": N_("Choose a country from the list."),
}
PLACE_TEXTS = ("name", "address", "locality", "region", "country")
MINUTES = "minutes"
MAX_BYTES = 64 * 1024
"""A description of 5,000 characters, as a form encodes it."""
NOWHERE = 1000.0
"""What the campaign rejects as a number of degrees."""


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
        await get_context(request).source.client.hosted_events.propose_change(
            get_token(request),
            title=values.get("title", ""),
            description=values.get("description", ""),
            starts_at=_parse_time(values.get("starts_at", "")),
            ends_at=_parse_time(values.get("ends_at", "")) or None,
            time_zone=hosted.event.time_zone,
            url=values.get("url") or None,
            place=None if hosted.event.online else _read_place(values),
        )
    except (EventClosed, NotFound):
        return redirect_to(request, make_path(request))
    except ImdError as error:
        status, errors = describe_error(error, WORDS, get_language(request))
        return _render(request, hosted, Form(values, errors), status)
    return redirect_to(request, make_path(request))


async def withdraw(request: Request) -> Response:
    await read_form(request)
    client = get_context(request).source.client
    try:
        await client.hosted_events.withdraw_change(get_token(request))
    except MISSING_ERRORS:
        return redirect_to(request, make_path(request))
    except ImdError as error:
        raise Unavailable from error
    return redirect_to(request, make_path(request))


def _fill_in(hosted: HostedEvent) -> dict[str, str]:
    """Return what is proposed or, if nothing is, what is public."""
    shown = hosted.change or hosted.event
    zone = ZoneInfo(hosted.event.time_zone)
    return {
        "title": shown.title,
        "description": shown.description,
        "starts_at": _format_time(shown.starts_at, zone),
        "ends_at": _format_time(shown.ends_at, zone) if shown.ends_at else "",
        "url": shown.url or "",
        **(_fill_in_place(shown.place) if shown.place else {}),
    }


def _format_time(moment: datetime, zone: ZoneInfo) -> str:
    """Write a time as https://html.spec.whatwg.org/#local-dates-and-times does."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec=MINUTES)


def _fill_in_place(place: Place) -> dict[str, str]:
    texts = {name: getattr(place, name) or "" for name in PLACE_TEXTS}
    return texts | {"latitude": str(place.latitude), "longitude": str(place.longitude)}


def _parse_time(written: str) -> datetime | str:
    """Read a local time of the event's zone; what is none is rejected by the campaign."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        return written


def _read_place(values: dict[str, str]) -> NewPlace:
    return {
        "name": values.get("name") or None,
        "address": values.get("address") or None,
        "locality": values.get("locality", ""),
        "region": values.get("region") or None,
        "country": values.get("country", ""),
        "latitude": _parse_degrees(values.get("latitude", "")),
        "longitude": _parse_degrees(values.get("longitude", "")),
    }


def _parse_degrees(written: str) -> float:
    try:
        degrees = float(written.replace(",", "."))
    except ValueError:
        return NOWHERE
    return degrees if abs(degrees) < NOWHERE else NOWHERE


def _render(
    request: Request, hosted: HostedEvent, form: Form, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    language = get_language(request)
    place = language.city(ZoneInfo(hosted.event.time_zone))
    return render_page(
        request,
        "hosted_change.html",
        status=status,
        is_cacheable=False,
        hosted=hosted,
        form=form,
        own_path=make_path(request),
        countries=list_countries(language),
        zone_note=language.gettext(N_("Local time in %(place)s"), place=place),
    )


ROUTES = open_until_switched_off(
    Route("/hosted-events/{token}/change", show_form),
    Route("/hosted-events/{token}/change", propose, methods=["POST"]),
    Route("/hosted-events/{token}/change/withdraw", redirect_to_page),
    Route("/hosted-events/{token}/change/withdraw", withdraw, methods=["POST"]),
)
