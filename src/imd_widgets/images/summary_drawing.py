from imd_widgets.images.canvas import WIDTH, Canvas
from imd_widgets.images.drawing_elements import (
    FACTS,
    INSIDE,
    MARGIN,
    STEP,
    STROKE,
    TOP,
    Reach,
    Writer,
    draw_button,
    draw_mark,
)
from imd_widgets.languages import Language
from imd_widgets.theme import Palette
from imd_widgets.widget.page_metadata import CAMPAIGN
from imd_widgets.widget.summary import WidgetSummary

NUMBER, WORDS, WAY = 158, 199, 229
FOOT, GAP = TOP + 9, 4


def draw_summary(canvas: Canvas, summary: WidgetSummary, language: Language, ink: Palette) -> None:
    draw_mark(canvas, ink)
    write = Writer(canvas, language)
    _, heading = write((MARGIN + 40, TOP), 19, language.gettext(CAMPAIGN), ink["ink"])
    words, _ = write((MARGIN, WORDS), 26, summary.words, ink["ink"])
    _draw_number(write, summary.number, ink["strong"], (max(heading, FOOT) + GAP, words - GAP))
    if summary.share is not None:
        _draw_progress(canvas, summary.share, ink)
    room = draw_button(canvas, write, summary.call, ink) if summary.call else INSIDE
    write((MARGIN, FACTS), 17, " · ".join(summary.facts), ink["soft"], room)


def _draw_number(write: Writer, text: str, ink: str, between: Reach) -> None:
    """Draw the number as large as fits between two lines: digits of some scripts hang low."""
    upper, lower = between
    size = write.fit_size(text, 112, INSIDE)
    top, bottom = write.measure_reach(text, size)
    size = min(size, int(size * (lower - upper) / (bottom - top)))
    _, bottom = write.measure_reach(text, size)
    write((MARGIN, min(NUMBER, lower - bottom)), size, text, ink)


def _draw_progress(canvas: Canvas, share: float, ink: Palette) -> None:
    walked = MARGIN + 9 + (INSIDE - 18) * min(1.0, share)
    end = WIDTH - MARGIN - 2
    for step in range(int(walked), end, STEP):
        canvas.dot((step, WAY), STROKE / 2, ink["strong"])
    canvas.line([(MARGIN, WAY), (walked, WAY)], STROKE, ink["strong"])
    for above in (-12, 8):
        canvas.line([(end, WAY + above), (end, WAY + above + 4)], STROKE, ink["strong"])
    canvas.dot((walked, WAY), 9, ink["dot"])
