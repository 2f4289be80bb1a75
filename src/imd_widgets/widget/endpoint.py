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
from imd_widgets.widget.options import InvalidOptions, read_options
from imd_widgets.widget.sunset import SUNSET
from imd_widgets.widget.widget import (
    INVALID_OPTIONS,
    NOT_FOUND,
    SWITCHED_OFF,
    UNREACHABLE,
    Notice,
    O,
    Widget,
    WidgetRequest,
    render_notice,
    render_widget,
)

MAX_CACHED_QUERY = 2000

log = logging.getLogger(__name__)


class Endpoint(Generic[O]):
    """An ASGI application: a cached response is sent without a Starlette request being built."""

    def __init__(self, widget: Widget[O]) -> None:
        self._widget = widget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: Context = scope["app"].state.context
        response = await self.respond(context, scope["query_string"], scope["path_params"])
        await response(scope, receive, send)

    async def respond(
        self, context: Context, query: bytes, path_params: Mapping[str, str]
    ) -> PreparedResponse:
        now = context.clock()
        closed = context.closing_rules.closed_reason(self._widget.key, path_params, now)
        try:
            options = self._read_options(context, query)
        except InvalidOptions as error:
            language, appearance = error.language, error.appearance
            if closed is None:
                notice = Notice(
                    HTTPStatus.BAD_REQUEST, INVALID_OPTIONS, tuple(error.errors.values())
                )
                return render_notice(context, language, appearance, notice)
        else:
            language, appearance = context.languages[options.lang], options.appearance
            if closed is None:
                request = WidgetRequest(context, language, options, path_params, now)
                return await _respond(self._widget, request)
        if closed is ClosedReason.OFF:
            return render_notice(context, language, appearance, SWITCHED_OFF)
        return await _respond(
            SUNSET, sunset.make_request(context, language, appearance, path_params)
        )

    def _read_options(self, context: Context, query: bytes) -> O:
        known: Any = context.option_cache.get((self._widget.key, query))
        if known is None:
            known = read_options(self._widget.options, QueryParams(query), context.languages)
            if len(query) <= MAX_CACHED_QUERY:
                context.option_cache.put((self._widget.key, query), known)
        options: O = known
        return options


async def _respond(widget: Widget[O], request: WidgetRequest[O]) -> PreparedResponse:
    context = request.context
    key = (widget.name, *request.path_params.values(), request.options)
    step = compute_step(request.now, widget.step)
    cached = context.response_cache.get(key)
    if cached is not None and cached.is_current(step, context.source):
        return cached.response
    return await _render(widget, request, key, step)


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
