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

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import Context, get_context
from imd_widgets.embedding.first_petition import FIRST_PETITION, load_first_petition
from imd_widgets.embedding.snippet import Snippet, make_snippet
from imd_widgets.events import event_list
from imd_widgets.languages import Language, Languages
from imd_widgets.petitions import counter, petition_widget
from imd_widgets.posters import posters
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import PUBLIC_HEADERS
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.widget.options import InvalidOptions, list_pairs, read_options
from imd_widgets.widget.page_metadata import CAMPAIGN, PREVIEW_SIZE
from imd_widgets.widget.widget import Widget, WidgetRequest

WIDTH = 600
MAX_DIGITS = 5
MAX_URL_LENGTH = 2000
TIMEOUT = 2
HOUR, DAY = 3600, 24 * 3600
ERROR_HEADERS = {**PUBLIC_HEADERS, "Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding"}
# WordPress keeps only these attributes, in this order: wp_filter_oembed_result().
HTML = Markup(
    '<blockquote><a href="{link}">{title}</a></blockquote>'
    '<iframe src="{src}" width="{width}" height="{height}" title="{title}" frameborder="0"'
    ' marginwidth="0" marginheight="0" scrolling="no"></iframe>'
)

# The first match counts. Names that are not in the widget's path are options of the widget.
PAGES: Mapping[str, Widget[Any]] = {
    "/petitions/{petition}.png": petition_widget.WIDGET,
    "/petitions/{petition}": petition_widget.WIDGET,
    "/petitions/{petition}/thanks": petition_widget.WIDGET,
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
    "/posters/{poster}/thanks": posters.WIDGET,
}

OembedFields = Mapping[str, str | int]


class UnknownUrl(Exception):  # noqa: N818 - a state that is reported, not a fault
    pass


@dataclass(frozen=True)
class WidgetAddress:
    """A widget, its path parameters, and its options as they were written."""

    widget: Widget[Any]
    path_params: Mapping[str, str]
    query: Sequence[tuple[str, str]]


async def serve_oembed(request: Request) -> Response:
    query = request.query_params
    chosen_format = FORMATS.get((query.get("format") or "json").lower())
    if chosen_format is None:
        return _respond_with_error(HTTPStatus.NOT_IMPLEMENTED, "The formats are json and xml.")
    if not query.get("url"):
        return _respond_with_error(
            HTTPStatus.BAD_REQUEST, "Give the address of a widget or of a page as url."
        )
    try:
        snippet = await find_snippet(get_context(request), query["url"].strip())
    except UnknownUrl as error:
        return _respond_with_error(HTTPStatus.NOT_FOUND, str(error))
    write, media_type = chosen_format
    limits = tuple(_parse_size(query.get(name, "")) for name in ("maxwidth", "maxheight"))
    width, height = min(WIDTH, limits[0] or WIDTH), min(snippet.height, limits[1] or snippet.height)
    fields = _make_response(snippet, width, height) | _make_thumbnail(snippet, *limits)
    return respond_with_data(request, write(fields), media_type, max_age=HOUR)


async def find_snippet(context: Context, url: str) -> Snippet:
    """Find the widget for one of our URLs, in any form in which people copy it."""
    parts = _split_url(url)
    if parts is None or _get_host(parts) != _get_host(urlsplit(context.settings.public_url)):
        raise UnknownUrl("This URL does not belong to this server.")
    query = QueryParams(parts.query)
    path = unquote(parts.path).rstrip("/")
    found = _find_page(path, query, context.languages) or _find_widget(path, query)
    widget, path_params = found.widget, found.path_params
    known = [pair for pair in found.query if pair[0] in widget.options.model_fields]
    try:
        options = read_options(widget.options, QueryParams(known), context.languages)
    except InvalidOptions as bad:
        raise UnknownUrl(" ".join(bad.errors.values())) from None
    language = context.languages[options.lang]
    is_single = path_params or options.single
    if is_single and await _is_gone(
        widget, WidgetRequest(context, language, options, path_params, context.clock())
    ):
        raise UnknownUrl("What was at this URL no longer exists.")
    if "petition" not in path_params:
        path_params = {"petition": await _load_petition(context, language), **path_params}
    return make_snippet(widget, options, language, path_params, context.settings.public_url)


def _split_url(url: str) -> SplitResult | None:
    if len(url) > MAX_URL_LENGTH:
        return None
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} else None


def _get_host(parts: SplitResult) -> tuple[str, int | None] | None:
    try:
        port = parts.port
    except ValueError:
        return None
    named = (parts.hostname or "").removeprefix("www.")
    return named, None if port in {80, 443} else port


def _find_page(path: str, query: QueryParams, languages: Languages) -> WidgetAddress | None:
    """Find the widget for a page, in the language that the page would have."""
    language = languages.find_nearest(query.get("lang", "")) or languages.source
    for pattern, widget in PAGES.items():
        names = _match(pattern, path)
        if names is None:
            continue
        chosen = [*names.items(), ("lang", language.tag)]
        if not names:
            chosen += [pair for pair in list_pairs(query) if pair[0] != "lang"]
        path_params = {name: names[name] for name in names if f"{{{name}}}" in widget.path}
        return WidgetAddress(widget, path_params, chosen)
    return None


def _find_widget(path: str, query: QueryParams) -> WidgetAddress:
    for widget in WIDGETS:
        if not path and query.get("widget") == widget.key:
            return WidgetAddress(widget, {}, list_pairs(query))
        path_params = _match(widget.path, path)
        if path_params is not None:
            return WidgetAddress(widget, path_params, list_pairs(query))
    raise UnknownUrl("There is no widget for this URL.")


def _match(pattern: str, path: str) -> dict[str, str] | None:
    parts = {"type": "http", "method": "GET", "path": path}
    match, scope = Route(pattern, serve_oembed).matches(parts)
    return scope["path_params"] if match == Match.FULL else None


async def _load_petition(context: Context, language: Language) -> str:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await load_first_petition(context, language)
    except TimeoutError:
        return FIRST_PETITION


async def _is_gone(widget: Widget[Any], request: WidgetRequest[Any]) -> bool:
    """Return whether the campaign says that it is gone; if the campaign is down, it is not.

    Consumers keep the response for years, a 404 too.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            await widget.load(request)
    except MISSING_ERRORS:
        return True
    except (Unavailable, TimeoutError):
        return False
    return False


def _parse_size(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) <= MAX_DIGITS else 0


def _make_response(snippet: Snippet, width: int, height: int) -> dict[str, str | int]:
    html = HTML.format(
        link=snippet.link_url,
        title=snippet.title,
        src=snippet.url,
        width=width,
        height=height,
    )
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": CAMPAIGN,
        "provider_url": snippet.public_url,
        "title": snippet.title,
        "html": str(html),
        "width": width,
        "height": height,
        "cache_age": DAY,
    }


def _make_thumbnail(snippet: Snippet, widest: int, highest: int) -> dict[str, str | int]:
    """Return the image if it fits the requested size: https://oembed.com/#section2.3.4"""
    width, height = PREVIEW_SIZE
    fits = width <= (widest or width) and height <= (highest or height)
    if not snippet.image_path or not fits:
        return {}
    address = f"{snippet.public_url}{snippet.image_path}"
    return {"thumbnail_url": address, "thumbnail_width": width, "thumbnail_height": height}


def _to_json(fields: OembedFields) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def _to_xml(fields: OembedFields) -> bytes:
    root = ET.Element("oembed")
    for name, value in fields.items():
        ET.SubElement(root, name).text = str(value)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _respond_with_error(status: HTTPStatus, sentence: str) -> Response:
    """Respond in plain text: WordPress reads the body of an error as if it were a response."""
    return Response(f"{sentence}\n", status, ERROR_HEADERS, media_type="text/plain")


FORMATS: Mapping[str, tuple[Callable[[OembedFields], bytes], str]] = {
    "json": (_to_json, "application/json"),
    "xml": (_to_xml, "text/xml; charset=utf-8"),
}
ROUTES = (Route("/oembed", serve_oembed),)
