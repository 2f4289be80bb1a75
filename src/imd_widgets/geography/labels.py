"""Names beside markers, where there is room for them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from imd_widgets.geography.clusters import Marker
from imd_widgets.geography.polygons import Box

SIZE = 13
NARROW, BROAD = 0.6, 1.05
CLEAR = 8
MAX_LENGTH = 24


class Label(NamedTuple):
    """A name, and its offset from the middle of its marker."""

    marker: Marker
    dx: float
    dy: float
    anchor: str
    text: str
    box: Box


def place_labels(
    markers: Sequence[Marker], names: Sequence[str], width: float, height: float
) -> list[Label]:
    """Place names beside markers, the largest first; repeated or overlapping names are left out."""
    taken = [_make_box(marker) for marker in markers]
    labels: list[Label] = []
    placed: set[str] = {""}
    for index in sorted(range(len(markers)), key=lambda i: -markers[i].total):
        label = _find_free_label(markers[index], names[index], taken, Box(0, 0, width, height))
        if label and names[index] not in placed:
            labels.append(label)
            taken.append(label.box)
            placed.add(names[index])
    return labels


def _find_free_label(marker: Marker, name: str, taken: list[Box], frame: Box) -> Label | None:
    text = name if len(name) <= MAX_LENGTH else f"{name[: MAX_LENGTH - 1]}…"
    return next((x for x in _list_positions(marker, text) if _fits(x.box, taken, frame)), None)


def _list_positions(marker: Marker, text: str) -> Iterator[Label]:
    long, away = _measure(text), marker.radius + CLEAR
    below = away + SIZE * 0.6
    for dx, dy, anchor, left in (
        (away, 0, "start", away),
        (-away, 0, "end", -away - long),
        (0, below, "middle", -long / 2),
        (0, -below, "middle", -long / 2),
    ):
        start, middle = marker.x + left, marker.y + dy
        box = Box(start, middle - SIZE * 0.7, start + long, middle + SIZE * 0.7)
        yield Label(marker, dx, dy, anchor, text, box)


def _measure(text: str) -> float:
    return SIZE * sum(BROAD if east_asian_width(letter) in "WF" else NARROW for letter in text)


def _fits(box: Box, taken: list[Box], frame: Box) -> bool:
    framed = frame.left <= box.left and box.right <= frame.right
    framed = framed and frame.top <= box.top and box.bottom <= frame.bottom
    return framed and not any(box.meets(other) for other in taken)


def _make_box(marker: Marker) -> Box:
    reach = marker.radius + 1
    return Box(marker.x - reach, marker.y - reach, marker.x + reach, marker.y + reach)
