"""The colours, corners and typeface of a widget, for CSS and images."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from imd_widgets.assets import Inline, load_css, read_static

Theme = Literal["auto", "light", "dark"]
Scheme = Literal["light", "dark"]
Corners = Literal["square", "soft", "round"]
Typeface = Literal["sans", "serif", "system"]
Palette = Mapping[str, str]

VARIABLE = re.compile(r"var\(--([\w-]+)")
# https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast
MIN_TEXT_CONTRAST, MIN_MARK_CONTRAST = 4.5, 3.0
BLACK, WHITE = "#000000", "#ffffff"
CACHE_SIZE = 512
DARKEST = 0.04045
STEPS = 20
SHORT = 3
SOFTEST = 0.25
LAND_TO_INK, LAND_FROM_INK = 0.12, 0.45
RADII: Mapping[Corners, int] = {"square": 0, "soft": 3, "round": 16}
FAMILIES: Mapping[Typeface, str] = {
    "sans": "",
    "serif": 'Georgia,"Noto Serif","Noto Naskh Arabic",serif',
    "system": "system-ui,sans-serif",
}


@dataclass(frozen=True)
class Appearance:
    theme: Theme = "auto"
    accent: str = ""
    corners: Corners = "soft"
    font: Typeface = "sans"


PLAIN = Appearance()


@lru_cache(CACHE_SIZE)
def make_style(appearance: Appearance, *names: str) -> Inline:
    rules = "".join(load_css(f"{name}.css") for name in names)
    return Inline("".join([*_list_variables(appearance, VARIABLE.findall(rules)), rules]))


def _list_variables(appearance: Appearance, used: Container[str]) -> Iterator[str]:
    """List the variables that the rules use; printed pages are never dark."""
    schemes: tuple[Scheme, ...] = (
        ("light", "dark") if appearance.theme == "auto" else (appearance.theme,)
    )
    first, *dark = (
        _make_root_rule(make_palette(scheme, appearance.accent), used) for scheme in schemes
    )
    yield first
    yield from (f"@media screen and (prefers-color-scheme:dark){{{root}}}" for root in dark)
    if appearance.corners != PLAIN.corners:
        yield f":root{{--radius:{RADII[appearance.corners]}px}}"
    if FAMILIES[appearance.font]:
        yield f":root{{font-family:{FAMILIES[appearance.font]}}}"


def _make_root_rule(colours: Palette, used: Container[str]) -> str:
    named = ";".join(f"--{name}:{value}" for name, value in colours.items() if name in used)
    return f":root{{color-scheme:{colours['scheme']};{named}}}"


@lru_cache(CACHE_SIZE)
def make_palette(scheme: Scheme, accent: str = "") -> Palette:
    if not accent:
        return _read_palette(scheme)
    return (
        _make_light_palette(f"#{accent}") if scheme == "light" else _make_dark_palette(f"#{accent}")
    )


@cache
def _read_palette(scheme: Scheme) -> Palette:
    found: dict[str, str] = dict(re.findall(r"--([\w-]+): (#\w+)", read_static(f"{scheme}.css")))
    return {"scheme": scheme, **found}


def _make_light_palette(accent: str) -> Palette:
    """Use the accent as the ground, with colours on it that are readable."""
    light, dark = _read_palette("light"), _read_palette("dark")
    navy, cream = light["ink"], light["on-act"]
    pairs = ((navy, cream), (cream, navy), (BLACK, WHITE), (WHITE, BLACK))
    ink, other = next(
        pair for pair in pairs if compute_contrast(pair[0], accent) >= MIN_TEXT_CONTRAST
    )
    by_day = light if ink in (navy, BLACK) else dark
    land = _choose_land(accent, ink, other)
    dots = (light["dot"], dark["dot"], ink)
    return {
        "scheme": by_day["scheme"],
        "ground": accent,
        "ink": ink,
        "soft": _soften(ink, accent),
        "strong": ink,
        "dot": next(
            d
            for d in dots
            if min(compute_contrast(d, accent), compute_contrast(d, land)) >= MIN_MARK_CONTRAST
        ),
        "act": ink,
        "on-act": other,
        "paper": by_day["paper"],
        "land": land,
    }


def _make_dark_palette(accent: str) -> Palette:
    """Use the accent for highlights, as bright as needed to be readable."""
    dark = _read_palette("dark")
    lit = _lighten(accent, dark["ground"])
    return {**dark, "strong": lit, "act": lit, "on-act": dark["ground"]}


def _lighten(colour: str, ground: str) -> str:
    tried = (mix(WHITE, colour, step / STEPS) for step in range(STEPS + 1))
    return next(light for light in tried if compute_contrast(light, ground) >= MIN_TEXT_CONTRAST)


def _soften(ink: str, ground: str) -> str:
    tried = (mix(ground, ink, SOFTEST * step / STEPS) for step in range(STEPS, -1, -1))
    return next(soft for soft in tried if compute_contrast(soft, ground) >= MIN_TEXT_CONTRAST)


def _choose_land(ground: str, ink: str, other: str) -> str:
    """Choose the colour that differs most from the ground while the ink stays readable on it."""
    tried = (mix(other, ground, LAND_FROM_INK), mix(ink, ground, LAND_TO_INK))
    bearing = [land for land in tried if compute_contrast(ink, land) >= MIN_TEXT_CONTRAST]
    return max(bearing, key=lambda land: compute_contrast(land, ground))


def mix(colour: str, into: str, share: float) -> str:
    pairs = zip(_parse_channels(colour), _parse_channels(into), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def compute_contrast(one: str, other: str) -> float:
    """Compute the contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, lighter = sorted((_compute_luminance(one), _compute_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _compute_luminance(colour: str) -> float:
    """Compute the luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = (_to_linear(channel / 255) for channel in _parse_channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_linear(channel: float) -> float:
    return channel / 12.92 if channel <= DARKEST else float(((channel + 0.055) / 1.055) ** 2.4)


def _parse_channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(expand_hex(colour[1:]))
    return red, green, blue


def expand_hex(digits: str) -> str:
    """Expand three digits to six: https://www.w3.org/TR/css-color-4/#hex-notation"""
    return digits if len(digits) != SHORT else "".join(2 * digit for digit in digits)
