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

from imd_locale.loading import SOURCE
from imd_sdk.models import EventState
from imd_widgets.caching.cache import Missing
from imd_widgets.context import Context, context_of
from imd_widgets.events.year_events import programme
from imd_widgets.responses.headers import data_answer, data_response, respond
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import RenderedWidget, step_of

MINUTE, HOUR = 60, 3600
SITEMAP, SECURITY = "/sitemap.xml", "/.well-known/security.txt"
# Prefixes alone, of pages for one reader and of what a crawler would make work for nothing.
ROBOTS = """\
User-agent: *
Disallow: /confirm/
Disallow: /orders/
Disallow: /check?
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

Pages: TypeAlias = list[tuple[str, datetime | None]]


async def robots(request: Request) -> Response:
    home = context_of(request).settings.public_url
    text = ROBOTS.format(home=home, sitemap=SITEMAP)
    return data_response(request, text.encode(), "text/plain; charset=utf-8", max_age=HOUR)


async def security(request: Request) -> Response:
    """https://www.rfc-editor.org/rfc/rfc9116: web addresses in it begin with `https:`."""
    site = context_of(request)
    contact, home = site.settings.contact, site.settings.public_url
    scheme = urlsplit(contact).scheme
    if not contact or scheme == "http":
        raise Missing
    midnight = site.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact if scheme == 'https' else f'mailto:{contact}'}",
        f"Expires: {midnight + EXPIRES_AFTER:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
    ]
    if home.startswith("https:"):
        lines.append(f"Canonical: {home}{SECURITY}")
    text = "".join(f"{line}\n" for line in lines)
    return data_response(request, text.encode(), "text/plain; charset=utf-8", max_age=HOUR)


async def sitemap(request: Request) -> Response:
    """The public pages, made again only when the campaign says something else."""
    site = context_of(request)
    key, step = ("sitemap",), step_of(site.clock(), MINUTE)
    kept = site.answers.get(key)
    if kept is None or not kept.holds(step, site.source):
        source = site.source.watched()
        answer = await _sitemap(replace(site, source=source))
        kept = RenderedWidget(answer, None, source.seen or {}, step)
        site.answers.put(key, kept)
    return respond(request, kept.answer)


async def _sitemap(site: Context) -> PreparedResponse:
    pages: Pages = [
        *_own_pages(),
        *await _petitions(site),
        *await _events(site),
        *await _posters(site),
    ]
    home = site.settings.public_url
    urls = (
        URL.format(
            address=home + path,
            changed=CHANGED.format(moment=moment.isoformat()) if moment else "",
        )
        for path, moment in pages
    )
    text = f"{HEAD}{''.join(urls)}</urlset>\n"
    max_age = site.settings.max_age
    return data_answer(text.encode(), "application/xml; charset=utf-8", max_age=max_age)


def _own_pages() -> Iterator[tuple[str, None]]:
    """At their canonical address; each page names its other languages itself."""
    for path in ("/", "/privacy", "/check"):
        yield f"{path}?lang={SOURCE}", None


async def _petitions(site: Context) -> Pages:
    if _is_off(site, "petitions"):
        return []
    petitions = (await site.source.petitions(SOURCE)).value
    return [
        (_address(site, "petitions", petition.slug, petition.lang), None)
        for petition in petitions
        if not _is_off(site, "petitions", {"petition": petition.slug})
    ]


async def _events(site: Context) -> Pages:
    if _is_off(site, "events"):
        return []
    events = (await programme(site.source, site.clock().year)).value.events
    return [
        (_address(site, "events", event.id, event.lang), event.updated_at)
        for event in events
        if event.state in PUBLIC
    ]


async def _posters(site: Context) -> Pages:
    if _is_off(site, "posters"):
        return []
    posters = (await site.source.posters(SOURCE)).value
    return [(_address(site, "posters", poster.slug, poster.lang), None) for poster in posters]


def _address(site: Context, word: str, name: str, lang: str) -> str:
    """In the language that the text is written in, where the pages are in that, too."""
    language = site.languages.nearest(lang) or site.languages.source
    return f"/{word}/{quote(name, safe='')}?lang={language.tag}"


def _is_off(site: Context, word: str, names: Mapping[str, str] | None = None) -> bool:
    return site.ends.of(word, names or {}, site.clock()) is not None


ROUTES = (
    Route("/robots.txt", robots),
    Route(SITEMAP, sitemap),
    Route(SECURITY, security),
)
