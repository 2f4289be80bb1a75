"""Clusters of events on a map."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import floor
from typing import TYPE_CHECKING

from imd_sdk.testing._geometry import Box

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imd_sdk.testing._state import Wire

MAX_CLUSTERS = 600


def cluster_events(events: Iterable[Wire], zoom: int, box: Box | None) -> list[Wire]:
    """Count events by cell, at this zoom or at the closest with few enough cells."""
    listed = list(events)
    clusters = _list_clusters(listed, zoom, box)
    while len(clusters) > MAX_CLUSTERS and zoom:
        zoom -= 1
        clusters = _list_clusters(listed, zoom, box)
    return clusters


def _list_clusters(events: list[Wire], zoom: int, box: Box | None) -> list[Wire]:
    cells: dict[tuple[int, int], list[Wire]] = defaultdict(list)
    size = 45 / 2**zoom
    for event in events:
        place = event["place"]
        cells[floor(place["latitude"] / size), floor(place["longitude"] / size)].append(event)
    clusters = [_make_cluster(cells[cell]) for cell in sorted(cells)]
    return [one for one in clusters if box is None or box.overlaps(Box(*one["bbox"]))]


def _make_cluster(events: list[Wire]) -> Wire:
    places = [event["place"] for event in events]
    latitudes = [place["latitude"] for place in places]
    longitudes = [place["longitude"] for place in places]
    single_event = events[0] if len(events) == 1 else None
    parts = Counter((place["locality"], place["country"]) for place in places)
    return {
        "latitude": round(sum(latitudes) / len(places), 5),
        "longitude": round(sum(longitudes) / len(places), 5),
        "count": len(places),
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "locality": max(parts, key=lambda part: (parts[part], part))[0],
        "countries": sorted({place["country"] for place in places}),
        "event": single_event and single_event["id"],
        "title": single_event and single_event["title"],
        "lang": single_event and single_event["lang"],
        "precision": single_event and single_event["place"]["precision"],
    }
