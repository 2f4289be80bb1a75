"""The staff console as an ASGI application beside a campaign server."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imd_console import assets
from imd_console.endpoint import GetContext, make_endpoint
from imd_console.headers import HeaderMiddleware
from imd_console.languages import read_languages
from imd_console.navigation import NavigationEntry
from imd_console.page import Page
from imd_console.problems import NOT_FOUND, PageProblem
from imd_console.registry import PAGES
from imd_console.staff_request import StaffRequest

PATHS = ("/staff", "/staff/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
NOWHERE = "/staff/{path:path}"


def create_app(get_context: GetContext) -> Starlette:
    """Make the console; `get_context` returns the context of the campaign server that runs."""
    entries = [
        NavigationEntry(page.path, page.navigation, page.action)
        for page in PAGES
        if page.navigation and page.action
    ]
    pages = [*PAGES, Page(NOWHERE, None, get=_show_nothing, post=_show_nothing)]
    routes: list[BaseRoute] = [
        Route("/staff/style/{tag}.css", serve_style, methods=["GET"]),
        Route("/staff/mark.svg", serve_mark, methods=["GET"]),
        *(
            Route(page.path, make_endpoint(page, get_context, entries), methods=list(METHODS))
            for page in pages
        ),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(HeaderMiddleware, get_context)])
    app.router.redirect_slashes = False
    return app


def is_console_path(path: str) -> bool:
    return path == PATHS[0] or path.startswith(PATHS[1])


def _show_nothing(_: StaffRequest) -> Response:
    raise PageProblem(HTTPStatus.NOT_FOUND, NOT_FOUND)


async def serve_style(request: Request) -> Response:
    tag = request.path_params["tag"]
    if tag not in read_languages():
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return Response(assets.make_stylesheet(tag), media_type="text/css", headers=IMMUTABLE)


async def serve_mark(_: Request) -> Response:
    return Response(assets.read_mark(), media_type="image/svg+xml", headers=IMMUTABLE)
