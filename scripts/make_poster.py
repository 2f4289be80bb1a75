"""Draws the sample campaign's poster, "Many Paths": four flat inks on paper, 50 × 70 cm.

    python scripts/make_poster.py many-paths.svg

Every path comes from somewhere else, all pass through one trunk, and go on as branches and birds.
The paths are confocal hyperbolas: x = a·sin v·cosh u, y = a·cos v·sinh u, one v a path. Lines of
that family never cross, which is what lets so many be drawn so near each other.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import asinh, atan2, cos, cosh, degrees, exp, hypot, radians, sin, sinh
from pathlib import Path
from random import Random

WIDTH, HEIGHT = 2000, 2800
PAPER, INDIGO, VERMILION, MARIGOLD, TURQUOISE = (
    "#fbf2e0",
    "#1d2260",
    "#e8432a",
    "#f7b32b",
    "#12908e",
)
PANEL = (90, 90, 1820, 2190)
CENTRE, HORIZON, TRUNK_TOP = 1000.0, 1690.0, 1330.0
SUN = (1000.0, 900.0, 570.0)
TREE = 540
PATHS = 33
HALF = 1 / PATHS


Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Fan:
    waist: float
    opening: float


ROOTS, CROWN = Fan(150.0, 1.5), Fan(128.0, 1.24)


def find_ground_point(u: float, s: float) -> Point:
    """A point of the path `s` (from -1, the leftmost, to 1) on the ground, u before the trunk."""
    v = ROOTS.opening * s
    v += 0.21 * (1 - exp(-(max(u - 0.9, 0.0) ** 2))) * cos(v) * sin(1.9 * v - 4.1 * u)
    return CENTRE + ROOTS.waist * sin(v) * cosh(u), HORIZON + ROOTS.waist * cos(v) * sinh(u)


def find_crown_point(u: float, s: float) -> Point:
    v = CROWN.opening * s
    return CENTRE + CROWN.waist * sin(v) * cosh(u), TRUNK_TOP - CROWN.waist * cos(v) * sinh(u)


def find_trunk_point(t: float, s: float) -> Point:
    (low, _), (high, _) = find_ground_point(0, s), find_crown_point(0, s)
    ease = t * t * (3 - 2 * t)
    return low + (high - low) * ease, HORIZON + (TRUNK_TOP - HORIZON) * t


def draw_outline(points: list[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + "Z"


def draw_ribbon(
    point: Callable[[float, float], Point],
    us: list[float],
    s: float,
    half: Callable[[float], float],
) -> str:
    left = [point(u, s - half(u)) for u in us]
    right = [point(u, s + half(u)) for u in reversed(us)]
    return draw_outline(left + right)


def space_evenly(start: float, stop: float, steps: int) -> list[float]:
    return [start + (stop - start) * step / steps for step in range(steps + 1)]


def draw_shape(kind: str, at: Point, size: float, turn: float, ink: str) -> str:
    x, y = at
    place = f"translate({x:.0f} {y:.0f})rotate({turn:.0f})scale({size:.1f})"
    return f'<use href="#{kind}" transform="{place}" fill="{ink}"/>'


def find_heading(here: Point, ahead: Point) -> float:
    """Degrees to turn something that points up."""
    return degrees(atan2(ahead[1] - here[1], ahead[0] - here[0])) + 90


def draw_path(data: str, ink: str) -> str:
    return f'<path d="{data}" fill="{ink}"/>'


# ---------------------------------------------------------------- the ground

GROUND_INKS = (MARIGOLD, PAPER, TURQUOISE, PAPER, VERMILION, PAPER)


def choose_ground_ink(index: int) -> str:
    return GROUND_INKS[index % len(GROUND_INKS)]


def draw_ground(index: int, s: float) -> str:
    us = space_evenly(0.0, 3.35, 100)
    return draw_path(
        draw_ribbon(find_ground_point, us, s, lambda u: HALF * (0.62 + 0.34 * exp(-u))),
        choose_ground_ink(index),
    )


def draw_footsteps(index: int, s: float) -> Iterator[str]:
    if choose_ground_ink(index) != PAPER:
        return
    side = 0.28 * HALF
    for u in space_evenly(1.5, 3.2, 18):
        here, ahead = find_ground_point(u, s + side), find_ground_point(u + 0.02, s + side)
        yield draw_shape(
            "step", here, 2.2 + 1.5 * exp(u * 0.85), find_heading(here, ahead) + 180, INDIGO
        )
        side = -side


def draw_trunk(index: int, s: float) -> str:
    overlapping = space_evenly(-0.004, 1.004, 24)
    return draw_path(
        draw_ribbon(find_trunk_point, overlapping, s, lambda _: HALF * 0.96),
        choose_ground_ink(index),
    )


# ---------------------------------------------------------------- the crown


def find_tip(index: int) -> float:
    """Where a branch ends: long and short by turns."""
    reach = (450.0, 760.0, 560.0, 860.0, 500.0, 660.0)[index % 6]
    return asinh(reach / CROWN.waist)


def is_in_sun(at: Point) -> bool:
    return hypot(at[0] - SUN[0], at[1] - SUN[1]) < SUN[2]


def draw_branch(index: int, s: float) -> str:
    end = find_tip(index)

    def half(u: float) -> float:
        left = max(1 - u / end, 0.0)
        return HALF * 0.96 * left

    return draw_path(
        draw_ribbon(find_crown_point, space_evenly(0.0, end, 40), s, half), choose_ground_ink(index)
    )


def choose_leaf_ink(at: Point, random: Random) -> str:
    return random.choice(
        (PAPER, PAPER, MARIGOLD, INDIGO) if is_in_sun(at) else (INDIGO, VERMILION, PAPER)
    )


def draw_leaves(index: int, s: float, taken: list[Mark], random: Random) -> Iterator[str]:
    """Leaves by turns on the left and the right of a branch where there is room, one at its tip."""
    end, side = find_tip(index), 44.0
    for u in [end, *space_evenly(end, 1.62, 150)]:
        turn = find_heading(find_crown_point(u, s), find_crown_point(u + 0.01, s)) + (
            0 if u == end else side
        )
        size = 14 + 10 * u
        at = find_crown_point(u, s)
        middle = Mark(
            at[0] + size * sin(radians(turn)), at[1] - size * cos(radians(turn)), size * 0.66
        )
        if is_clear(middle, taken):
            taken.append(middle)
            side = -side
            yield draw_shape("leaf", at, size, turn, choose_leaf_ink((middle.x, middle.y), random))


def draw_birds(random: Random, taken: list[Mark]) -> Iterator[str]:
    """Birds thrown at random where there is room, heading out and a little to the right."""
    for _ in range(9000):
        x, y = random.uniform(130, 1870), random.uniform(130, 1330)
        away = hypot(x - CENTRE, y - 1180)
        size = 30 + 16 * random.random() + away / 60
        mark = Mark(x, y, size)
        if away < TREE or not is_in_frame(mark) or not is_clear(mark, taken):
            continue
        taken.append(mark)
        turn = find_heading((CENTRE, 1560), (x, y)) + 16
        pose, ink = random.choice(("bird", "glide")), random.choice(list_bird_inks(mark))
        yield draw_shape(pose, (x, y), size * 0.62, turn, ink)


def list_bird_inks(mark: Mark) -> tuple[str, ...]:
    """Inks that show against what lies behind, the edge of the sun included."""
    outwards = hypot(mark.x - SUN[0], mark.y - SUN[1]) - SUN[2]
    if abs(outwards) < mark.radius:
        return INDIGO, PAPER
    return (INDIGO, PAPER, MARIGOLD) if outwards < 0 else (INDIGO, PAPER, VERMILION, TURQUOISE)


def is_in_frame(mark: Mark) -> bool:
    return 130 + mark.radius < mark.x < 1870 - mark.radius and mark.y > 130 + mark.radius


def is_clear(mark: Mark, taken: list[Mark]) -> bool:
    return all(hypot(mark.x - m.x, mark.y - m.y) > mark.radius + m.radius for m in taken)


# ---------------------------------------------------------------- the lettering

# Skeletons on a grid 10 wide and 14 high: width, then the strokes.
LETTERS = {
    "A": (10, "M0,{foot}V5A5,5 0 0 1 10,5V{foot}M0,9H10"),
    "C": (10, "M10,14H5A5,5 0 0 1 0,9V5A5,5 0 0 1 5,0H10"),
    "B": (10, "M0,7H6.5A3.5,3.5 0 0 1 6.5,14H0V0H6A3.5,3.5 0 0 1 6,7"),
    "D": (10, "M0,0H5A5,5 0 0 1 10,5V9A5,5 0 0 1 5,14H0Z"),
    "E": (9, "M9,0H5A5,5 0 0 0 0,5V9A5,5 0 0 0 5,14H9M0,7H8"),
    "G": (10, "M10,0H5A5,5 0 0 0 0,5V9A5,5 0 0 0 5,14H10V7H6"),
    "H": (10, "M0,{head}V{foot}M10,{head}V{foot}M0,7H10"),
    "I": (0, "M0,{head}V{foot}"),
    "L": (9, "M0,{head}V9A5,5 0 0 0 5,14H9"),
    "M": (14, "M0,{foot}V3.5A3.5,3.5 0 0 1 7,3.5V{foot}M7,3.5A3.5,3.5 0 0 1 14,3.5V{foot}"),
    "N": (10, "M0,{foot}V5A5,5 0 0 1 10,5V{foot}"),
    "O": (10, "M0,5A5,5 0 0 1 10,5V9A5,5 0 0 1 0,9Z"),
    "P": (10, "M0,{foot}V0H6A4,4 0 0 1 6,8H0"),
    "R": (10, "M0,{foot}V0H6A4,4 0 0 1 6,8H0M5,8A5,5 0 0 1 10,13V{foot}"),
    "S": (10, "M9.5,0H3.5A3.5,3.5 0 0 0 3.5,7H6.5A3.5,3.5 0 0 1 6.5,14H0.5"),
    "T": (10, "M0,0H10M5,0V{foot}"),
    "Y": (10, "M0,{head}V3A5,5 0 0 0 10,3V{head}M5,8V{foot}"),
    "1": (3, "M0,3L3,0V{foot}"),
    "8": (10, "M3.3,6.5A3.25,3.25 0 1 1 6.7,6.5A3.75,3.75 0 1 1 3.3,6.5Z"),
    " ": (1.5, ""),
}


def draw_text(text: str, gap: float, edge: float) -> str:
    strokes, x = [], 0.0
    for letter in text:
        width, skeleton = LETTERS[letter]
        data = skeleton.format(head=-edge, foot=14 + edge)
        strokes.append(f'<path transform="translate({x:.1f} 0)" d="{data}"/>' if data else "")
        x += width + gap
    return "".join(strokes)


def measure_text(text: str, gap: float) -> float:
    return sum(LETTERS[letter][0] + gap for letter in text) - gap


def draw_line(
    text: str, top: float, span: Point, gap: float, weights: list[tuple[float, str]]
) -> str:
    """A line between two edges, stroked once a weight: three weights make parallel lines."""
    edge = weights[0][0] / 2
    unit = (span[1] - span[0]) / (measure_text(text, gap) + 2 * edge)
    place = f"translate({span[0] + edge * unit:.1f} {top + edge * unit:.1f})scale({unit:.3f})"
    line = draw_text(text, gap, edge)
    layers = [f'<g stroke="{ink}" stroke-width="{weight}">{line}</g>' for weight, ink in weights]
    return f'<g transform="{place}" fill="none" stroke-linejoin="round">{"".join(layers)}</g>'


# ---------------------------------------------------------------- the sheet

SHAPES = (
    # Pointing up, about two units from beak to tail.
    '<path id="bird" d="M0-1.15C.13-.95.17-.75.2-.55C.62-.72 1.2-.55 1.75.2C1.2-.12.7-.1.24.22'
    "C.2.5.26.75.42 1.15C.28 1.05.14.98 0 .98S-.28 1.05-.42 1.15C-.26.75-.2.5-.24.22"
    'C-.7-.1-1.2-.12-1.75.2C-1.2-.55-.62-.72-.2-.55C-.17-.75-.13-.95 0-1.15Z"/>'
    '<path id="glide" d="M0-1.15C.13-.95.17-.75.2-.55C.6-.95 1-1.25 1.65-1.3C1.2-.85.75-.35.24.22'
    "C.2.5.26.75.42 1.15C.28 1.05.14.98 0 .98S-.28 1.05-.42 1.15C-.26.75-.2.5-.24.22"
    'C-.8 .1-1.3.25-1.7.75C-1.45-.1-.9-.6-.2-.55C-.17-.75-.13-.95 0-1.15Z"/>'
    '<path id="leaf" d="M0 .1C.55-.35.55-1.15 0-1.8C-.55-1.15-.55-.35 0 .1Z"/>'
    '<path id="step" d="M0-1.1C.5-1.1.6-.3.32.2L.28.35C.2.5-.1.5-.2.35C-.5-.2-.5-1.1 0-1.1Z'
    'M-.16.55H.3C.36 1.15-.1 1.25-.16.55Z"/>'
)


def draw_artwork(random: Random) -> Iterator[str]:
    x, y, width, height = PANEL
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{MARIGOLD}"/>'
    yield f'<circle cx="{SUN[0]}" cy="{SUN[1]}" r="{SUN[2]}" fill="{VERMILION}"/>'
    yield f'<path d="M{x},{HORIZON}H{x + width}V{y + height}H{x}Z" fill="{INDIGO}"/>'
    numbered = [(index, HALF * (2 * index + 1) - 1) for index in range(PATHS)]
    taken: list[Mark] = []
    for index, s in numbered:
        yield draw_ground(index, s)
        yield from draw_footsteps(index, s)
        yield draw_trunk(index, s)
        yield draw_branch(index, s)
    for index, s in sorted(numbered, key=lambda item: -find_tip(item[0])):
        if choose_ground_ink(index) != VERMILION:
            yield from draw_leaves(index, s, taken, random)
    yield from draw_birds(random, taken)


def draw_poster() -> str:
    x, y, width, height = PANEL
    span = (float(x), float(x + width))
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
    size = f'width="50cm" height="70cm" viewBox="0 0 {WIDTH} {HEIGHT}"'
    random = Random(1218)  # noqa: S311 - the same sheet every time is the point
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        "<title>Many Paths</title>",
        f'<defs>{SHAPES}<clipPath id="panel">{frame}</clipPath></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<g clip-path="url(#panel)">{"".join(draw_artwork(random))}</g>',
        draw_line("MANY PATHS", 2330, span, 4.4, [(4.0, INDIGO), (2.5, PAPER), (0.9, VERMILION)]),
        draw_line("INTERNATIONAL MIGRANTS DAY  18 DECEMBER", 2660, span, 6.5, [(2.0, INDIGO)]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw_poster(), encoding="utf-8")
