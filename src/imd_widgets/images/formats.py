"""A card in each format: as an image, a line of text, or JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from imd_widgets.images.canvas import Png, Svg, inks
from imd_widgets.images.drawing import draw
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.widget.card import Card


@dataclass(frozen=True)
class CardRequest:
    """A card, and how it is to be drawn."""

    card: Card
    language: Language
    look: Appearance
    public_url: str


def png(wanted: CardRequest) -> bytes:
    canvas = Png(wanted.language, wanted.look)
    draw(canvas, wanted.card, wanted.language, inks(wanted.look))
    return canvas.write()


def svg(wanted: CardRequest) -> bytes:
    canvas = Svg(wanted.language, wanted.look, wanted.card.text)
    draw(canvas, wanted.card, wanted.language, inks(wanted.look))
    return canvas.write()


def text(wanted: CardRequest) -> bytes:
    return f"{wanted.card.text}\n".encode()


def data(wanted: CardRequest) -> bytes:
    link = wanted.card.link
    said = {
        "text": wanted.card.text,
        "link": wanted.public_url + link if link.startswith("/") else link,
    }
    return json.dumps({**wanted.card.data, **said}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[CardRequest], bytes]
    picture: bool


FORMATS = {
    "png": Format("image/png", png, picture=True),
    "svg": Format("image/svg+xml", svg, picture=True),
    "txt": Format("text/plain; charset=utf-8", text, picture=False),
    "json": Format("application/json", data, picture=False),
}
