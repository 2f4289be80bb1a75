"""Events as files for calendars: one to put in, or a choice of them to subscribe to."""

import re
from datetime import UTC, date
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.availability import ClosedReason
from imd_widgets.context import context_of
from imd_widgets.events.event import subject, view
from imd_widgets.events.options import EventOptions, Filters, asked_around, asked_of_campaign
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.page_responses import about, language_of, show
from imd_widgets.responses.headers import data_response
from imd_widgets.widget import sunset as closing_words
from imd_widgets.widget.options import Options, read
from imd_widgets.widget.widget import SWITCHED_OFF

PATH = "/events.ics"
PAGE = "/events/calendar"
LINE, LETTERS = 75, 18
NOT_FILTERS = {*Options.model_fields, "page"}


def address_of(options: EventOptions) -> str:
    return f"{PATH}?{_filters(options)}".rstrip("?")


def page_of(options: EventOptions) -> str:
    return f"{PAGE}?lang={options.lang}&{_filters(options)}".rstrip("&")


def subscription_to(options: EventOptions, public_url: str) -> str:
    return f"webcal://{urlsplit(public_url).netloc}{address_of(options)}"


def _filters(options: EventOptions) -> str:
    kept = options.model_dump(mode="json", exclude_defaults=True, exclude=NOT_FILTERS)
    return urlencode(kept, safe=",")


async def events(request: Request) -> Response:
    site = context_of(request)
    options = read(EventOptions, request.query_params, site.languages)
    filters = _asked(options, site.clock().year)
    client = site.source.client
    key = ("calendar", *sorted(filters.items()))
    return answer(
        request, (await site.source.file(key, lambda: client.events.ics(**filters))).value
    )


def _asked(options: EventOptions, year: int) -> Filters:
    place = asked_around(options.circle) if options.circle else {}
    return {"from_": date(year, 1, 1), **asked_of_campaign(options), **place}


async def events_page(request: Request) -> Response:
    site = context_of(request)
    options = read(EventOptions, request.query_params, site.languages)
    also = _filters(options)
    return show(
        request,
        "calendar.html",
        event=None,
        file=address_of(options),
        address=site.settings.public_url + address_of(options),
        subscription=subscription_to(options, site.settings.public_url),
        circle=options.circle,
        also=f"&{also}" if also else "",
    )


async def event_page(request: Request) -> Response:
    """A frame's sandbox lets nobody save a file, so a widget leads here, and here it comes."""
    event_id = request.path_params["id"]
    event = await context_of(request).source.event(event_id)
    file = f"/events/{quote(event_id, safe='')}.ics"
    shown = view(event.value, language_of(request), context_of(request).clock())
    return show(
        request,
        "calendar.html",
        about=about(request, subject(shown)),
        event=event.value,
        file=file,
    )


async def event(request: Request) -> Response:
    return answer(
        request, (await context_of(request).source.calendar(request.path_params["id"])).value
    )


async def notice(request: Request, end: ClosedReason) -> Response:
    """Who has subscribed finds one line in the place of the events, in their calendar."""
    site, language = context_of(request), language_of(request)
    sunset = site.ends.sunset
    day = sunset if end is ClosedReason.OVER and sunset else site.clock()
    words = closing_words.OVER if end is ClosedReason.OVER else SWITCHED_OFF.title
    host = urlsplit(site.settings.public_url).hostname
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//International Migrants Day//Widgets//EN"),
        *("BEGIN:VEVENT", f"UID:{end}@{host}", f"DTSTAMP:{day.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
        *(f"DTSTART;VALUE=DATE:{day.astimezone(UTC):%Y%m%d}", "TRANSP:TRANSPARENT"),
        *(f"SUMMARY:{_text(language.gettext(words))}", "END:VEVENT", "END:VCALENDAR"),
    )
    return answer(request, "".join(f"{_folded(line)}\r\n" for line in lines).encode())


def _text(words: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc5545#section-3.3.11"""
    return re.sub(r"[\\;,]", r"\\\g<0>", words)


def _folded(line: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc5545#section-3.1, by letters of at most four bytes."""
    if len(line.encode()) <= LINE:
        return line
    return "\r\n ".join(line[at : at + LETTERS] for at in range(0, len(line), LETTERS))


def answer(request: Request, ics: bytes) -> Response:
    max_age = context_of(request).settings.max_age
    response = data_response(request, ics, "text/calendar; charset=utf-8", max_age=max_age)
    response.headers["Content-Disposition"] = 'attachment; filename="18-december.ics"'
    return response


ROUTES = (
    *open_until_sunset(Route(PATH, events), Route("/events/{id}.ics", event), instead=notice),
    *open_until_sunset(Route(PAGE, events_page), Route("/events/{id}/calendar", event_page)),
)
