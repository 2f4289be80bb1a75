"""What is compared, when it counts as there, and our own bars."""

from dataclasses import dataclass

from phone import Loaded

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FRAMED = "document.querySelector('imd-widget').shadowRoot.querySelector('iframe') && now()"
MARKED = "document.querySelector('.map a, .marker-cluster') && now()"
SHADED = "document.querySelector('giscus-widget').shadowRoot.querySelector('iframe') && now()"
SAID = "window.shown"


@dataclass(frozen=True)
class Subject:
    """A page, and an expression that is a time in ms once the reader has what they came for."""

    name: str
    path: str
    there: str


SUBJECTS = (
    Subject("counter", "counter", PAINTED),
    Subject("countdown", "countdown", PAINTED),
    Subject("event map, 300 events", "events", MARKED),
    Subject("Leaflet + markercluster, 300", "leaflet", MARKED),
    Subject("MapLibre, 300", "maplibre", SAID),
    Subject("<imd-widget> on a partner's page", "element", FRAMED),
    Subject("giscus's component", "giscus", SHADED),
    Subject("github-buttons", "buttons", SAID),
    Subject("iframe-resizer, parent", "resizer", SAID),
    Subject("Cal.com's snippet", "cal", SAID),
)

BARS = {
    "counter": Loaded(3_000, 1, 500),
    "countdown": Loaded(3_000, 1, 450),
    "event map, 300 events": Loaded(12_000, 1, 550),
}
