"""The markers and names on a map, in per cent of its size."""

from collections.abc import Sequence
from dataclasses import dataclass

from imd_widgets.geography.clusters import Marker
from imd_widgets.geography.labels import place_labels
from imd_widgets.geography.map_views import MapView
from imd_widgets.languages import Language

MAX_NAMES_OF_WORLD, MAX_NAMES = 8, 24
AREA_RADIUS = 10


@dataclass(frozen=True)
class MarkerView:
    """A marker as it is drawn; `is_new_window` if its link opens one."""

    x: float
    y: float
    radius: float
    count: int
    is_area: bool
    name: str
    lang: str
    href: str
    is_new_window: bool = False


@dataclass(frozen=True)
class PlaceName:
    x: float
    y: float
    dx: float
    dy: float
    anchor: str
    text: str


def place_names(
    frame: MapView, markers: Sequence[Marker], words: Sequence[str], width: float
) -> list[PlaceName]:
    if len(markers) > (MAX_NAMES if frame.zoom else MAX_NAMES_OF_WORLD):
        return []
    height = width * frame.ratio
    return [
        PlaceName(
            x=to_percent(label.marker.x, width),
            y=to_percent(label.marker.y, height),
            dx=label.dx,
            dy=round(label.dy, 1),
            anchor=label.anchor,
            text=label.text,
        )
        for label in place_labels(markers, words, width, height)
    ]


def marker_label(count: int, place: str, language: Language) -> str:
    return language.ngettext(
        "%(num)s event around %(place)s", "%(num)s events around %(place)s", count, place=place
    )


def to_percent(pixels: float, whole: float) -> float:
    return round(100 * pixels / whole, 1)
