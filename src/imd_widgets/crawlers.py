"""robots.txt, sitemap.xml and security.txt."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_locale.language_loader import SOURCE
from imd_sdk.models import EventState
from imd_widgets.caching.cache import Missing
from imd_widgets.context import Context, get_context
from imd_widgets.events.year_events import load_year_events
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import RenderedWidget, compute_step
from imd_widgets.responses.response_factory import prepare_data, respond, respond_with_data

MINUTE, HOUR = 60, 3600
SITEMAP, SECURITY = "/sitemap.xml", "/.well-known/security.txt"
# Prefixes of pages for one reader, and of pages that cost work and are of no use to a crawler.
ROBOTS = """\
User-agent: *
Disallow: /attendances/
Disallow: /confirm/
Disallow: /hosted-events/
Disallow: /orders/
Disallow: /partners/
Disallow: /your-data/
Disallow: /check?*url=
Disallow: /screen/*/stream
Disallow: /v1/
Allow: /v1/docs

Sitemap: {home}{sitemap}
"""
EXPIRES_AFTER = timedelta(days=180)
XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{XMLNS}">\n'
URL = Markup("<url><loc>{address}</loc>{changed}</url>\n")
CHANGED = Markup("<lastmod>{moment}</lastmod>")
PUBLIC = frozenset((EventState.PUBLIC, EventState.CANCELLED))

SitemapPages: TypeAlias = list[tuple[str, datetime | None]]


async def serve_robots(request: Request) -> Response:
    home = get_context(request).settings.public_url
    text = ROBOTS.format(home=home, sitemap=SITEMAP)
    return respond_with_data(request, text.encode(), "text/plain; charset=utf-8", max_age=HOUR)


async def serve_security(request: Request) -> Response:
    """Serve security.txt (RFC 9116), whose web URLs must begin with `https:`."""
    context = get_context(request)
    contact, home = context.settings.contact, context.settings.public_url
    scheme = urlsplit(contact).scheme
    if not contact or scheme == "http":
        raise Missing
    midnight = context.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact if scheme == 'https' else f'mailto:{contact}'}",
        f"Expires: {midnight + EXPIRES_AFTER:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
    ]
    if home.startswith("https:"):
        lines.append(f"Canonical: {home}{SECURITY}")
    text = "".join(f"{line}\n" for line in lines)
    return respond_with_data(request, text.encode(), "text/plain; charset=utf-8", max_age=HOUR)


async def serve_sitemap(request: Request) -> Response:
    """Serve the sitemap of public pages, rendered again only when the campaign's data change."""
    context = get_context(request)
    key, step = ("sitemap",), compute_step(context.clock(), MINUTE)
    cached = context.response_cache.get(key)
    if cached is None or not cached.is_current(step, context.source):
        source = context.source.start_recording()
        response = await _make_sitemap(replace(context, source=source))
        cached = RenderedWidget(response, None, source.reads or {}, step)
        context.response_cache.put(key, cached)
    return respond(request, cached.response)


async def _make_sitemap(context: Context) -> PreparedResponse:
    pages: SitemapPages = [
        *_list_own_pages(),
        *await _list_petitions(context),
        *await _list_events(context),
        *await _list_posters(context),
    ]
    home = context.settings.public_url
    urls = (
        URL.format(
            address=home + path,
            changed=CHANGED.format(moment=moment.isoformat()) if moment else "",
        )
        for path, moment in pages
    )
    text = f"{HEAD}{''.join(urls)}</urlset>\n"
    max_age = context.settings.max_age
    return prepare_data(text.encode(), "application/xml; charset=utf-8", max_age=max_age)


def _list_own_pages() -> Iterator[tuple[str, None]]:
    """List our own pages by canonical URL; each page names its other languages itself."""
    for path in ("/", "/privacy", "/check"):
        yield f"{path}?lang={SOURCE}", None


async def _list_petitions(context: Context) -> SitemapPages:
    if _is_closed(context, "petitions"):
        return []
    petitions = (await context.source.list_petitions(SOURCE)).value
    return [
        (_make_path(context, "petitions", petition.slug, petition.lang), None)
        for petition in petitions
        if not _is_closed(context, "petitions", {"petition": petition.slug})
    ]


async def _list_events(context: Context) -> SitemapPages:
    if _is_closed(context, "events"):
        return []
    events = (await load_year_events(context.source, context.clock().year)).value.events
    return [
        (_make_path(context, "events", event.id, event.lang), event.updated_at)
        for event in events
        if event.state in PUBLIC
    ]


async def _list_posters(context: Context) -> SitemapPages:
    if _is_closed(context, "posters"):
        return []
    posters = (await context.source.list_posters(SOURCE)).value
    return [(_make_path(context, "posters", poster.slug, poster.lang), None) for poster in posters]


def _make_path(context: Context, word: str, name: str, lang: str) -> str:
    """Return the page's path in the text's own language, if the pages have that language."""
    language = context.languages.find_nearest(lang) or context.languages.source
    return f"/{word}/{quote(name, safe='')}?lang={language.tag}"


def _is_closed(context: Context, key: str, names: Mapping[str, str] | None = None) -> bool:
    return context.closing_rules.closed_reason(key, names or {}, context.clock()) is not None


ROUTES = (
    Route("/robots.txt", serve_robots),
    Route(SITEMAP, serve_sitemap),
    Route(SECURITY, serve_security),
)
