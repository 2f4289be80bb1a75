"""What all images have in common: margins, fitted text, the button and the campaign's mark."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from imd_widgets.images.canvas import HEIGHT, WIDTH, Canvas, Point
from imd_widgets.images.text_layout import lay_out
from imd_widgets.languages import Language
from imd_widgets.theme import Palette

Reach = tuple[float, float]

MARGIN = 36
INSIDE = WIDTH - 2 * MARGIN
TOP, FACTS = 51, HEIGHT - 32
STROKE = 4
STEP = 10
PAD = 20
MARK = (((20, 2), (20, 11)), ((20, 29), (20, 38)))
PATH = (((2, 34), (12, 34), (12, 20), (20, 20)), ((20, 20), (28, 20), (27, 12), (31, 9)))
HEAD = (34, 7)


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
