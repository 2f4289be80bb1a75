"""A card in each format: as an image, a line of text, or JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from imd_widgets.images.canvas import Png, Svg, choose_inks
from imd_widgets.images.card_drawing import draw
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


def write_png(request: CardRequest) -> bytes:
    canvas = Png(request.language, request.appearance)
    draw(canvas, request.card, request.language, choose_inks(request.appearance))
    return canvas.write()


def write_svg(request: CardRequest) -> bytes:
    canvas = Svg(request.language, request.appearance, request.card.text)
    draw(canvas, request.card, request.language, choose_inks(request.appearance))
    return canvas.write()


def write_text(request: CardRequest) -> bytes:
    return f"{request.card.text}\n".encode()


def write_json(request: CardRequest) -> bytes:
    link = request.card.link
    fields = {
        "text": request.card.text,
        "link": request.public_url + link if link.startswith("/") else link,
    }
    return json.dumps({**request.card.data, **fields}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[CardRequest], bytes]
    is_image: bool


FORMATS = {
    "png": Format("image/png", write_png, is_image=True),
    "svg": Format("image/svg+xml", write_svg, is_image=True),
    "txt": Format("text/plain; charset=utf-8", write_text, is_image=False),
    "json": Format("application/json", write_json, is_image=False),
}
