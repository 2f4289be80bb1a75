"""The pages that are compared, when each counts as shown, and our own bars."""

from dataclasses import dataclass

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FRAMED = "document.querySelector('imd-widget').shadowRoot.querySelector('iframe') && now()"
MARKED = "document.querySelector('.map a, .marker-cluster') && painted()"
SHADED = "document.querySelector('giscus-widget').shadowRoot.querySelector('iframe') && now()"
REPORTED = "window.shown"


@dataclass(frozen=True)
class Subject:
    """A page, and an expression that is a time in ms once its contents are shown."""

    name: str
    path: str
    shown_when: str
    compared_with: str = ""


@dataclass(frozen=True)
class Bar:
    """Limits of a page; the time until it is shown is relative to another page in the same run."""

    size: int
    requests: int
    time_share: float
    other: str


EMPTY, LEAFLET = "an empty page", "Leaflet + markercluster"
COUNTER, COUNTDOWN, MAP = "counter", "countdown", "event map, 300 events"
FRAME, LOADER, ELEMENT = (
    "counter in an iframe",
    "counter in an iframe with loader",
    "`<imd-widget>`",
)
RESIZER = "iframe-resizer, both halves"

SUBJECTS = (
    Subject(EMPTY, "empty", PAINTED),
    Subject(COUNTER, "counter", PAINTED),
    Subject(COUNTDOWN, "countdown", PAINTED),
    Subject(MAP, "events", MARKED),
    Subject(LEAFLET, "leaflet", MARKED, MAP),
    Subject("MapLibre", "maplibre", REPORTED, MAP),
    Subject(FRAME, "frame", REPORTED),
    Subject(LOADER, "loader", REPORTED),
    Subject(ELEMENT, "element", FRAMED),
    Subject("giscus's component", "giscus", SHADED, ELEMENT),
    Subject("github-buttons", "buttons", REPORTED, ELEMENT),
    Subject(RESIZER, "resizer", REPORTED, ELEMENT),
    Subject("Cal.com's snippet", "cal", REPORTED, ELEMENT),
)

BARS = {
    COUNTER: Bar(3_000, 1, 1.25, EMPTY),
    COUNTDOWN: Bar(3_000, 1, 1.25, EMPTY),
    MAP: Bar(12_000, 1, 0.7, LEAFLET),
}
