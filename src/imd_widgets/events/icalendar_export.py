"""Events as calendar files: one to download, or a selection to subscribe to."""

import re
from datetime import UTC
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import get_context
from imd_widgets.events import feeds
from imd_widgets.events.event import make_subject, make_view
from imd_widgets.events.feeds import encode_filters
from imd_widgets.events.options import EventOptions
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.page_responses import describe_page, get_language, render_page
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.widget import sunset as closing_words
from imd_widgets.widget.notices import SWITCHED_OFF
from imd_widgets.widget.options import read_options

PAGE = "/events/calendar"
LINE, LETTERS = 75, 18


def make_file_path(options: EventOptions) -> str:
    return feeds.make_path(feeds.CALENDAR, options)


def make_page_path(options: EventOptions) -> str:
    return f"{PAGE}?lang={options.lang}&{encode_filters(options)}".rstrip("&")


def make_subscription_url(options: EventOptions, public_url: str) -> str:
    return f"webcal://{urlsplit(public_url).netloc}{make_file_path(options)}"


async def serve_events(request: Request) -> Response:
    return respond_with_calendar(request, await feeds.load_feed(request, feeds.CALENDAR))


async def show_events_page(request: Request) -> Response:
    context = get_context(request)
    options = read_options(EventOptions, request.query_params, context.languages)
    other_parameters = encode_filters(options)
    return render_page(
        request,
        "calendar.html",
        event=None,
        file=make_file_path(options),
        address=context.settings.public_url + make_file_path(options),
        subscription=make_subscription_url(options, context.settings.public_url),
        circle=options.circle,
        feeds=feeds.list_feed_links(options, context.settings.public_url)[1:],
        other_parameters=f"&{other_parameters}" if other_parameters else "",
    )


async def show_event_page(request: Request) -> Response:
    """Show a page that downloads the file, because sandboxed frames cannot save files."""
    event_id = request.path_params["id"]
    event = await get_context(request).source.get_event(event_id)
    file = f"/events/{quote(event_id, safe='')}.ics"
    shown = make_view(event.value, get_language(request), get_context(request).clock())
    return render_page(
        request,
        "calendar.html",
        metadata=describe_page(request, make_subject(shown)),
        event=event.value,
        file=file,
        feeds=(),
    )


async def serve_event(request: Request) -> Response:
    return respond_with_calendar(
        request, (await get_context(request).source.get_calendar(request.path_params["id"])).value
    )


async def serve_closed_calendar(request: Request, reason: ClosedReason) -> Response:
    """Serve one entry in place of the events, for readers who have subscribed."""
    context, language = get_context(request), get_language(request)
    sunset = context.closing_rules.sunset
    day = sunset if reason is ClosedReason.OVER and sunset else context.clock()
    words = closing_words.OVER if reason is ClosedReason.OVER else SWITCHED_OFF.title
    host = urlsplit(context.settings.public_url).hostname
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//International Migrants Day//Widgets//EN"),
        *("BEGIN:VEVENT", f"UID:{reason}@{host}", f"DTSTAMP:{day.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
        *(f"DTSTART;VALUE=DATE:{day.astimezone(UTC):%Y%m%d}", "TRANSP:TRANSPARENT"),
        *(f"SUMMARY:{_escape(language.gettext(words))}", "END:VEVENT", "END:VCALENDAR"),
    )
    return respond_with_calendar(request, "".join(f"{_fold(line)}\r\n" for line in lines).encode())


def _escape(words: str) -> str:
    """Escape text: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.11"""
    return re.sub(r"[\\;,]", r"\\\g<0>", words)


def _fold(line: str) -> str:
    """Fold a line by characters of at most four bytes (RFC 5545, section 3.1)."""
    if len(line.encode()) <= LINE:
        return line
    return "\r\n ".join(line[at : at + LETTERS] for at in range(0, len(line), LETTERS))


def respond_with_calendar(request: Request, ics: bytes) -> Response:
    max_age = get_context(request).settings.max_age
    response = respond_with_data(request, ics, "text/calendar; charset=utf-8", max_age=max_age)
    response.headers["Content-Disposition"] = 'attachment; filename="18-december.ics"'
    return response


ROUTES = (
    *open_until_sunset(
        Route(feeds.CALENDAR.path, serve_events),
        Route("/events/{id}.ics", serve_event),
        when_closed=serve_closed_calendar,
    ),
    *open_until_sunset(
        Route(PAGE, show_events_page), Route("/events/{id}/calendar", show_event_page)
    ),
)
