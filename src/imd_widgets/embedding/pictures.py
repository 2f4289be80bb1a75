from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imd_widgets.availability import ClosedReason
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.context import Context, context_of
from imd_widgets.images.formats import FORMATS, CardRequest, Format, png
from imd_widgets.languages import Language
from imd_widgets.pages import closed_pages
from imd_widgets.pages.closed_pages import Instead, open_until_sunset
from imd_widgets.pages.pictures import titled
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import FOR_ALL, data_response
from imd_widgets.theme import Appearance
from imd_widgets.widget.card import Card, plain
from imd_widgets.widget.options import BadOptions, read
from imd_widgets.widget.widget import (
    MISSING_HERE,
    OUT_OF_REACH,
    RETRY_SECONDS,
    Widget,
    WidgetRequest,
)


def _endpoint(widget: Widget[Any], form: Format) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        site = context_of(request)
        try:
            options = read(widget.options, request.query_params, site.languages)
        except BadOptions as bad:
            return _refused(HTTPStatus.BAD_REQUEST, *bad.faults.values())
        language = site.languages[options.lang]
        try:
            card = await _card(
                widget, WidgetRequest(site, language, options, request.path_params, site.clock())
            )
        except MISSING:
            return _refused(MISSING_HERE.status, language.gettext(MISSING_HERE.title))
        except Unavailable:
            if not form.picture:
                return _refused(OUT_OF_REACH.status, language.gettext(OUT_OF_REACH.title))
            return data_response(
                request,
                await _written(form, site, plain(language), language, options.look),
                form.media_type,
            )
        content = await _written(form, site, card, language, options.look)
        return data_response(request, content, form.media_type, max_age=site.settings.max_age)

    return endpoint


def _instead(widget: Widget[Any], form: Format) -> Instead:
    async def instead(request: Request, end: ClosedReason) -> Response:
        site = context_of(request)
        try:
            options = read(widget.options, request.query_params, site.languages)
        except BadOptions as bad:
            language, look = bad.language, bad.look
        else:
            language, look = site.languages[options.lang], options.look
        said = await closed_pages.card(end, site, language, look, request.path_params)
        content = await _written(form, site, said, language, look)
        return data_response(request, content, form.media_type, max_age=site.settings.max_age)

    return instead


async def _card(widget: Widget[Any], ask: WidgetRequest[Any]) -> Card:
    if widget.card is None:
        raise TypeError(f"{widget.name} has no card")
    return widget.card(await widget.load(ask), ask.language)


async def _written(
    form: Format, site: Context, card: Card, language: Language, look: Appearance
) -> bytes:
    wanted = CardRequest(card, language, look, site.settings.public_url)
    draw = partial(form.write, wanted)
    if form.write is not png:
        return draw()
    return await site.drawings.get((card, language.tag, look), draw)


def _refused(status: HTTPStatus, *sentences: str) -> Response:
    headers = {**FOR_ALL, "Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_SECONDS
    return PlainTextResponse("\n".join(sentences), status, headers)


def routes() -> Iterator[Route]:
    for widget in WIDGETS:
        yield Route(f"/pictures/{widget.key}.png", titled(widget.title))
        for name, form in FORMATS.items() if widget.card else ():
            route = Route(f"{widget.path}.{name}", _endpoint(widget, form))
            yield from open_until_sunset(route, instead=_instead(widget, form))
