"""Draws the preview image of a page: its title, facts, a button and an artwork."""

from collections.abc import Sequence
from dataclasses import dataclass

from imd_widgets.images.artwork import open_scaled
from imd_widgets.images.canvas import (
    HEIGHT,
    WIDTH,
    Png,
    choose_inks,
)
from imd_widgets.images.drawing_elements import (
    FACTS,
    INSIDE,
    MARGIN,
    TOP,
    Writer,
    draw_button,
    draw_mark,
)
from imd_widgets.images.text_fitting import (
    find_language,
    shorten,
    tidy,
    wrap,
)
from imd_widgets.images.title_card import TitleCard, Wording
from imd_widgets.languages import Language
from imd_widgets.theme import PLAIN, Palette
from imd_widgets.widget.page_metadata import CAMPAIGN

HEADING_SIZE, MARK_ROOM = 19, 40
TITLE_SIZES = (52, 46, 41, 36, 32, 28, 25, 22)
TITLE_TOP = TOP + 22
LINE_GAP = 0.12
FACT_SIZE, MIN_FACT_SIZE, FACT_LINE = 21, 14, 31
BUTTON_TOP = FACTS - 42
ART_EDGE, ART_GAP = 24, 24
ART_ROOM = (220, HEIGHT - 2 * ART_EDGE)


@dataclass(frozen=True)
class Block:
    """Lines of one size, with their height above and below the baseline."""

    lines: list[str]
    size: int
    above: float
    below: float

    @property
    def step(self) -> float:
        return self.above + self.below + LINE_GAP * self.size

    @property
    def height(self) -> float:
        return (len(self.lines) - 1) * self.step + self.above + self.below


def draw_title_card(card: TitleCard, language: Language, others: Sequence[Language]) -> bytes:
    """Draw a PNG; the fonts of `others` serve texts that people wrote in other scripts."""
    drawing = _Drawing(Png(language, PLAIN), language, others, choose_inks(PLAIN))
    drawing.draw(card)
    return drawing.canvas.write()


@dataclass(frozen=True)
class _Drawing:
    canvas: Png
    language: Language
    others: Sequence[Language]
    ink: Palette

    def draw(self, card: TitleCard) -> None:
        room = INSIDE - self._draw_artwork(card.artwork)
        draw_mark(self.canvas, self.ink)
        write = Writer(self.canvas, self.language)
        heading = self.language.gettext(CAMPAIGN)
        write((MARGIN + MARK_ROOM, TOP), HEADING_SIZE, heading, self.ink["ink"], room - MARK_ROOM)
        beside = draw_button(self.canvas, write, card.call, self.ink) if card.call else room
        top = self._draw_facts(card.facts, room, beside)
        self._draw_title(card, room, top)

    def _draw_artwork(self, artwork: bytes) -> float:
        """Draw it at the end of the lines, and return the room that it takes."""
        image = open_scaled(artwork, (ART_ROOM[0] * Png.scale, ART_ROOM[1] * Png.scale))
        if image is None:
            return 0
        width, height = (side / Png.scale for side in image.size)
        self.canvas.paste_image((WIDTH - ART_EDGE - width, (HEIGHT - height) / 2), image)
        return width + ART_GAP + ART_EDGE - MARGIN

    def _draw_facts(self, facts: Sequence[Wording], room: float, beside: float) -> float:
        """Draw the facts upwards, the last beside the button; return where the room above ends."""
        base = float(FACTS)
        above = BUTTON_TOP if beside < room else base
        for wording in reversed(facts):
            found = self._find_readable(wording, self.language.tag)
            if found is None:
                continue
            self._draw_fact(*found, base, beside)
            base, beside = base - FACT_LINE, room
        return min(base, above)

    def _draw_fact(self, text: str, write: Writer, base: float, room: float) -> None:
        size = max(MIN_FACT_SIZE, write.fit_size(text, FACT_SIZE, room))
        line = shorten(text, lambda part: write.measure_width(part, size) <= room)
        write((MARGIN, base), size, line, self.ink["soft"], room)

    def _draw_title(self, card: TitleCard, room: float, bottom: float) -> None:
        found = self._find_readable(card.title, card.lang)
        if found is None:
            return
        text, write = found
        block = self._fit(text, write, room, bottom - TITLE_TOP)
        base = TITLE_TOP + (bottom - TITLE_TOP - block.height) / 2 + block.above
        for line in block.lines:
            write((MARGIN, base), block.size, line, self.ink["strong"], room)
            base += block.step

    def _fit(self, text: str, write: Writer, room: float, height: float) -> Block:
        """Return the text at the largest size that fits, or shortened at the smallest."""
        for size in TITLE_SIZES:
            if (block := _make_block(text, write, size, room)).height <= height:
                return block
        block = _make_block(text, write, TITLE_SIZES[-1], room)
        most = max(1, int((height - block.above - block.below) / block.step) + 1)
        lines, rest = block.lines[: most - 1], " ".join(block.lines[most - 1 :])
        last = shorten(rest, lambda part: write.measure_width(part, block.size) <= room)
        return Block([*lines, last], block.size, block.above, block.below)

    def _find_readable(self, wording: Wording, lang: str) -> tuple[str, Writer] | None:
        """Return the first text that can be drawn, and a writer of its language."""
        own = next((other for other in self.others if other.tag == lang), self.language)
        for text in filter(None, map(tidy, wording)):
            if language := find_language(text, own, (self.language, *self.others)):
                return text, Writer(self.canvas.in_language(language), language)
        return None


def _make_block(text: str, write: Writer, size: int, room: float) -> Block:
    lines = wrap(text, lambda part: write.measure_width(part, size) <= room)
    reaches = [write.measure_reach(line, size) for line in lines]
    above, below = -min(top for top, _ in reaches), max(bottom for _, bottom in reaches)
    return Block(lines, size, above, below)
