import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imd_widgets.answers.cache import MISSING, Unavailable
from imd_widgets.answers.headers import FOR_ALL, data_response
from imd_widgets.cards.canvas import Png, Svg, inks
from imd_widgets.cards.card import Card, plain
from imd_widgets.cards.drawing import draw
from imd_widgets.languages import Language
from imd_widgets.pages import ended
from imd_widgets.pages.ended import Instead, until_the_end
from imd_widgets.pages.pictures import titled
from imd_widgets.registry import WIDGETS
from imd_widgets.site import Site, site_of
from imd_widgets.widget.ends import End
from imd_widgets.widget.options import BadOptions, read
from imd_widgets.widget.theme import Look
from imd_widgets.widget.widget import MISSING_HERE, OUT_OF_REACH, RETRY_SECONDS, Ask, Widget


@dataclass(frozen=True)
class Wanted:
    """A card, and how it is to be drawn."""

    card: Card
    language: Language
    look: Look
    public_url: str


def png(wanted: Wanted) -> bytes:
    canvas = Png(wanted.language, wanted.look)
    draw(canvas, wanted.card, wanted.language, inks(wanted.look))
    return canvas.write()


def svg(wanted: Wanted) -> bytes:
    canvas = Svg(wanted.language, wanted.look, wanted.card.text)
    draw(canvas, wanted.card, wanted.language, inks(wanted.look))
    return canvas.write()


def text(wanted: Wanted) -> bytes:
    return f"{wanted.card.text}\n".encode()


def data(wanted: Wanted) -> bytes:
    link = wanted.card.link
    said = {
        "text": wanted.card.text,
        "link": wanted.public_url + link if link.startswith("/") else link,
    }
    return json.dumps({**wanted.card.data, **said}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[Wanted], bytes]
    picture: bool


FORMATS = {
    "png": Format("image/png", png, picture=True),
    "svg": Format("image/svg+xml", svg, picture=True),
    "txt": Format("text/plain; charset=utf-8", text, picture=False),
    "json": Format("application/json", data, picture=False),
}


def _endpoint(widget: Widget[Any], form: Format) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        site = site_of(request)
        try:
            options = read(widget.options, request.query_params, site.languages)
        except BadOptions as bad:
            return _refused(HTTPStatus.BAD_REQUEST, *bad.faults.values())
        language = site.languages[options.lang]
        try:
            card = await _card(
                widget, Ask(site, language, options, request.path_params, site.clock())
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
    async def instead(request: Request, end: End) -> Response:
        site = site_of(request)
        try:
            options = read(widget.options, request.query_params, site.languages)
        except BadOptions as bad:
            language, look = bad.language, bad.look
        else:
            language, look = site.languages[options.lang], options.look
        said = await ended.card(end, site, language, look, request.path_params)
        content = await _written(form, site, said, language, look)
        return data_response(request, content, form.media_type, max_age=site.settings.max_age)

    return instead


async def _card(widget: Widget[Any], ask: Ask[Any]) -> Card:
    if widget.card is None:
        raise TypeError(f"{widget.name} has no card")
    return widget.card(await widget.load(ask), ask.language)


async def _written(form: Format, site: Site, card: Card, language: Language, look: Look) -> bytes:
    wanted = Wanted(card, language, look, site.settings.public_url)
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
            yield from until_the_end(route, instead=_instead(widget, form))
