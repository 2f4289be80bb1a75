"""A card in each format: as an image, a line of text, or JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from imd_widgets.images.canvas import Png, Svg, choose_inks
from imd_widgets.images.drawing import draw
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.widget.card import Card


@dataclass(frozen=True)
class CardRequest:
    """A card, and how to draw it."""

    card: Card
    language: Language
    appearance: Appearance
    public_url: str


def write_png(wanted: CardRequest) -> bytes:
    canvas = Png(wanted.language, wanted.appearance)
    draw(canvas, wanted.card, wanted.language, choose_inks(wanted.appearance))
    return canvas.write()


def write_svg(wanted: CardRequest) -> bytes:
    canvas = Svg(wanted.language, wanted.appearance, wanted.card.text)
    draw(canvas, wanted.card, wanted.language, choose_inks(wanted.appearance))
    return canvas.write()


def write_text(wanted: CardRequest) -> bytes:
    return f"{wanted.card.text}\n".encode()


def write_json(wanted: CardRequest) -> bytes:
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
    is_picture: bool


FORMATS = {
    "png": Format("image/png", write_png, is_picture=True),
    "svg": Format("image/svg+xml", write_svg, is_picture=True),
    "txt": Format("text/plain; charset=utf-8", write_text, is_picture=False),
    "json": Format("application/json", write_json, is_picture=False),
}
