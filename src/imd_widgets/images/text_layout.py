"""Text as positioned glyphs: reordered by python-bidi, shaped by HarfBuzz.

Pillow can do the same, but only where the system has the FriBiDi library.
"""

# pyright: reportAttributeAccessIssue=false
# The names of uharfbuzz come from its compiled module, which has no stubs.

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

import uharfbuzz as hb  # type: ignore[import-untyped]
from bidi import get_display  # type: ignore[import-untyped]

from imd_widgets.images.fonts import find_font_file
from imd_widgets.languages import Language

LINES = 1024
BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]")
CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0001]")
MARK = "\N{LANGUAGE TAG}"
ENDS = {"ltr": "\N{LEFT-TO-RIGHT MARK}", "rtl": "\N{RIGHT-TO-LEFT MARK}"}


@dataclass(frozen=True)
class TextRun:
    """A part of a line in one direction and one script, in reading order."""

    text: str
    direction: str
    script: str | None = None


@dataclass(frozen=True)
class Glyph:
    index: int
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """Glyphs from left to right. Lengths are in ems; y points up from the baseline."""

    glyphs: tuple[Glyph, ...]
    width: float
    top: float
    bottom: float


@lru_cache(LINES)
def lay_out(text: str, language: Language) -> Line:
    font = _load_font(language.tag)
    em = font.face.upem
    glyphs, tops, bottoms, pen = [], [0], [0], 0
    for run in split_runs(text, language.dir):
        for index, x, y, advance in _shape(run, font, language.tag):
            glyphs.append(Glyph(index, (pen + x) / em, y / em))
            ink = font.get_glyph_extents(index)
            tops.append(y + ink.y_bearing)
            bottoms.append(y + ink.y_bearing + ink.height)
            pen += advance
    return Line(tuple(glyphs), pen / em, max(tops) / em, min(bottoms) / em)


def split_runs(text: str, direction: str) -> Iterator[TextRun]:
    """Split a line where its direction or its script changes, from left to right."""
    for run in _split_by_direction(CONTROLS.sub("", BREAKS.sub(" ", text)), direction):
        parts = list(_split_by_script(run))
        yield from reversed(parts) if run.direction == "rtl" else parts


def _split_by_direction(line: str, direction: str) -> Iterator[TextRun]:
    """Reorder a line, and find the direction of each part.

    `get_display` returns no levels, so a mark follows each character. It takes the level of that
    character and changes nothing else: in a part that runs to the left, the mark comes first.
    https://www.unicode.org/reports/tr9/#Retaining_Explicit_Formatting_Characters
    """
    marked = "".join(character + MARK for character in line + ENDS[direction])
    shown = str(get_display(marked, base_dir=direction[0].upper()))
    pairs = list(zip(shown[::2], shown[1::2], strict=True))
    pairs = pairs[1:] if direction == "rtl" else pairs[:-1]
    for leftward, part in groupby(pairs, key=lambda pair: pair[0] == MARK):
        text = "".join(pair[leftward] for pair in part)
        yield TextRun(text[::-1], "rtl") if leftward else TextRun(text, "ltr")


def _split_by_script(run: TextRun) -> Iterator[TextRun]:
    """Split by script; a character of no script, such as a digit, joins those before it."""
    start, script = 0, None
    for place, character in enumerate(run.text):
        own = _get_script(character)
        if own and script and own != script:
            yield TextRun(run.text[start:place], run.direction, script)
            start = place
        script = own or script
    yield TextRun(run.text[start:], run.direction, script)


@cache
def _get_script(character: str) -> str | None:
    buffer = hb.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    script: str | None = buffer.script
    return script


def _shape(run: TextRun, font: hb.Font, tag: str) -> Iterator[tuple[int, int, int, int]]:
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.direction, buffer.language = run.direction, tag
    if run.script:
        buffer.script = run.script
    hb.shape(font, buffer)
    for info, at in zip(buffer.glyph_infos, buffer.glyph_positions or (), strict=True):
        yield info.codepoint, at.x_offset, at.y_offset, at.x_advance


@cache
def _load_font(tag: str) -> hb.Font:
    return hb.Font(hb.Face(hb.Blob.from_file_path(find_font_file(tag))))
