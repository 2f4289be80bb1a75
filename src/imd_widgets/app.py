import logging
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
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from imd_monitoring.metrics_server import serve_metrics
from imd_monitoring.request_metrics import RequestMetricsMiddleware
from imd_sdk import AsyncClient
from imd_widgets import crawlers, readiness
from imd_widgets.assets import find_static_folder
from imd_widgets.cache_snapshot import CacheSnapshot
from imd_widgets.caching.cache import Cache, Clock, get_current_time
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.caching.file_cache import FileCache
from imd_widgets.caching.image_cache import ImageCache
from imd_widgets.caching.two_queue_cache import TwoQueueCache
from imd_widgets.campaign_check import CampaignCheck
from imd_widgets.closing_rules import ClosingRules
from imd_widgets.confirmations import confirmation, confirmation_code
from imd_widgets.context import Context
from imd_widgets.embedding import (
    builder,
    embed_script,
    oembed,
    outbound_redirects,
    partner_page,
    widget_summaries,
)
from imd_widgets.events import (
    calendar_links,
    event,
    feeds,
    hosted_change,
    hosting,
    icalendar_export,
    own_attendance,
)
from imd_widgets.languages import read_languages
from imd_widgets.metrics import CampaignHook, Metrics
from imd_widgets.pages import challenge, error_pages, preview_images, privacy
from imd_widgets.personal_data import data_page, link_form
from imd_widgets.petitions import large_screen, petition, sheet
from imd_widgets.posters import certificate, ordering, poster
from imd_widgets.posters import files as poster_files
from imd_widgets.registry import WIDGETS
from imd_widgets.rendering import make_renderer
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.headers import PUBLIC_HEADERS
from imd_widgets.route_names import RouteNames
from imd_widgets.settings import Settings
from imd_widgets.sharing import mastodon
from imd_widgets.site_check import routes as site_check
from imd_widgets.site_check.checker import Checker
from imd_widgets.site_check.fetcher import Fetcher
from imd_widgets.state_metrics import MemoryState
from imd_widgets.switches import SwitchFile
from imd_widgets.widget.endpoint import Endpoint
from imd_widgets.widget.known_requests import ACCESS, KnownRequestMiddleware

LOG = logging.getLogger(__name__)
MAX_KNOWN_REQUESTS = 1024
STATIC_HEADERS = {**PUBLIC_HEADERS, "Cache-Control": "public, max-age=3600"}
MAX_CACHED_FILES = 32
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def create_app(
    settings: Settings,
    client: AsyncClient | None = None,
    *,
    clock: Clock = get_current_time,
    fetcher: Fetcher | None = None,
) -> Starlette:
    routes, metrics = _list_routes(), Metrics()
    find_route = RouteNames(routes).find
    app = Starlette(
        routes=routes,
        lifespan=_make_lifespan(settings, client, clock),
        middleware=[
            Middleware(KnownRequestMiddleware, metrics.requests),
            Middleware(RequestMetricsMiddleware, metrics.requests, find_route, ACCESS),
            Middleware(error_pages.ErrorMiddleware),
        ],
        exception_handlers=error_pages.HANDLERS,
    )
    app.state.metrics = metrics
    app.state.checker = Checker(fetcher or Fetcher())
    app.router.redirect_slashes = False
    return app


def _list_routes() -> list[BaseRoute]:
    return [
        *builder.ROUTES,
        *widget_summaries.list_routes(),
        *(Route(w.path, Endpoint(w), methods=["GET"], name=w.name) for w in WIDGETS),
        *preview_images.ROUTES,
        *petition.ROUTES,
        *sheet.ROUTES,
        *partner_page.ROUTES,
        *confirmation.ROUTES,
        *confirmation_code.ROUTES,
        *link_form.ROUTES,
        *data_page.ROUTES,
        *icalendar_export.ROUTES,
        *feeds.ROUTES,
        *calendar_links.ROUTES,
        *event.ROUTES,
        *own_attendance.ROUTES,
        *hosting.ROUTES,
        *hosted_change.ROUTES,
        *site_check.ROUTES,
        *privacy.ROUTES,
        *challenge.ROUTES,
        *mastodon.ROUTES,
        *outbound_redirects.ROUTES,
        *poster.ROUTES,
        *ordering.ROUTES,
        *certificate.ROUTES,
        *poster_files.ROUTES,
        *oembed.ROUTES,
        *embed_script.ROUTES,
        *large_screen.ROUTES,
        *crawlers.ROUTES,
        *readiness.ROUTES,
        Route("/healthz", check_health),
        Route("/favicon.ico", serve_favicon),
        Mount("/static", Static(directory=find_static_folder()), name="static"),
    ]


def _make_lifespan(
    settings: Settings, client: AsyncClient | None, clock: Clock
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            campaign_client = client
            if campaign_client is None:
                campaign_client = await stack.enter_async_context(
                    _make_client(settings, app.state.metrics)
                )
            cache, files = (
                Cache(fresh_seconds=settings.fresh_seconds, max_entries=entries, clock=clock)
                for entries in (settings.cache_entries, MAX_CACHED_FILES)
            )
            stack.push_async_callback(cache.close)
            stack.push_async_callback(files.close)
            if settings.snapshot_dir is not None:
                await stack.enter_async_context(CacheSnapshot(settings.snapshot_dir, cache).run())
            file_cache = stack.enter_context(_open_file_cache(settings, clock))
            stack.push_async_callback(file_cache.close)
            image_cache = ImageCache()
            stack.push_async_callback(image_cache.close)
            screens = ConnectionLimit(settings.screens, settings.screens_per_network)
            source = CachedCampaign(campaign_client, cache, files)
            app.state.context = Context(
                settings,
                read_languages(),
                make_renderer(),
                source,
                clock,
                screens,
                closing_rules=ClosingRules(settings.sunset, SwitchFile(settings.switches)),
                file_cache=file_cache,
                image_cache=image_cache,
                response_cache=TwoQueueCache(settings.answer_bytes, lambda widget: widget.size),
                known_requests=TwoQueueCache(MAX_KNOWN_REQUESTS),
                campaign_check=CampaignCheck(campaign_client),
            )
            stack.enter_context(_serve_metrics(app, settings))
            yield

    return lifespan


def _make_client(settings: Settings, metrics: Metrics) -> AsyncClient:
    key = settings.campaign_key
    if key is None:
        LOG.warning(
            "IMD_WIDGETS_CAMPAIGN_KEY is not set: to the campaign, the forms of all visitors come "
            "from one network, and it may reject some when many arrive"
        )
    return AsyncClient(
        settings.campaign_url,
        api_key=key.get_secret_value() if key else None,
        timeout=4,
        deadline=5,
        max_retries=1,
        hooks=[CampaignHook(metrics)],
    )


@contextmanager
def _serve_metrics(app: Starlette, settings: Settings) -> Iterator[None]:
    registry, state = app.state.metrics.registry, MemoryState(app.state.context)
    registry.register(state)
    try:
        with serve_metrics(registry, settings.metrics_port):
            yield
    finally:
        registry.unregister(state)


@contextmanager
def _open_file_cache(settings: Settings, clock: Clock) -> Iterator[FileCache]:
    """Open the file cache, in the snapshot folder if there is one: so files survive a restart."""
    with TemporaryDirectory(prefix="imd-widgets-", ignore_cleanup_errors=True) as temporary:
        folder = settings.snapshot_dir / "files" if settings.snapshot_dir else Path(temporary)
        yield FileCache(
            folder, settings.file_bytes, retry_delay=settings.fresh_seconds, clock=clock
        )


class Static(StaticFiles):
    """Static files with our own media types: the Windows registry may call a script plain text."""

    def file_response(self, full_path: str | PathLike[str], *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(full_path, *args, **kwargs)
        response.headers.update(STATIC_HEADERS)
        kind = TYPES.get(Path(full_path).suffix)
        if kind and "content-type" in response.headers:
            response.headers["content-type"] = kind
        return response


async def serve_favicon(request: Request) -> Response:
    return await Static(directory=find_static_folder()).get_response("mark.svg", request.scope)


async def check_health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
