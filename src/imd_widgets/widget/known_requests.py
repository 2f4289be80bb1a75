"""Requests that a widget has parsed, and their cached responses, which are sent before routing."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

from starlette.types import ASGIApp, Receive, Scope, Send

from imd_widgets.context import Context
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.rendered_widget import compute_step
from imd_widgets.widget.widget import O, Widget


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
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _find_response(scope) if scope["type"] == "http" else None
        await (response or self._app)(scope, receive, send)


def _find_response(scope: Scope) -> PreparedResponse | None:
    if scope["method"] not in {"GET", "HEAD"}:
        return None
    context: Context = scope["app"].state.context
    known = context.known_requests.get((scope["path"], scope["query_string"]))
    return known.find_response(context) if known else None
