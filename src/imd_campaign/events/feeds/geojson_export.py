"""Events as GeoJSON (RFC 7946)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from imd_campaign.events.feeds.items import FeedItem
from imd_campaign.events.schemas import Place


def write_feature_collection(items: Iterable[FeedItem]) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    separator = ""
    for item in items:
        feature = json.dumps(_make_feature(item), ensure_ascii=False, separators=(",", ":"))
        yield f"{separator}{feature}".encode()
        separator = ",\n"
    yield b"]}"


def _make_feature(item: FeedItem) -> dict[str, Any]:
    """Make a feature; an online event is one without a geometry."""
    properties = item.event.model_dump(mode="json", exclude={"id"})
    return {
        "type": "Feature",
        "id": item.event.id,
        "geometry": _make_geometry(item.event.place),
        "properties": {**properties, "page_url": item.page_url},
    }


def _make_geometry(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"type": "Point", "coordinates": [place.longitude, place.latitude]}
