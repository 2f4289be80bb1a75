"""Serve a widget: from the request's query and path to the bytes of the response.

A widget is rendered once for each change of what it shows, and the response is cached.
"""

import logging
from collections.abc import Hashable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Generic

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import Context
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import RenderedWidget, compute_step
from imd_widgets.widget import sunset
from imd_widgets.widget.known_requests import KnownRequest
from imd_widgets.widget.notices import INVALID_OPTIONS, NOT_FOUND, SWITCHED_OFF, UNREACHABLE, Notice
from imd_widgets.widget.options import InvalidOptions, read_options
from imd_widgets.widget.rendering import render_notice, render_widget
from imd_widgets.widget.sunset import SUNSET
from imd_widgets.widget.widget import O, Widget, WidgetRequest

MAX_KNOWN_LENGTH = 2000

log = logging.getLogger(__name__)


class Endpoint(Generic[O]):
    """An ASGI application; `KnownRequestMiddleware` sends what is cached and current."""

    def __init__(self, widget: Widget[O]) -> None:
        self._widget = widget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: Context = scope["app"].state.context
        url = scope["path"], scope["query_string"]
        response = await self.respond(context, url, scope["path_params"])
        await response(scope, receive, send)

    async def respond(
        self, context: Context, url: tuple[str, bytes], path_params: Mapping[str, str]
    ) -> PreparedResponse:
        now = context.clock()
        closed = context.closing_rules.closed_reason(self._widget.key, path_params, now)
        try:
            known = self._read(context, url, path_params)
        except InvalidOptions as error:
            language, appearance = error.language, error.appearance
            if closed is None:
                notice = Notice(
                    HTTPStatus.BAD_REQUEST, INVALID_OPTIONS, tuple(error.errors.values())
                )
                return render_notice(context, language, appearance, notice)
        else:
            options = known.options
            language, appearance = context.languages[options.lang], options.appearance
            if closed is None:
                request = WidgetRequest(context, language, options, path_params, now)
                return await _respond(known, request)
        if closed is ClosedReason.OFF:
            return render_notice(context, language, appearance, SWITCHED_OFF)
        over = sunset.make_request(context, language, appearance, path_params)
        return await _respond(KnownRequest(SUNSET, over.options, path_params), over)

    def _read(
        self, context: Context, url: tuple[str, bytes], path_params: Mapping[str, str]
    ) -> KnownRequest[O]:
        known: KnownRequest[O] | None = context.known_requests.get(url)
        if known is None:
            path, query = url
            options = read_options(self._widget.options, QueryParams(query), context.languages)
            known = KnownRequest(self._widget, options, path_params)
            if len(path) + len(query) <= MAX_KNOWN_LENGTH:
                context.known_requests.put(url, known)
        return known


async def _respond(known: KnownRequest[O], request: WidgetRequest[O]) -> PreparedResponse:
    context, widget = request.context, known.widget
    step = compute_step(request.now, widget.step)
    cached = context.response_cache.get(known.response_key)
    if cached is not None and cached.is_current(step, context.source):
        return cached.response
    return await _render(widget, request, known.response_key, step)


async def _render(
    widget: Widget[O], request: WidgetRequest[O], key: Hashable, step: int
) -> PreparedResponse:
    """Load the data, render the widget if they changed, and cache the response.

    When the data cannot be rendered, the previous response is served again.
    """
    context = request.context
    source = context.source.start_recording()
    request = replace(request, context=replace(context, source=source))
    previous = context.response_cache.peek(key)
    view: Any = None
    try:
        view = await widget.load(request)
        previous = context.response_cache.peek(key)
        unchanged = previous is not None and previous.view == view
        response = (
            previous.response if previous and unchanged else render_widget(widget, request, view)
        )
    except MISSING_ERRORS:
        return render_notice(context, request.language, request.options.appearance, NOT_FOUND)
    except Unavailable:
        return render_notice(context, request.language, request.options.appearance, UNREACHABLE)
    except Exception:
        log.exception("%s could not be rendered from the campaign's data", widget.name)
        response = (
            previous.response
            if previous
            else render_notice(context, request.language, request.options.appearance, UNREACHABLE)
        )
    context.response_cache.put(key, RenderedWidget(response, view, source.reads or {}, step))
    return response
