from collections.abc import Sequence
from typing import Any

from imd_campaign.events.schemas import Event, Place


def make_feature_collection(events: Sequence[Event]) -> dict[str, Any]:
    """RFC 7946; an online event is a feature that is nowhere."""
    return {"type": "FeatureCollection", "features": [_make_feature(event) for event in events]}


def _make_feature(event: Event) -> dict[str, Any]:
    properties = event.model_dump(mode="json", exclude={"id"})
    return {
        "type": "Feature",
        "id": event.id,
        "geometry": _make_geometry(event.place),
        "properties": properties,
    }


def _make_geometry(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"type": "Point", "coordinates": [place.longitude, place.latitude]}
