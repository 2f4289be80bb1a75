"""How a widget is served: made once for each change of what it shows, and kept."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from imd_widgets.availability import ClosedReason
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.context import Context
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import RenderedWidget, step_of
from imd_widgets.widget import sunset
from imd_widgets.widget.options import BadOptions, read
from imd_widgets.widget.sunset import SUNSET, SunsetOptions
from imd_widgets.widget.widget import (
    MISSING_HERE,
    NOT_AS_ASKED,
    OUT_OF_REACH,
    SWITCHED_OFF,
    Notice,
    O,
    Widget,
    WidgetRequest,
    render_notice,
    show,
)

MAX_CACHED_QUERY = 2000

log = logging.getLogger(__name__)


class Endpoint(Generic[O]):
    """An ASGI application, so that what is kept is sent without a request being built."""

    def __init__(self, widget: Widget[O]) -> None:
        self._widget = widget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope["app"].state.site, scope)
        await answer(scope, receive, send)

    async def _answer(self, site: Context, scope: Scope) -> PreparedResponse:
        now, path = site.clock(), scope["path_params"]
        end = site.ends.of(self._widget.key, path, now)
        try:
            options = self._options(site, scope["query_string"])
        except BadOptions as bad:
            if end is not None:
                return await _ended(end, sunset.ask(site, bad.language, bad.look, path))
            notice = Notice(HTTPStatus.BAD_REQUEST, NOT_AS_ASKED, tuple(bad.faults.values()))
            return render_notice(site, bad.language, bad.look, notice)
        if end is not None:
            language = site.languages[options.lang]
            return await _ended(end, sunset.ask(site, language, options.look, path))
        return await _made(self._widget, site, options, path, now)

    def _options(self, site: Context, query: bytes) -> O:
        known: Any = site.queries.get((self._widget.key, query))
        if known is None:
            known = read(self._widget.options, QueryParams(query), site.languages)
            if len(query) <= MAX_CACHED_QUERY:
                site.queries.put((self._widget.key, query), known)
        options: O = known
        return options


async def _ended(end: ClosedReason, ask: WidgetRequest[SunsetOptions]) -> PreparedResponse:
    if end is ClosedReason.OFF:
        return render_notice(ask.site, ask.language, ask.options.look, SWITCHED_OFF)
    return await _made(SUNSET, ask.site, ask.options, ask.path, ask.now)


async def _made(
    widget: Widget[O], site: Context, options: O, path: Mapping[str, str], now: datetime
) -> PreparedResponse:
    key, step = (widget.name, *path.values(), options), step_of(now, widget.step)
    kept = site.answers.get(key)
    if kept is not None and kept.holds(step, site.source):
        return kept.answer
    source = site.source.watched()
    language = site.languages[options.lang]
    ask = WidgetRequest(replace(site, source=source), language, options, path, now)
    view: Any = None
    try:
        view = await widget.load(ask)
        kept = site.answers.peek(key)
        same = kept is not None and kept.view == view
        answer = kept.answer if kept and same else show(widget, ask, view)
    except MISSING:
        return render_notice(site, language, options.look, MISSING_HERE)
    except Unavailable:
        return render_notice(site, language, options.look, OUT_OF_REACH)
    except Exception:
        log.exception("%s could not be rendered from the campaign's data", widget.name)
        answer = kept.answer if kept else render_notice(site, language, options.look, OUT_OF_REACH)
    site.answers.put(key, RenderedWidget(answer, view, source.seen or {}, step))
    return answer
