"""A widget summary in each format: as an image, a line of text, or JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from imd_widgets.images.canvas import Png, Svg, choose_inks
from imd_widgets.images.summary_drawing import draw_summary
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.widget.summary import WidgetSummary


@dataclass(frozen=True)
class SummaryRequest:
    """A summary, and how to draw it."""

    summary: WidgetSummary
    language: Language
    appearance: Appearance
    public_url: str


def write_png(request: SummaryRequest) -> bytes:
    canvas = Png(request.language, request.appearance)
    draw_summary(canvas, request.summary, request.language, choose_inks(request.appearance))
    return canvas.write()


def write_svg(request: SummaryRequest) -> bytes:
    canvas = Svg(request.language, request.appearance, request.summary.text)
    draw_summary(canvas, request.summary, request.language, choose_inks(request.appearance))
    return canvas.write()


def write_text(request: SummaryRequest) -> bytes:
    return f"{request.summary.text}\n".encode()


def write_json(request: SummaryRequest) -> bytes:
    link = request.summary.link
    fields = {
        "text": request.summary.text,
        "link": request.public_url + link if link.startswith("/") else link,
    }
    return json.dumps({**request.summary.data, **fields}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[SummaryRequest], bytes]
    is_image: bool


FORMATS = {
    "png": Format("image/png", write_png, is_image=True),
    "svg": Format("image/svg+xml", write_svg, is_image=True),
    "txt": Format("text/plain; charset=utf-8", write_text, is_image=False),
    "json": Format("application/json", write_json, is_image=False),
}
