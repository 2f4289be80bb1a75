import math
from collections.abc import Iterator
from dataclasses import dataclass

from imd_widgets.images.canvas import (
    HEIGHT,
    WIDTH,
    Canvas,
    Point,
)
from imd_widgets.images.text_layout import lay_out
from imd_widgets.languages import Language
from imd_widgets.theme import Palette
from imd_widgets.widget.card import Card
from imd_widgets.widget.page_metadata import CAMPAIGN

Reach = tuple[float, float]

MARGIN = 36
INSIDE = WIDTH - 2 * MARGIN
TOP, NUMBER, WORDS, WAY, FACTS = 51, 158, 199, 229, HEIGHT - 32
FOOT, GAP = TOP + 9, 4
PAD = 20
STROKE = 4
STEP = 10
MARK = (((20, 2), (20, 11)), ((20, 29), (20, 38)))
PATH = (((2, 34), (12, 34), (12, 20), (20, 20)), ((20, 20), (28, 20), (27, 12), (31, 9)))
HEAD = (34, 7)


def draw(canvas: Canvas, card: Card, language: Language, ink: Palette) -> None:
    draw_mark(canvas, ink)
    write = Writer(canvas, language)
    _, heading = write((MARGIN + 40, TOP), 19, language.gettext(CAMPAIGN), ink["ink"])
    words, _ = write((MARGIN, WORDS), 26, card.words, ink["ink"])
    _draw_number(write, card.number, ink["strong"], (max(heading, FOOT) + GAP, words - GAP))
    if card.share is not None:
        _draw_progress(canvas, card.share, ink)
    room = draw_button(canvas, write, card.call, ink) if card.call else INSIDE
    write((MARGIN, FACTS), 17, " · ".join(card.facts), ink["soft"], room)


@dataclass(frozen=True)
class Writer:
    """Writes text at a size, or at a smaller one that fits."""

    canvas: Canvas
    language: Language

    def __call__(self, at: Point, size: int, text: str, ink: str, room: float = INSIDE) -> Reach:
        """Write the text, and return its top and bottom on the canvas."""
        fitting = self.fit_size(text, size, room)
        self.canvas.text(at, fitting, text, ink)
        top, bottom = self.measure_reach(text, fitting)
        return at[1] + top, at[1] + bottom

    def fit_size(self, text: str, size: int, room: float) -> int:
        wide = self.measure_width(text, size)
        return size if wide <= room else int(size * room / wide)

    def measure_width(self, text: str, size: int) -> float:
        return lay_out(text, self.language).width * size

    def measure_reach(self, text: str, size: int) -> Reach:
        line = lay_out(text, self.language)
        return math.floor(-line.top * size), math.ceil(-line.bottom * size)


def _draw_number(write: Writer, text: str, ink: str, between: Reach) -> None:
    """Draw the number as large as fits between two lines: digits of some scripts hang low."""
    upper, lower = between
    size = write.fit_size(text, 112, INSIDE)
    top, bottom = write.measure_reach(text, size)
    size = min(size, int(size * (lower - upper) / (bottom - top)))
    _, bottom = write.measure_reach(text, size)
    write((MARGIN, min(NUMBER, lower - bottom)), size, text, ink)


def draw_button(canvas: Canvas, write: Writer, text: str, ink: Palette) -> float:
    """Draw the button, and return the room that is left beside it."""
    size = write.fit_size(text, 18, INSIDE / 2)
    left = WIDTH - MARGIN - write.measure_width(text, size) - 2 * PAD
    canvas.box(((left, FACTS - 32), (WIDTH - MARGIN, FACTS + 14)), ink["act"])
    middle = ((left + WIDTH - MARGIN) / 2, FACTS - 2)
    canvas.text(middle, size, text, ink["on-act"], is_centred=True)
    return left - MARGIN - PAD


def draw_mark(canvas: Canvas, ink: Palette) -> None:
    for stroke in (*MARK, [point for curve in PATH for point in _list_curve_points(*curve)]):
        canvas.line([_place_in_mark(point) for point in stroke], STROKE * 0.7, ink["ink"])
    canvas.dot(_place_in_mark(HEAD), 5.5 * 0.7, ink["dot"])


def _place_in_mark(point: Point) -> Point:
    return MARGIN + point[0] * 0.7, TOP - 20 + point[1] * 0.7


def _list_curve_points(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    for step in range(STEP + 1):
        t = step / STEP
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(weight * point[0] for weight, point in zip(weights, (a, b, c, d), strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, (a, b, c, d), strict=True)),
        )


def _draw_progress(canvas: Canvas, share: float, ink: Palette) -> None:
    walked = MARGIN + 9 + (INSIDE - 18) * min(1.0, share)
    end = WIDTH - MARGIN - 2
    for step in range(int(walked), end, STEP):
        canvas.dot((step, WAY), STROKE / 2, ink["strong"])
    canvas.line([(MARGIN, WAY), (walked, WAY)], STROKE, ink["strong"])
    for above in (-12, 8):
        canvas.line([(end, WAY + above), (end, WAY + above + 4)], STROKE, ink["strong"])
    canvas.dot((walked, WAY), 9, ink["dot"])
