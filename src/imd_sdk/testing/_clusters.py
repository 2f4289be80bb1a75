"""Clusters of events on a map."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imd_sdk.testing._state import Wire


def cluster_events(events: Iterable[Wire], zoom: int) -> list[Wire]:
    cells: dict[tuple[int, int], list[Wire]] = defaultdict(list)
    size = 45 / 2**zoom
    for event in events:
        place = event["place"]
        cells[floor(place["latitude"] / size), floor(place["longitude"] / size)].append(event)
    return [_make_cluster(cells[cell]) for cell in sorted(cells)]


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
