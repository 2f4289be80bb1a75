"""The template of the route that has served a request, for metrics and the access log."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.routing import BaseRoute, Mount, Route

NO_ROUTE = "(no route)"


class RouteNames:
    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._templates: dict[Any, str] = {}
        for route in routes:
            if isinstance(route, Route):
                self._templates[route.endpoint] = route.path
            elif isinstance(route, Mount):
                self._templates[route.app] = f"{route.path}/{{path}}"

    def find(self, scope: Mapping[str, Any]) -> str:
        """Starlette leaves only the endpoint in the scope."""
        return self._templates.get(scope.get("endpoint"), NO_ROUTE)
