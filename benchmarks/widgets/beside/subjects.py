"""What is compared, when it counts as there, and our own bars."""

from dataclasses import dataclass

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FRAMED = "document.querySelector('imd-widget').shadowRoot.querySelector('iframe') && now()"
MARKED = "document.querySelector('.map a, .marker-cluster') && painted()"
SHADED = "document.querySelector('giscus-widget').shadowRoot.querySelector('iframe') && now()"
SAID = "window.shown"


@dataclass(frozen=True)
class Subject:
    """A page, and an expression that is a time in ms once the reader has what they came for."""

    name: str
    path: str
    there: str
    beside: str = ""


@dataclass(frozen=True)
class Bar:
    size: int
    requests: int
    shown: int


COUNTER, COUNTDOWN, MAP = "counter", "countdown", "event map, 300 events"
FRAME, LOADER, ELEMENT = (
    "counter in an iframe",
    "counter in an iframe with loader",
    "`<imd-widget>`",
)
RESIZER = "iframe-resizer, both halves"

SUBJECTS = (
    Subject("an empty page", "empty", PAINTED),
    Subject(COUNTER, "counter", PAINTED),
    Subject(COUNTDOWN, "countdown", PAINTED),
    Subject(MAP, "events", MARKED),
    Subject("Leaflet + markercluster, 300 events", "leaflet", MARKED, MAP),
    Subject("MapLibre, 300 events", "maplibre", SAID, MAP),
    Subject(FRAME, "frame", SAID),
    Subject(LOADER, "loader", SAID),
    Subject(ELEMENT, "element", FRAMED),
    Subject("giscus's component", "giscus", SHADED, ELEMENT),
    Subject("github-buttons", "buttons", SAID, ELEMENT),
    Subject(RESIZER, "resizer", SAID, ELEMENT),
    Subject("Cal.com's snippet", "cal", SAID, ELEMENT),
)

BARS = {COUNTER: Bar(3_000, 1, 500), COUNTDOWN: Bar(3_000, 1, 450), MAP: Bar(12_000, 1, 550)}
