"""Events for feed readers, spreadsheets and maps, with the options of the list."""

import csv
import io
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk import AsyncClient
from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import get_context
from imd_widgets.events.options import EventOptions, Filters, make_circle_filter, make_filters
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.page_responses import get_language
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.widget import sunset as closing_words
from imd_widgets.widget.notices import SWITCHED_OFF
from imd_widgets.widget.options import Options, read_options

MAX_EVENTS = 1000
MAX_ATOM_ENTRIES = 100
LATEST_ZONE = timedelta(hours=12)  # behind UTC
OTHER_OPTIONS = {*Options.model_fields, "page", "view", "event"}
SELF_LINK = re.compile(rb'(<link [^>]*rel="self"[^>]* href=")[^"]*(")')

Load = Callable[[AsyncClient, Filters], Awaitable[bytes]]


def _count_rows(content: bytes) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(content.decode("utf-8-sig")))) - 1


@dataclass(frozen=True)
class Feed:
    name: str
    media_type: str
    load: Load
    count: Callable[[bytes], int]

    @property
    def path(self) -> str:
        return f"/events.{self.name}"


@dataclass(frozen=True)
class FeedLink:
    name: str
    media_type: str
    url: str


async def _load_calendar(client: AsyncClient, filters: Filters) -> bytes:
    return await client.events.ics(limit=MAX_EVENTS, **filters)


async def _load_atom(client: AsyncClient, filters: Filters) -> bytes:
    return await client.events.atom(limit=MAX_ATOM_ENTRIES, **filters)


async def _load_table(client: AsyncClient, filters: Filters) -> bytes:
    return await client.events.csv(limit=MAX_EVENTS, **filters)


async def _load_geojson(client: AsyncClient, filters: Filters) -> bytes:
    collection = await client.events.geojson(limit=MAX_EVENTS, **filters)
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


CALENDAR = Feed(
    "ics", "text/calendar", _load_calendar, lambda content: content.count(b"\nBEGIN:VEVENT\r\n")
)
# Its entries are in the order of their changes, so the latest are in it anyway.
ATOM = Feed("atom", "application/atom+xml", _load_atom, lambda _: 0)
CSV = Feed("csv", "text/csv", _load_table, _count_rows)
GEOJSON = Feed(
    "geojson",
    "application/geo+json",
    _load_geojson,
    lambda content: content.count(b'"type":"Feature"'),
)
FEEDS = (CALENDAR, ATOM, CSV, GEOJSON)
LABELS = {"ics": "iCalendar", "atom": "Atom", "csv": "CSV", "geojson": "GeoJSON"}


def encode_filters(options: EventOptions) -> str:
    query = options.model_dump(mode="json", exclude_defaults=True, exclude=OTHER_OPTIONS)
    return urlencode(query, safe=",")


def make_path(feed: Feed, options: EventOptions) -> str:
    return f"{feed.path}?{encode_filters(options)}".rstrip("?")


def list_feed_links(options: EventOptions, public_url: str) -> list[FeedLink]:
    return [
        FeedLink(LABELS[feed.name], feed.media_type, public_url + make_path(feed, options))
        for feed in FEEDS
    ]


async def load_feed(request: Request, feed: Feed) -> bytes:
    """Read a feed of this year's events, through the cache of files."""
    context = get_context(request)
    options = read_options(EventOptions, request.query_params, context.languages)
    now, client = context.clock(), context.source.client
    filters = _make_filters(options, now.year)
    key = (feed.path, *sorted(filters.items()))
    return (await context.source.read_file(key, lambda: _load(feed, client, filters, now))).value


async def _load(feed: Feed, client: AsyncClient, filters: Filters, now: datetime) -> bytes:
    """Load all events or, if they are too many, those that are not over anywhere on Earth."""
    content = await feed.load(client, filters)
    today = (now.astimezone(UTC) - LATEST_ZONE).date()
    is_ahead = filters["from_"] < today <= filters.get("to", today)
    if feed.count(content) < MAX_EVENTS or not is_ahead:
        return content
    return await feed.load(client, {**filters, "from_": today})


def _make_filters(options: EventOptions, year: int) -> Filters:
    place = make_circle_filter(options.circle) if options.circle else {}
    return {"from_": date(year, 1, 1), **make_filters(options), **place}


async def serve_atom(request: Request) -> Response:
    """Serve the campaign's feed, which links to itself at this server's URL."""
    context = get_context(request)
    options = read_options(EventOptions, request.query_params, context.languages)
    url = escape(context.settings.public_url + make_path(ATOM, options)).encode()
    content = SELF_LINK.sub(lambda found: found[1] + url + found[2], await load_feed(request, ATOM))
    return _respond(request, ATOM, content)


async def serve_table(request: Request) -> Response:
    response = _respond(request, CSV, await load_feed(request, CSV))
    response.headers["Content-Disposition"] = 'attachment; filename="18-december.csv"'
    return response


async def serve_geojson(request: Request) -> Response:
    return _respond(request, GEOJSON, await load_feed(request, GEOJSON))


def _respond(request: Request, feed: Feed, content: bytes) -> Response:
    max_age = get_context(request).settings.max_age
    media_type = f"{feed.media_type}; charset=utf-8" if feed is not GEOJSON else feed.media_type
    return respond_with_data(request, content, media_type, max_age=max_age)


async def serve_closed_atom(request: Request, reason: ClosedReason) -> Response:
    """Serve one entry in place of the events, for readers who have subscribed."""
    context = get_context(request)
    sunset = context.closing_rules.sunset
    day = sunset if reason is ClosedReason.OVER and sunset else context.clock()
    url, words = escape(context.settings.public_url), escape(_explain(request, reason))
    updated = f"{day.astimezone(UTC):%Y-%m-%dT00:00:00Z}"
    content = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{url}/events.atom</id><title>{words}</title><updated>{updated}</updated>"
        f"<author><name>{words}</name></author>"
        f"<entry><id>{url}/events.atom#{reason}</id><title>{words}</title>"
        f'<updated>{updated}</updated><link href="{url}/"/><summary>{words}</summary></entry>'
        "</feed>\n"
    )
    return _respond(request, ATOM, content.encode())


async def serve_closed_table(request: Request, reason: ClosedReason) -> Response:
    words = _explain(request, reason).replace('"', '""')
    return _respond(request, CSV, f'\ufeff"{words}"\r\n'.encode())


async def serve_closed_geojson(request: Request, reason: ClosedReason) -> Response:
    collection: Mapping[str, Any] = {
        "type": "FeatureCollection",
        "features": [],
        "description": _explain(request, reason),
    }
    return _respond(request, GEOJSON, json.dumps(collection, ensure_ascii=False).encode())


def _explain(request: Request, reason: ClosedReason) -> str:
    words = closing_words.OVER if reason is ClosedReason.OVER else SWITCHED_OFF.title
    return get_language(request).gettext(words)


ROUTES = (
    *open_until_sunset(Route(ATOM.path, serve_atom), when_closed=serve_closed_atom),
    *open_until_sunset(Route(CSV.path, serve_table), when_closed=serve_closed_table),
    *open_until_sunset(Route(GEOJSON.path, serve_geojson), when_closed=serve_closed_geojson),
)
