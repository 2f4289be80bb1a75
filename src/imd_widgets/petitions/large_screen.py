import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from imd_sdk.models import Petition
from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import get_context
from imd_widgets.pages.closed_pages import get_closed_reason, open_until_sunset
from imd_widgets.pages.visitors import find_visitor_network
from imd_widgets.petitions.counter import (
    PetitionStatus,
    SignatureCount,
    load_petition_and_count,
    make_count,
    make_status,
)
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.headers import PUBLIC_HEADERS
from imd_widgets.widget.endpoint import Endpoint
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import PageMetadata, Preview, make_oembed_links
from imd_widgets.widget.widget import Widget, WidgetRequest

POLL_SECONDS = 5
RETRY_SECONDS = "60"
RECONNECT = "retry: 10000\n\n"
HEARTBEAT = ":\n\n"
STREAM_HEADERS = {**PUBLIC_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class ScreenView:
    petition: Petition
    count: SignatureCount
    status: PetitionStatus
    petition_url: str
    metadata: PageMetadata


async def load(request: WidgetRequest[Options]) -> ScreenView:
    slug = request.path_params["petition"]
    petition, count = await load_petition_and_count(request.context.source, slug, request.language)
    home, lang = request.context.settings.public_url, f"?lang={request.language.tag}"
    page = f"{home}/petitions/{quote(slug, safe='')}"
    return ScreenView(
        petition=petition,
        count=make_count(count, request.language),
        status=make_status(petition, request.language),
        petition_url=page.partition("://")[2],
        metadata=PageMetadata(
            petition.title,
            petition.summary,
            page + lang,
            preview=Preview(f"{page}.png{lang}", petition.title),
            oembed_links=make_oembed_links(page + lang, home),
        ),
    )


class TotalsStream(StreamingResponse):
    """A response that stays open, and counts as a connection while it does."""

    def __init__(
        self, connections: ConnectionLimit, network: str | None, lines: AsyncIterator[str]
    ) -> None:
        super().__init__(lines, headers=STREAM_HEADERS, media_type="text/event-stream")
        self._connections, self._network = connections, network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._connections.acquire(self._network):
            await super().__call__(scope, receive, send)


async def stream_totals(request: Request) -> Response:
    context, slug = get_context(request), request.path_params["petition"]
    await context.source.get_count(slug)
    connections, network = context.screen_connections, find_visitor_network(request)
    if not connections.has_room(network):
        headers = STREAM_HEADERS | {"Retry-After": RETRY_SECONDS}
        return Response(status_code=_find_status(connections), headers=headers)
    shutdown_event = getattr(request.state, "shutdown_event", None) or asyncio.Event()
    return TotalsStream(
        connections,
        network,
        watch_totals(context.source, slug, shutdown_event, lambda: get_closed_reason(request)),
    )


def _find_status(connections: ConnectionLimit) -> HTTPStatus:
    """Say whether all connections are taken, or only those that one network may have."""
    is_full = connections.is_full
    return HTTPStatus.SERVICE_UNAVAILABLE if is_full else HTTPStatus.TOO_MANY_REQUESTS


async def stop_stream(_request: Request, _reason: ClosedReason) -> Response:
    """End the stream: after a 204, browsers do not reconnect (HTML, server-sent events)."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=STREAM_HEADERS)


async def watch_totals(
    source: CachedCampaign,
    slug: str,
    shutdown: asyncio.Event,
    is_closed: Callable[[], object] = lambda: None,
) -> AsyncIterator[str]:
    """Yield the total whenever it changes; the cache asks the campaign once for all streams."""
    yield RECONNECT
    before: int | None = None
    total: int | None
    while not shutdown.is_set() and not is_closed():
        try:
            total = (await source.get_count(slug)).value.total
        except Unavailable:
            total = before
        except MISSING_ERRORS:
            return
        yield HEARTBEAT if total == before else f"data: {total}\n\n"
        before = total
        with suppress(TimeoutError):
            await asyncio.wait_for(shutdown.wait(), POLL_SECONDS)


SCREEN = Widget(
    name="screen",
    title=N_("Signature count for large screens"),
    path="/screen/{petition}",
    options=Options,
    load=load,
    height=0,
    styles=("figure",),
    scripts=("refresh", "screen"),
    max_age=0,
)

ROUTES = (
    Route(SCREEN.path, Endpoint(SCREEN), methods=["GET"], name=SCREEN.name),
    *open_until_sunset(Route("/screen/{petition}/stream", stream_totals), when_closed=stop_stream),
)
