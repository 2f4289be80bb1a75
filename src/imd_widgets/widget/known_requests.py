"""Requests that a widget has parsed, and their cached responses, which are sent before routing."""

import logging
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic

from starlette.types import ASGIApp, Receive, Scope, Send

from imd_monitoring.access_log import log_access
from imd_monitoring.request_metrics import RequestMetrics
from imd_widgets.context import Context
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import compute_step
from imd_widgets.widget.widget import O, Widget

ACCESS = logging.getLogger("imd_widgets.access")


@dataclass(frozen=True)
class KnownRequest(Generic[O]):
    widget: Widget[O]
    options: O
    path_params: Mapping[str, str]

    @cached_property
    def response_key(self) -> Hashable:
        return self.widget.name, *self.path_params.values(), self.options

    def find_response(self, context: Context) -> PreparedResponse | None:
        """Return the cached response, if it is current and the widget is not closed."""
        now = context.clock()
        if context.closing_rules.closed_reason(self.widget.key, self.path_params, now):
            return None
        cached = context.response_cache.get(self.response_key)
        step = compute_step(now, self.widget.step)
        return cached.response if cached and cached.is_current(step, context.source) else None


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
