"""How a widget looks: the colours, corners and letters chosen, as what CSS and pictures take."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from imd_widgets.assets import Inline, css, source

Theme = Literal["auto", "light", "dark"]
Scheme = Literal["light", "dark"]
Corners = Literal["square", "soft", "round"]
Typeface = Literal["sans", "serif", "system"]
Palette = Mapping[str, str]

USED = re.compile(r"var\(--([\w-]+)")
# https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast
TEXT, MARK = 4.5, 3.0
BLACK, WHITE = "#000000", "#ffffff"
KEPT = 512
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


@lru_cache(KEPT)
def style(look: Appearance, *names: str) -> Inline:
    rules = "".join(css(f"{name}.css") for name in names)
    return Inline("".join([*_variables(look, USED.findall(rules)), rules]))


def _variables(look: Appearance, used: Container[str]) -> Iterator[str]:
    """Those that some rule uses, before the `html` of the rules; paper is never dark."""
    schemes: tuple[Scheme, ...] = ("light", "dark") if look.theme == "auto" else (look.theme,)
    first, *dark = (_root(palette(scheme, look.accent), used) for scheme in schemes)
    yield first
    yield from (f"@media screen and (prefers-color-scheme:dark){{{root}}}" for root in dark)
    if look.corners != PLAIN.corners:
        yield f":root{{--radius:{RADII[look.corners]}px}}"
    if FAMILIES[look.font]:
        yield f":root{{font-family:{FAMILIES[look.font]}}}"


def _root(colours: Palette, used: Container[str]) -> str:
    named = ";".join(f"--{name}:{value}" for name, value in colours.items() if name in used)
    return f":root{{color-scheme:{colours['scheme']};{named}}}"


@lru_cache(KEPT)
def palette(scheme: Scheme, accent: str = "") -> Palette:
    if not accent:
        return _plain(scheme)
    return _ground_of(f"#{accent}") if scheme == "light" else _lights_of(f"#{accent}")


@cache
def _plain(scheme: Scheme) -> Palette:
    found: dict[str, str] = dict(re.findall(r"--([\w-]+): (#\w+)", source(f"{scheme}.css")))
    return {"scheme": scheme, **found}


def _ground_of(accent: str) -> Palette:
    """By day the accent is the ground, and everything on it is chosen to be read."""
    light, dark = _plain("light"), _plain("dark")
    navy, cream = light["ink"], light["on-act"]
    pairs = ((navy, cream), (cream, navy), (BLACK, WHITE), (WHITE, BLACK))
    ink, other = next(pair for pair in pairs if contrast(pair[0], accent) >= TEXT)
    by_day = light if ink in (navy, BLACK) else dark
    land = _land(accent, ink, other)
    dots = (light["dot"], dark["dot"], ink)
    return {
        "scheme": by_day["scheme"],
        "ground": accent,
        "ink": ink,
        "soft": _softened(ink, accent),
        "strong": ink,
        "dot": next(d for d in dots if min(contrast(d, accent), contrast(d, land)) >= MARK),
        "act": ink,
        "on-act": other,
        "paper": by_day["paper"],
        "land": land,
    }


def _lights_of(accent: str) -> Palette:
    """By night the accent is the light, as bright as it must be to be read."""
    dark = _plain("dark")
    lit = _lightened(accent, dark["ground"])
    return {**dark, "strong": lit, "act": lit, "on-act": dark["ground"]}


def _lightened(colour: str, ground: str) -> str:
    tried = (mixed(WHITE, colour, step / STEPS) for step in range(STEPS + 1))
    return next(light for light in tried if contrast(light, ground) >= TEXT)


def _softened(ink: str, ground: str) -> str:
    tried = (mixed(ground, ink, SOFTEST * step / STEPS) for step in range(STEPS, -1, -1))
    return next(soft for soft in tried if contrast(soft, ground) >= TEXT)


def _land(ground: str, ink: str, other: str) -> str:
    """What stands out most from the ground and still bears the ink."""
    tried = (mixed(other, ground, LAND_FROM_INK), mixed(ink, ground, LAND_TO_INK))
    bearing = [land for land in tried if contrast(ink, land) >= TEXT]
    return max(bearing, key=lambda land: contrast(land, ground))


def mixed(colour: str, into: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(into), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= DARKEST else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(six(colour[1:]))
    return red, green, blue


def six(digits: str) -> str:
    """https://www.w3.org/TR/css-color-4/#hex-notation"""
    return digits if len(digits) != SHORT else "".join(2 * digit for digit in digits)
