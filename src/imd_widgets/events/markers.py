"""What is drawn on a map: markers and names, in per cent of it, at any width."""

from collections.abc import Sequence
from dataclasses import dataclass

from imd_widgets.geography.clusters import Marker
from imd_widgets.geography.labels import beside
from imd_widgets.geography.views import View
from imd_widgets.languages import Language

NAMED_AROUND, NAMED = 8, 24
AREA = 10


@dataclass(frozen=True)
class Mark:
    """A marker; one that leads away opens in a window of its own."""

    x: float
    y: float
    radius: float
    count: int
    area: bool
    name: str
    lang: str
    href: str
    away: bool = False


@dataclass(frozen=True)
class Name:
    x: float
    y: float
    dx: float
    dy: float
    anchor: str
    text: str


def names(frame: View, markers: Sequence[Marker], words: Sequence[str], width: float) -> list[Name]:
    if len(markers) > (NAMED if frame.zoom else NAMED_AROUND):
        return []
    height = width * frame.ratio
    return [
        Name(
            x=percent(label.marker.x, width),
            y=percent(label.marker.y, height),
            dx=label.dx,
            dy=round(label.dy, 1),
            anchor=label.anchor,
            text=label.text,
        )
        for label in beside(markers, words, width, height)
    ]


def told(count: int, place: str, language: Language) -> str:
    return language.ngettext(
        "%(num)s event around %(place)s", "%(num)s events around %(place)s", count, place=place
    )


def percent(pixels: float, whole: float) -> float:
    return round(100 * pixels / whole, 1)
