"""Redirects for URLs with a trailing slash, as people and programs paste them."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from imd_widgets.responses.headers import PUBLIC_HEADERS

QUERY_SAFE = "%&=+,:;@/?~!$'()*"
HEADERS = {**PUBLIC_HEADERS, "Cache-Control": "private, max-age=3600"}


def redirect_without_slash(request: Request) -> Response | None:
    """Redirect to the URL without the slash, if there is one; never to another host."""
    path = request.scope["path"]
    bare = path.rstrip("/")
    if bare == path or not any(_matches(route, bare) for route in request.app.routes):
        return None
    query = quote(request.scope["query_string"], safe=QUERY_SAFE)
    address = quote(bare) + (f"?{query}" if query else "")
    return Response(
        status_code=HTTPStatus.PERMANENT_REDIRECT, headers={**HEADERS, "Location": address}
    )


def _matches(route: BaseRoute, path: str) -> bool:
    match, _ = route.matches({"type": "http", "method": "GET", "path": path, "root_path": ""})
    return match != Match.NONE
