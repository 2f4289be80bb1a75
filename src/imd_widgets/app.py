from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from imd_sdk import AsyncClient
from imd_widgets import crawlers
from imd_widgets.assets import static_folder
from imd_widgets.availability import Availability
from imd_widgets.caching.cache import Cache, Clock, now
from imd_widgets.caching.file_cache import FileCache
from imd_widgets.caching.image_cache import Drawings
from imd_widgets.caching.source import Source
from imd_widgets.caching.two_queue import TwoQueueCache
from imd_widgets.context import Context
from imd_widgets.embedding import builder, loader, oembed
from imd_widgets.embedding import pictures as cards
from imd_widgets.embedding import redirects as ways_out
from imd_widgets.events import calendar, event
from imd_widgets.languages import read_languages
from imd_widgets.pages import error_pages, pictures, privacy
from imd_widgets.petitions import confirmation, petition, screen
from imd_widgets.posters import files as poster_files
from imd_widgets.posters import poster
from imd_widgets.registry import WIDGETS
from imd_widgets.rendering import read_pages
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.headers import FOR_ALL
from imd_widgets.settings import Settings
from imd_widgets.sharing import mastodon
from imd_widgets.site_check import routes as check
from imd_widgets.site_check.checker import Checker
from imd_widgets.site_check.fetching import Fetcher
from imd_widgets.snapshot import Snapshot
from imd_widgets.switches import SwitchFile
from imd_widgets.widget.endpoint import Endpoint

QUERIES = 1024
STATIC_HEADERS = {**FOR_ALL, "Cache-Control": "public, max-age=3600"}
FILES = 32
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def create_app(
    settings: Settings,
    client: AsyncClient | None = None,
    *,
    clock: Clock = now,
    fetcher: Fetcher | None = None,
) -> Starlette:
    app = Starlette(
        routes=_routes(),
        lifespan=_lifespan(settings, client, clock),
        exception_handlers=error_pages.HANDLERS,
    )
    app.state.checker = Checker(fetcher or Fetcher())
    app.router.redirect_slashes = False
    return app


def _routes() -> list[BaseRoute]:
    return [
        *builder.ROUTES,
        *cards.routes(),
        *(Route(w.path, Endpoint(w), methods=["GET"], name=w.name) for w in WIDGETS),
        *pictures.ROUTES,
        *petition.ROUTES,
        *confirmation.ROUTES,
        *calendar.ROUTES,
        *event.ROUTES,
        *check.ROUTES,
        *privacy.ROUTES,
        *mastodon.ROUTES,
        *ways_out.ROUTES,
        *poster.ROUTES,
        *poster_files.ROUTES,
        *oembed.ROUTES,
        *loader.ROUTES,
        *screen.ROUTES,
        *crawlers.ROUTES,
        Route("/healthz", healthz),
        Route("/favicon.ico", favicon),
        Mount("/static", Static(directory=static_folder()), name="static"),
    ]


def _lifespan(
    settings: Settings, client: AsyncClient | None, clock: Clock
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if (asked := client) is None:
                asked = await stack.enter_async_context(_client(settings))
            cache, files = (
                Cache(fresh=settings.fresh_seconds, entries=entries, clock=clock)
                for entries in (settings.cache_entries, FILES)
            )
            stack.push_async_callback(cache.close)
            stack.push_async_callback(files.close)
            if settings.snapshot_dir is not None:
                await stack.enter_async_context(Snapshot(settings.snapshot_dir, cache).kept())
            depot = stack.enter_context(_depot(settings, clock))
            stack.push_async_callback(depot.close)
            drawings = Drawings()
            stack.push_async_callback(drawings.close)
            screens = ConnectionLimit(settings.screens)
            source = Source(asked, cache, files)
            app.state.site = Context(
                settings,
                read_languages(),
                read_pages(),
                source,
                clock,
                screens,
                ends=Availability(settings.sunset, SwitchFile(settings.switches)),
                depot=depot,
                drawings=drawings,
                answers=TwoQueueCache(settings.answer_bytes, lambda made: made.weight),
                queries=TwoQueueCache(QUERIES),
            )
            yield

    return lifespan


def _client(settings: Settings) -> AsyncClient:
    return AsyncClient(settings.campaign_url, timeout=4, deadline=5, max_retries=1)


@contextmanager
def _depot(settings: Settings, clock: Clock) -> Iterator[FileCache]:
    """Files outlive the server where what was read does."""
    with TemporaryDirectory(prefix="imd-widgets-", ignore_cleanup_errors=True) as passing:
        folder = settings.snapshot_dir / "files" if settings.snapshot_dir else Path(passing)
        yield FileCache(folder, settings.file_bytes, rest=settings.fresh_seconds, clock=clock)


class Static(StaticFiles):
    """Files with types of our own: the registry of Windows may call a script plain text."""

    def file_response(self, full_path: str | PathLike[str], *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(full_path, *args, **kwargs)
        response.headers.update(STATIC_HEADERS)
        kind = TYPES.get(Path(full_path).suffix)
        if kind and "content-type" in response.headers:
            response.headers["content-type"] = kind
        return response


async def favicon(request: Request) -> Response:
    return await Static(directory=static_folder()).get_response("mark.svg", request.scope)


async def healthz(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
