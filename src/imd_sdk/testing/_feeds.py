"""Events as GeoJSON (RFC 7946), CSV (RFC 4180) and Atom (RFC 4287)."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from imd_sdk.testing._event_json import as_wire
from imd_sdk.testing._event_search import find_events

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import Event, State, Wire

NAME = "International Migrants Day"
NEVER = "1990-12-18T00:00:00+00:00"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PLACE = ("place_name", "address", "locality", "region", "country")
COLUMNS = (
    *("id", "title", "kind", "starts_at", "ends_at", "time_zone", "online"),
    *(*PLACE, "latitude", "longitude", "precision"),
    *("distance_km", "host", "capacity", "places_left", "lang", "languages"),
    *("page_url", "url", "description", "updated_at"),
)


def matching_events(state: State, request: EndpointRequest) -> list[tuple[Event, float | None]]:
    """Return the events in the order of the list, with their distances."""
    rows = sorted(find_events(state, request.query), key=lambda row: row[0])
    return [(event, away) for _, event, away in rows[: request.query.limit]]


def site_url(state: State) -> str:
    return (state.links.get("website") or "https://campaign.example/").rstrip("/")


def page_url(state: State, event: Event) -> str:
    return f"{site_url(state)}/events/{quote(event.id, safe='')}"


def geojson(state: State, request: EndpointRequest) -> Any:
    return {
        "type": "FeatureCollection",
        "features": [
            _feature(as_wire(event, away=away), page_url(state, event))
            for event, away in matching_events(state, request)
        ],
    }


def _feature(wire: Wire, page: str) -> Wire:
    place, identity = wire["place"], wire.pop("id")
    point = place and {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]}
    properties = {**wire, "page_url": page}
    return {"type": "Feature", "id": identity, "geometry": point, "properties": properties}


def table(state: State, request: EndpointRequest) -> bytes:
    buffer = StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for event, away in matching_events(state, request):
        wire = as_wire(event, away=away)
        place = wire["place"] or {}
        row = {**wire, **place, "place_name": place.get("name"), "page_url": page_url(state, event)}
        writer.writerow({name: _cell(row.get(name)) for name in COLUMNS})
    return buffer.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA_MARKS):
        return f"'{value}"
    return value


def atom(state: State, request: EndpointRequest) -> bytes:
    found = [event for _, event, _ in find_events(state, request.query)]
    latest = sorted(found, key=lambda event: (event.updated_at, event.id), reverse=True)
    entries = latest[: request.query.limit]
    site, updated = site_url(state), entries[0].updated_at.isoformat() if entries else NEVER
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{escape(site)}/v1/events.atom</id><title>{NAME}</title><updated>{updated}</updated>"
        f'<author><name>{NAME}</name></author><link rel="self" type="application/atom+xml"'
        ' href="/v1/events.atom" />'
    )
    parts = (head, *(_entry(state, event) for event in entries), "</feed>\n")
    return "\n".join(parts).encode()


def _entry(state: State, event: Event) -> str:
    wire, page = as_wire(event), page_url(state, event)
    author = wire["host"] and f"<author><name>{escape(wire['host'])}</name></author>"
    text = "".join(f"<p>{escape(line)}</p>" for line in wire["description"].split("\n") if line)
    return (
        f'<entry xml:lang="{wire["lang"]}"><id>{escape(page)}</id>'
        f"<title>{escape(wire['title'])}</title>"
        f"<updated>{event.updated_at.isoformat()}</updated>{author or ''}"
        f'<link rel="alternate" type="text/html" href={quoteattr(page)} />'
        f'<category term="{wire["kind"]}" />'
        f'<content type="html">{escape(text)}</content></entry>'
    )
