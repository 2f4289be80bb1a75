"""Events as a calendar (RFC 5545)."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imd_sdk.testing._event_json import as_wire
from imd_sdk.testing._events import visible
from imd_sdk.testing._feeds import matching_events, page_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import Event, State, Wire


def calendar(state: State, request: EndpointRequest) -> bytes:
    return _format(state, [event for event, _ in matching_events(state, request)])


def entry(state: State, request: EndpointRequest) -> bytes:
    return _format(state, [visible(state, request.path_params["event_id"])])


def _format(state: State, events: Iterable[Event]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//imd-sdk//in memory//EN"]
    for event in events:
        lines += _entry(event, page_url(state, event))
    lines.append("END:VCALENDAR")
    return b"".join(_line(line) for line in lines)


def _entry(event: Event, page: str) -> Iterator[str]:
    wire = as_wire(event)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}@{urlsplit(page).hostname}"
    yield f"SEQUENCE:{event.revision}"
    yield f"DTSTAMP:{_utc(event.updated_at)}"
    yield f"DTSTART:{_utc(event.form.starts_at)}"
    if event.form.ends_at:
        yield f"DTEND:{_utc(event.form.ends_at)}"
    yield f"SUMMARY:{_escaped(event.form.title)}"
    texts = "\n\n".join(text for text in (event.form.description, event.form.url, page) if text)
    yield f"DESCRIPTION:{_escaped(texts)}"
    yield f"CATEGORIES:{event.form.kind}"
    yield f"STATUS:{'CANCELLED' if event.state == 'cancelled' else 'CONFIRMED'}"
    yield f"URL:{page}"
    if event.form.online and event.form.url:
        yield f"CONFERENCE;VALUE=URI;FEATURE=VIDEO:{event.form.url}"
    if wire["place"]:
        yield from _location(wire["place"])
    yield "END:VEVENT"


def _location(place: Wire) -> Iterator[str]:
    parts = (place[name] for name in ("name", "address", "locality", "region", "country"))
    yield f"LOCATION:{_escaped(', '.join(part for part in parts if part))}"
    if place["precision"] == "exact":
        yield f"GEO:{place['latitude']};{place['longitude']}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(sign, written)
    return text


def _line(line: str) -> bytes:
    """No line of more than 75 bytes, and no character cut in two (RFC 5545, 3.1)."""
    rows: list[bytes] = []
    row = b""
    for sign in line:
        if len(row) + len(sign.encode()) > 75 - bool(rows):
            rows.append(row)
            row = b""
        row += sign.encode()
    return b"\r\n ".join([*rows, row]) + b"\r\n"
