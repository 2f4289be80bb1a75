"""Requests that a widget has parsed, and their cached responses, which are sent before routing."""

import logging
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, NamedTuple
from weakref import ref

from starlette.types import ASGIApp, Receive, Scope, Send

from imd_monitoring.access_log import log_access
from imd_monitoring.request_metrics import RequestMetrics
from imd_widgets.context import Context
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import compute_step
from imd_widgets.widget.widget import O, Widget

ACCESS = logging.getLogger("imd_widgets.access")


class CurrentResponse(NamedTuple):
    """A response that is current in a period, as long as the cached data do not change.

    The reference is weak: only the cache of responses, whose size is limited, keeps them.
    """

    response: ref[PreparedResponse]
    begin: datetime
    end: datetime
    changes: int


@dataclass
class KnownRequest(Generic[O]):
    widget: Widget[O]
    options: O
    path_params: Mapping[str, str]
    _current: CurrentResponse | None = field(default=None, init=False, repr=False, compare=False)

    @cached_property
    def response_key(self) -> Hashable:
        return self.widget.name, *self.path_params.values(), self.options

    def find_response(self, context: Context) -> PreparedResponse | None:
        """Return the cached response, if it is current and the widget is not closed."""
        now, current = context.clock(), self._current
        if (
            current is not None
            and current.begin <= now < current.end
            and current.changes == context.source.cache.changes
            and (response := current.response()) is not None
        ):
            return response
        return self._check_response(context, now)

    def _check_response(self, context: Context, now: datetime) -> PreparedResponse | None:
        rules, source, step = context.closing_rules, context.source, self.widget.step
        if rules.closed_reason(self.widget.key, self.path_params, now):
            return None
        cached = context.response_cache.get(self.response_key)
        if cached is None or not cached.is_current(compute_step(now, step), source):
            return None
        end = min([cached.find_fresh_until(step, source), *rules.list_changes()])
        self._current = CurrentResponse(ref(cached.response), now, end, source.cache.changes)
        return cached.response


class KnownRequestMiddleware:
    """Sends what is cached; it counts this itself, as each layer around it would take time."""

    def __init__(self, app: ASGIApp, requests: RequestMetrics) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = _find_request(scope)
        response = known and known.find_response(scope["app"].state.context)
        if not known or not response:
            await self._app(scope, receive, send)
            return
        status = await response.respond(scope, send)
        request = scope["method"], known.widget.path, status, 0.0
        self._requests.record(*request)
        log_access(ACCESS, *request)


def _find_request(scope: Scope) -> KnownRequest[Any] | None:
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return None
    context: Context = scope["app"].state.context
    return context.known_requests.get((scope["path"], scope["query_string"]))
