import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from xml.etree import ElementTree as ET

from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.context import Context, context_of
from imd_widgets.embedding.builder import FIRST_PETITION, first_petition
from imd_widgets.embedding.snippet import Snippet, snippet
from imd_widgets.events import event_list
from imd_widgets.languages import Language, Languages
from imd_widgets.petitions import counter, sign
from imd_widgets.posters import posters
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import FOR_ALL, data_response
from imd_widgets.widget.card import IMAGE_SIZE
from imd_widgets.widget.options import BadOptions, pairs, read
from imd_widgets.widget.page_metadata import CAMPAIGN
from imd_widgets.widget.widget import Widget, WidgetRequest

WIDTH = 600
DIGITS = 5
MAX_URL_LENGTH = 2000
PATIENCE = 2
HOUR, DAY = 3600, 24 * 3600
ERROR_HEADERS = {**FOR_ALL, "Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding"}
# WordPress keeps these attributes in this shape and no other: wp_filter_oembed_result().
HTML = Markup(
    '<blockquote><a href="{link}">{title}</a></blockquote>'
    '<iframe src="{src}" width="{width}" height="{height}" title="{title}" frameborder="0"'
    ' marginwidth="0" marginheight="0" scrolling="no"></iframe>'
)

# The first that matches counts. What is no name in the widget's path is an option of it.
PAGES: Mapping[str, Widget[Any]] = {
    "/petitions/{petition}.png": sign.WIDGET,
    "/petitions/{petition}": sign.WIDGET,
    "/petitions/{petition}/thanks": sign.WIDGET,
    "/screen/{petition}": counter.WIDGET,
    "/events/calendar": event_list.WIDGET,
    "/events/{event}.ics": event_list.WIDGET,
    "/events/{event}.png": event_list.WIDGET,
    "/events/{event}": event_list.WIDGET,
    "/events/{event}/calendar": event_list.WIDGET,
    "/events/{event}/thanks": event_list.WIDGET,
    "/posters/{poster}.png": posters.WIDGET,
    "/posters/{poster}": posters.WIDGET,
    "/posters/{poster}/order": posters.WIDGET,
}

Said = Mapping[str, str | int]


class NotOurs(Exception):  # noqa: N818 - a state that is told, not a fault
    pass


@dataclass(frozen=True)
class Found:
    """A widget, the names in its path, and its options as they were written."""

    widget: Widget[Any]
    places: Mapping[str, str]
    query: Sequence[tuple[str, str]]


async def answer(request: Request) -> Response:
    query = request.query_params
    spoken = FORMATS.get((query.get("format") or "json").lower())
    if spoken is None:
        return _refuse(HTTPStatus.NOT_IMPLEMENTED, "The formats are json and xml.")
    if not query.get("url"):
        return _refuse(HTTPStatus.BAD_REQUEST, "Give the address of a widget or of a page as url.")
    try:
        offered = await find(context_of(request), query["url"].strip())
    except NotOurs as error:
        return _refuse(HTTPStatus.NOT_FOUND, str(error))
    write, media_type = spoken
    most = tuple(_most(query.get(name, "")) for name in ("maxwidth", "maxheight"))
    width, height = min(WIDTH, most[0] or WIDTH), min(offered.height, most[1] or offered.height)
    said = _said(offered, width, height) | _thumbnail(offered, *most)
    return data_response(request, write(said), media_type, max_age=HOUR)


async def find(site: Context, url: str) -> Snippet:
    """The widget at an address of ours, however somebody copied it."""
    there = _split(url)
    if there is None or _host(there) != _host(urlsplit(site.settings.public_url)):
        raise NotOurs("This URL does not belong to this server.")
    query = QueryParams(there.query)
    path = unquote(there.path).rstrip("/")
    found = _page(path, query, site.languages) or _widget(path, query)
    widget, places = found.widget, found.places
    known = [pair for pair in found.query if pair[0] in widget.options.model_fields]
    try:
        options = read(widget.options, QueryParams(known), site.languages)
    except BadOptions as bad:
        raise NotOurs(" ".join(bad.faults.values())) from None
    language = site.languages[options.lang]
    one = places or options.single
    if one and await _is_gone(widget, WidgetRequest(site, language, options, places, site.clock())):
        raise NotOurs("What was at this URL no longer exists.")
    if "petition" not in places:
        places = {"petition": await _petition(site, language), **places}
    return snippet(widget, options, language, places, site.settings.public_url)


def _split(url: str) -> SplitResult | None:
    if len(url) > MAX_URL_LENGTH:
        return None
    try:
        there = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return None
    return there if there.scheme in {"http", "https"} else None


def _host(there: SplitResult) -> tuple[str, int | None] | None:
    try:
        port = there.port
    except ValueError:
        return None
    named = (there.hostname or "").removeprefix("www.")
    return named, None if port in {80, 443} else port


def _page(path: str, query: QueryParams, languages: Languages) -> Found | None:
    """The widget that shows what a page is about, in the language that the page would have."""
    language = languages.nearest(query.get("lang", "")) or languages.source
    for pattern, widget in PAGES.items():
        names = _matched(pattern, path)
        if names is None:
            continue
        chosen = [*names.items(), ("lang", language.tag)]
        if not names:
            chosen += [pair for pair in pairs(query) if pair[0] != "lang"]
        places = {name: names[name] for name in names if f"{{{name}}}" in widget.path}
        return Found(widget, places, chosen)
    return None


def _widget(path: str, query: QueryParams) -> Found:
    for widget in WIDGETS:
        if not path and query.get("widget") == widget.key:
            return Found(widget, {}, pairs(query))
        places = _matched(widget.path, path)
        if places is not None:
            return Found(widget, places, pairs(query))
    raise NotOurs("There is no widget for this URL.")


def _matched(pattern: str, path: str) -> dict[str, str] | None:
    there = {"type": "http", "method": "GET", "path": path}
    match, scope = Route(pattern, answer).matches(there)
    return scope["path_params"] if match == Match.FULL else None


async def _petition(site: Context, language: Language) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await first_petition(site, language)
    except TimeoutError:
        return FIRST_PETITION


async def _is_gone(widget: Widget[Any], ask: WidgetRequest[Any]) -> bool:
    """Whether the campaign says so; where it says nothing, the widget stands.

    Who asks keeps the answer for years, a refusal too.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            await widget.load(ask)
    except MISSING:
        return True
    except (Unavailable, TimeoutError):
        return False
    return False


def _most(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) <= DIGITS else 0


def _said(offered: Snippet, width: int, height: int) -> dict[str, str | int]:
    html = HTML.format(
        link=offered.link_address,
        title=offered.title,
        src=offered.address,
        width=width,
        height=height,
    )
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": CAMPAIGN,
        "provider_url": offered.public_url,
        "title": offered.title,
        "html": str(html),
        "width": width,
        "height": height,
        "cache_age": DAY,
    }


def _thumbnail(offered: Snippet, widest: int, highest: int) -> dict[str, str | int]:
    """Where there is a picture that is within what was asked: https://oembed.com/#section2.3.4"""
    width, height = IMAGE_SIZE
    fits = width <= (widest or width) and height <= (highest or height)
    if not offered.picture or not fits:
        return {}
    address = f"{offered.public_url}{offered.picture}"
    return {"thumbnail_url": address, "thumbnail_width": width, "thumbnail_height": height}


def _json(said: Said) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _xml(said: Said) -> bytes:
    root = ET.Element("oembed")
    for name, value in said.items():
        ET.SubElement(root, name).text = str(value)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _refuse(status: HTTPStatus, sentence: str) -> Response:
    """Plain text: WordPress reads the body of a refusal as if it were an answer."""
    return Response(f"{sentence}\n", status, ERROR_HEADERS, media_type="text/plain")


FORMATS: Mapping[str, tuple[Callable[[Said], bytes], str]] = {
    "json": (_json, "application/json"),
    "xml": (_xml, "text/xml; charset=utf-8"),
}
ROUTES = (Route("/oembed", answer),)
