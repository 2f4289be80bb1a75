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
from imd_widgets.availability import ClosedReason
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.caching.source import Source
from imd_widgets.context import context_of
from imd_widgets.pages.closed_pages import end_of, open_until_sunset
from imd_widgets.petitions.counter import Standing, Tally, read_both, standing, tally
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.headers import FOR_ALL
from imd_widgets.widget.endpoint import Endpoint
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import PageMetadata, Preview, answers
from imd_widgets.widget.widget import Widget, WidgetRequest

LOOK_SECONDS = 5
RETRY_SECONDS = "60"
RECONNECT = "retry: 10000\n\n"
HEARTBEAT = ":\n\n"
STREAM_HEADERS = {**FOR_ALL, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class ScreenView:
    petition: Petition
    tally: Tally
    standing: Standing
    address: str
    about: PageMetadata


async def load(ask: WidgetRequest[Options]) -> ScreenView:
    slug = ask.path["petition"]
    petition, count = await read_both(ask.site.source, slug, ask.language)
    home, lang = ask.site.settings.public_url, f"?lang={ask.language.tag}"
    page = f"{home}/petitions/{quote(slug, safe='')}"
    return ScreenView(
        petition=petition,
        tally=tally(count, ask.language),
        standing=standing(petition, ask.language),
        address=page.partition("://")[2],
        about=PageMetadata(
            petition.title,
            petition.summary,
            page + lang,
            image=Preview(f"{page}.png{lang}", petition.title),
            answers=answers(page + lang, home),
        ),
    )


class Stream(StreamingResponse):
    """An answer that stays open, and has a seat while it does."""

    def __init__(self, seats: ConnectionLimit, lines: AsyncIterator[str]) -> None:
        super().__init__(lines, headers=STREAM_HEADERS, media_type="text/event-stream")
        self._seats = seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._seats.taken():
            await super().__call__(scope, receive, send)


async def stream(request: Request) -> Response:
    site, slug = context_of(request), request.path_params["petition"]
    await site.source.count(slug)
    if site.screens.full:
        headers = STREAM_HEADERS | {"Retry-After": RETRY_SECONDS}
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
    leaving = getattr(request.state, "leaving", None) or asyncio.Event()
    return Stream(site.screens, totals(site.source, slug, leaving, lambda: end_of(request)))


async def no_more(_request: Request, _end: ClosedReason) -> Response:
    """https://html.spec.whatwg.org/multipage/server-sent-events.html: 204 ends the asking."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=STREAM_HEADERS)


async def totals(
    source: Source, slug: str, leaving: asyncio.Event, ended: Callable[[], object] = lambda: None
) -> AsyncIterator[str]:
    """The number whenever it is another; the cache asks the campaign once for all who look."""
    yield RECONNECT
    before: int | None = None
    total: int | None
    while not leaving.is_set() and not ended():
        try:
            total = (await source.count(slug)).value.total
        except Unavailable:
            total = before
        except MISSING:
            return
        yield HEARTBEAT if total == before else f"data: {total}\n\n"
        before = total
        with suppress(TimeoutError):
            await asyncio.wait_for(leaving.wait(), LOOK_SECONDS)


SCREEN = Widget(
    name="screen",
    title=N_("Signature count for large screens"),
    path="/screen/{petition}",
    options=Options,
    load=load,
    height=0,
    styles=("figure",),
    scripts=("renew", "screen"),
    max_age=0,
)

ROUTES = (
    Route(SCREEN.path, Endpoint(SCREEN), methods=["GET"], name=SCREEN.name),
    *open_until_sunset(Route("/screen/{petition}/stream", stream), instead=no_more),
)
