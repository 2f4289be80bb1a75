"""Closed rings of points: clip, simplify and write them as an SVG path."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = Sequence[Point]
CORNERS = 3


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom


def make_box(ring: Ring) -> Box:
    xs, ys = zip(*ring, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def clip(ring: Ring, box: Box) -> Ring:
    """Clip a ring to a box (Sutherland-Hodgman): one edge of the box after the other."""
    for axis, limit, sign in (
        (0, box.left, 1),
        (0, box.right, -1),
        (1, box.top, 1),
        (1, box.bottom, -1),
    ):
        ring = _cut(ring, axis, limit, sign)
    return ring


def _cut(ring: Ring, axis: int, limit: float, sign: int) -> Ring:
    result: list[Point] = []
    if not ring:
        return result
    before = ring[-1]
    was_in = sign * (before[axis] - limit) >= 0
    for point in ring:
        is_in = sign * (point[axis] - limit) >= 0
        if is_in != was_in:
            result.append(_find_crossing(before, point, axis, limit))
        if is_in:
            result.append(point)
        before, was_in = point, is_in
    return result


def _find_crossing(a: Point, b: Point, axis: int, limit: float) -> Point:
    share = (limit - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis])
    return (limit, other) if axis == 0 else (other, limit)


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Simplify a closed ring (Douglas-Peucker), from its first point and the farthest from it."""
    if len(ring) <= CORNERS:
        return ring
    far = max(range(len(ring)), key=lambda i: _compute_squared_distance(ring[0], ring[i]))
    closed = [*ring, ring[0]]
    result = {
        0,
        far,
        *_find_bends(closed, 0, far, tolerance),
        *_find_bends(closed, far, len(ring), tolerance),
    }
    return [closed[i] for i in sorted(result) if i < len(ring)]


def _find_bends(line: Ring, first: int, last: int, tolerance: float) -> list[int]:
    result: list[int] = []
    spans = [(first, last)]
    while spans:
        a, b = spans.pop()
        far, index = _find_farthest(line, a, b)
        if far > tolerance * tolerance:
            result.append(index)
            spans += [(a, index), (index, b)]
    return result


def _find_farthest(line: Ring, a: int, b: int) -> tuple[float, int]:
    (ax, ay), (bx, by) = line[a], line[b]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    most, index = 0.0, a
    for i in range(a + 1, b):
        px, py = line[i][0] - ax, line[i][1] - ay
        share = max(0.0, min(1.0, (px * dx + py * dy) / length)) if length else 0.0
        px, py = px - share * dx, py - share * dy
        if px * px + py * py > most:
            most, index = px * px + py * py, i
    return most, index


def _compute_squared_distance(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def compute_area(ring: Ring) -> float:
    following = [*ring[1:], *ring[:1]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, following, strict=True))) / 2


def write_path(rings: Iterable[Ring], grid: Callable[[float], int] = round) -> str:
    """Write rings as an SVG path of whole numbers, each relative to the point before."""
    at = (0, 0)
    parts: list[str] = []
    for ring in rings:
        points = _round_points(ring, grid)
        if len(points) < CORNERS:
            continue
        parts.append("m" + _write_pair(points[0], at) + "l" + _write_steps(points) + "z")
        at = points[0]
    return "".join(parts)


def _round_points(ring: Ring, grid: Callable[[float], int]) -> list[tuple[int, int]]:
    points: list[tuple[int, int]] = []
    for x, y in ring:
        point = (grid(x), grid(y))
        if not points or point != points[-1]:
            points.append(point)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return points


def _write_steps(points: list[tuple[int, int]]) -> str:
    pairs = [_write_pair(b, a) for a, b in pairwise(points)]
    return pairs[0] + "".join(pair if pair[0] == "-" else " " + pair for pair in pairs[1:])


def _write_pair(point: tuple[int, int], origin: tuple[int, int]) -> str:
    x, y = point[0] - origin[0], point[1] - origin[1]
    return f"{x}{y}" if y < 0 else f"{x} {y}"
