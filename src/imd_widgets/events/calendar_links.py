"""Links that add an event to a calendar on the web, with one press.

The campaign's own URL redirects there, so widgets stay short and nothing else is requested.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imd_sdk.models import Event, Precision
from imd_widgets.context import get_context
from imd_widgets.events.event import list_place_parts
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.page_responses import get_language
from imd_widgets.urls import keep_web_url

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
# In UTF-8, a letter takes up to 12 characters of a URL; longer URLs are rejected.
MAX_TITLE, MAX_LOCATION = 150, 150


def make_google_url(event: Event, page_url: str, language: Language) -> str:
    start = f"{event.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    end = f"{_get_end(event).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    values = {
        "action": "TEMPLATE",
        "text": event.title[:MAX_TITLE],
        "dates": f"{start}/{end}",
        "details": _describe(event, page_url),
        "location": _locate(event, language),
    }
    return f"{GOOGLE}?{urlencode(values, quote_via=quote)}"


def make_outlook_url(event: Event, page_url: str, language: Language) -> str:
    values = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": event.title[:MAX_TITLE],
        "startdt": f"{event.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{_get_end(event).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "body": _describe(event, page_url),
        "location": _locate(event, language),
    }
    return f"{OUTLOOK}?{urlencode(values, quote_via=quote)}"


def _get_end(event: Event) -> datetime:
    """Return the end; an event without one has no length, rather than one that nobody chose."""
    return event.ends_at or event.starts_at


def _describe(event: Event, page_url: str) -> str:
    room = keep_web_url(event.url) if event.online else ""
    return "\n".join(url for url in (room, page_url) if url)


def _locate(event: Event, language: Language) -> str:
    """Return the place as it is public: the town and the country of a private one."""
    if event.online:
        return keep_web_url(event.url)
    parts = list_place_parts(event, language)
    if event.place and event.place.precision == Precision.AREA:
        parts = [event.place.locality, language.territory(event.place.country)]
    return ", ".join(parts)[:MAX_LOCATION]


async def open_google(request: Request) -> Response:
    event, page_url = await _load(request)
    return _leave(make_google_url(event, page_url, get_language(request)))


async def open_outlook(request: Request) -> Response:
    event, page_url = await _load(request)
    return _leave(make_outlook_url(event, page_url, get_language(request)))


async def _load(request: Request) -> tuple[Event, str]:
    context = get_context(request)
    event = (await context.source.get_event(request.path_params["id"])).value
    return event, f"{context.settings.public_url}/events/{quote(event.id, safe='')}"


def _leave(url: str) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(url, HTTPStatus.SEE_OTHER, headers)


ROUTES = open_until_sunset(
    Route("/events/{id}/google-calendar", open_google),
    Route("/events/{id}/outlook", open_outlook),
)
