from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import Context, get_context
from imd_widgets.images.summary_formats import (
    FORMATS,
    Format,
    SummaryRequest,
    write_png,
)
from imd_widgets.languages import Language
from imd_widgets.pages import closed_pages
from imd_widgets.pages.closed_pages import ClosedHandler, open_until_sunset
from imd_widgets.pages.preview_images import make_title_endpoint
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import PUBLIC_HEADERS
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.theme import Appearance
from imd_widgets.widget.notices import NOT_FOUND, RETRY_SECONDS, UNREACHABLE
from imd_widgets.widget.options import InvalidOptions, read_options
from imd_widgets.widget.summary import WidgetSummary, summarise_day
from imd_widgets.widget.widget import Widget, WidgetRequest


def _make_endpoint(widget: Widget[Any], form: Format) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        context = get_context(request)
        try:
            options = read_options(widget.options, request.query_params, context.languages)
        except InvalidOptions as bad:
            return _respond_with_error(HTTPStatus.BAD_REQUEST, *bad.errors.values())
        language = context.languages[options.lang]
        try:
            summary = await _load_summary(
                widget,
                WidgetRequest(context, language, options, request.path_params, context.clock()),
            )
        except MISSING_ERRORS:
            return _respond_with_error(NOT_FOUND.status, language.gettext(NOT_FOUND.title))
        except Unavailable:
            if not form.is_image:
                return _respond_with_error(UNREACHABLE.status, language.gettext(UNREACHABLE.title))
            return respond_with_data(
                request,
                await _write(form, context, summarise_day(language), language, options.appearance),
                form.media_type,
            )
        content = await _write(form, context, summary, language, options.appearance)
        return respond_with_data(
            request, content, form.media_type, max_age=context.settings.max_age
        )

    return endpoint


def _make_closed_endpoint(widget: Widget[Any], form: Format) -> ClosedHandler:
    async def instead(request: Request, reason: ClosedReason) -> Response:
        context = get_context(request)
        try:
            options = read_options(widget.options, request.query_params, context.languages)
        except InvalidOptions as bad:
            language, appearance = bad.language, bad.appearance
        else:
            language, appearance = context.languages[options.lang], options.appearance
        summary = await closed_pages.summarise_closed(
            reason, context, language, appearance, request.path_params
        )
        content = await _write(form, context, summary, language, appearance)
        return respond_with_data(
            request, content, form.media_type, max_age=context.settings.max_age
        )

    return instead


async def _load_summary(widget: Widget[Any], request: WidgetRequest[Any]) -> WidgetSummary:
    if widget.summarise is None:
        raise TypeError(f"{widget.name} has no summary")
    return widget.summarise(await widget.load(request), request.language)


async def _write(
    form: Format,
    context: Context,
    summary: WidgetSummary,
    language: Language,
    appearance: Appearance,
) -> bytes:
    summary_request = SummaryRequest(summary, language, appearance, context.settings.public_url)
    draw = partial(form.write, summary_request)
    if form.write is not write_png:
        return draw()
    return await context.image_cache.get((summary, language.tag, appearance), draw)


def _respond_with_error(status: HTTPStatus, *sentences: str) -> Response:
    headers = {**PUBLIC_HEADERS, "Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_SECONDS
    return PlainTextResponse("\n".join(sentences), status, headers)


def list_routes() -> Iterator[Route]:
    for widget in WIDGETS:
        yield Route(f"/pictures/{widget.key}.png", make_title_endpoint(widget.title))
        for name, form in FORMATS.items() if widget.summarise else ():
            route = Route(f"{widget.path}.{name}", _make_endpoint(widget, form))
            yield from open_until_sunset(route, when_closed=_make_closed_endpoint(widget, form))
