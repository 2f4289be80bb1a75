from collections.abc import Sequence
from copy import copy
from io import BytesIO
from typing import Protocol

from markupsafe import Markup
from PIL import Image, ImageDraw

from imd_widgets.images.fonts import font, get_glyph_character
from imd_widgets.images.text_layout import lay_out
from imd_widgets.languages import Language
from imd_widgets.theme import (
    RADII,
    Appearance,
    Palette,
    make_palette,
)
from imd_widgets.widget.page_metadata import PREVIEW_SIZE

WIDTH, HEIGHT = 600, 315
SHARP, SMOOTH = PREVIEW_SIZE[0] // WIDTH, 2
INKS, COLOURS = 64, 256
FAMILY = "'Avenir Next','Segoe UI',Roboto,'Noto Sans','Helvetica Neue',Arial,sans-serif"

Point = tuple[float, float]


def choose_inks(appearance: Appearance) -> Palette:
    """Choose the palette: an image cannot match the page around it."""
    return make_palette("dark" if appearance.theme == "dark" else "light", appearance.accent)


class Canvas(Protocol):
    """A canvas of 600 by 315 on which an image is drawn, from back to front."""

    def text(
        self, at: Point, size: int, text: str, ink: str, *, is_centred: bool = False
    ) -> None: ...
    def line(self, points: Sequence[Point], width: float, ink: str) -> None: ...
    def dot(self, at: Point, radius: float, ink: str) -> None: ...
    def box(self, corners: tuple[Point, Point], ink: str) -> None: ...
    def write(self) -> bytes: ...


class Mirror:
    """Mirrors positions for languages written from right to left."""

    def __init__(self, language: Language) -> None:
        self.rtl = language.dir == "rtl"

    def __call__(self, point: Point) -> Point:
        return (WIDTH - point[0], point[1]) if self.rtl else point

    def box(self, corners: tuple[Point, Point]) -> tuple[Point, Point]:
        (x, y), (right, bottom) = map(self, corners)
        return (min(x, right), y), (max(x, right), bottom)


class Svg:
    def __init__(self, language: Language, appearance: Appearance, title: str) -> None:
        self._place = Mirror(language)
        self._language = language
        self._round = RADII[appearance.corners]
        self._parts = [
            Markup(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}"'
                ' height="{h}" role="img" lang="{lang}" direction="{dir}" font-family="{family}"'
                ' font-weight="700" stroke-linecap="round" stroke-linejoin="round">'
                '<title>{title}</title><rect width="{w}" height="{h}" fill="{ground}"/>'
            ).format(
                w=WIDTH,
                h=HEIGHT,
                lang=language.tag,
                dir=language.dir,
                family=FAMILY,
                title=title,
                ground=choose_inks(appearance)["ground"],
            )
        ]

    def text(self, at: Point, size: int, text: str, ink: str, *, is_centred: bool = False) -> None:
        x, y = self._place(at)
        element = Markup('<text x="{}" y="{}" font-size="{}" fill="{}"{}>{}</text>')
        middle = Markup(' text-anchor="middle"') if is_centred else ""
        self._parts.append(
            element.format(_format_number(x), _format_number(y), size, ink, middle, text)
        )

    def line(self, points: Sequence[Point], width: float, ink: str) -> None:
        path = " ".join(
            f"{_format_number(x)},{_format_number(y)}" for x, y in map(self._place, points)
        )
        element = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="{}"/>')
        self._parts.append(element.format(path, ink, _format_number(width)))

    def dot(self, at: Point, radius: float, ink: str) -> None:
        x, y = self._place(at)
        element = Markup('<circle cx="{}" cy="{}" r="{}" fill="{}"/>')
        self._parts.append(
            element.format(_format_number(x), _format_number(y), _format_number(radius), ink)
        )

    def box(self, corners: tuple[Point, Point], ink: str) -> None:
        (x, y), (right, bottom) = self._place.box(corners)
        element = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}"/>')
        sides = map(_format_number, (x, y, right - x, bottom - y, self._round))
        self._parts.append(element.format(*sides, ink))

    def write(self) -> bytes:
        return "".join([*self._parts, "</svg>"]).encode()


class Png:
    """A PNG drawn at twice its size, so that slants and curves are smooth."""

    scale = SHARP * SMOOTH

    def __init__(self, language: Language, appearance: Appearance) -> None:
        self._place = Mirror(language)
        self._language = language
        self._round = RADII[appearance.corners]
        self._image = Image.new(
            "RGB", (WIDTH * self.scale, HEIGHT * self.scale), choose_inks(appearance)["ground"]
        )
        self._draw = ImageDraw.Draw(self._image)
        self._colours = INKS

    def text(self, at: Point, size: int, text: str, ink: str, *, is_centred: bool = False) -> None:
        line, scaled = lay_out(text, self._language), size * self.scale
        drawn = font(self._language.tag, scaled)
        share = 0.5 if is_centred else 1 if self._place.rtl else 0
        x, y = self._scale(at)
        x -= share * line.width * scaled
        for glyph in line.glyphs:
            spot = (x + glyph.x * scaled, y - glyph.y * scaled)
            self._draw.text(spot, get_glyph_character(glyph.index), ink, drawn, anchor="ls")

    def in_language(self, language: Language) -> "Png":
        """Return the same canvas for texts in another language than the page's."""
        other = copy(self)
        vars(other)["_language"] = language
        return other

    def paste_image(self, at: Point, image: Image.Image) -> None:
        """Paste an image in this canvas's pixels; `at` is its upper left corner."""
        x, y = at
        left = self._place.box(((x, y), (x + image.width / self.scale, y)))[0][0]
        self._image.paste(image, (round(left * self.scale), round(y * self.scale)))
        self._colours = COLOURS

    def line(self, points: Sequence[Point], width: float, ink: str) -> None:
        scaled = [self._scale(point) for point in points]
        self._draw.line(scaled, ink, round(width * self.scale), joint="curve")
        for end in (points[0], points[-1]):
            self.dot(end, width / 2, ink)

    def dot(self, at: Point, radius: float, ink: str) -> None:
        self._draw.circle(self._scale(at), radius * self.scale, ink)

    def box(self, corners: tuple[Point, Point], ink: str) -> None:
        ends = [(x * self.scale, y * self.scale) for x, y in self._place.box(corners)]
        self._draw.rounded_rectangle(ends, self._round * self.scale, ink)

    def write(self) -> bytes:
        small = self._image.reduce(SMOOTH).quantize(self._colours, dither=Image.Dither.NONE)
        written = BytesIO()
        small.save(written, "PNG", optimize=True)
        return written.getvalue()

    def _scale(self, point: Point) -> Point:
        x, y = self._place(point)
        return x * self.scale, y * self.scale


def _format_number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
