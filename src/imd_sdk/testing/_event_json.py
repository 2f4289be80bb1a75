"""Events in the wire format; a private place as its area only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imd_sdk.testing._geometry import Point, area_point
from imd_sdk.testing._state import format_time

if TYPE_CHECKING:
    from imd_sdk.testing._schemas import SubmittedPlace
    from imd_sdk.testing._state import Event, EventChange, Wire


def public_point(event: Event) -> Point | None:
    place = event.form.place
    if place is None:
        return None
    exact = _exact_point(place)
    return area_point(exact) if place.private else exact


def _exact_point(place: SubmittedPlace) -> Point:
    return Point(round(place.latitude, 6), round(place.longitude, 6))


def as_wire(event: Event, *, away: float | None = None, exact: bool = False) -> Wire:
    form = event.form
    return {
        "id": event.id,
        "title": form.title,
        "description": form.description,
        "lang": form.lang,
        "languages": list(dict.fromkeys(form.languages or [form.lang])),
        "kind": form.kind,
        "state": event.state,
        "starts_at": format_time(form.starts_at),
        "ends_at": format_time(form.ends_at),
        "time_zone": form.time_zone,
        "online": form.online,
        "url": form.url,
        "place": form.place and _as_place(event, form.place, exact=exact),
        "host": form.host.name if exact or not event.private else None,
        "capacity": form.capacity,
        "places_left": event.left if exact or not event.private else None,
        "distance_km": None if away is None else round(away, 1),
        "updated_at": format_time(event.updated_at),
    }


def change_as_wire(event: Event, change: EventChange) -> Wire:
    form = change.form
    return {
        "id": change.id,
        "title": form.title,
        "description": form.description,
        "starts_at": format_time(form.starts_at),
        "ends_at": format_time(form.ends_at),
        "time_zone": form.time_zone,
        "url": form.url,
        "place": form.place and _as_place(event, form.place, exact=True),
        "created_at": format_time(change.created_at),
    }


def _as_place(event: Event, place: SubmittedPlace, *, exact: bool) -> Wire:
    hidden = place.private and not exact
    point = public_point(event) if hidden else _exact_point(place)
    return {
        "name": None if hidden else place.name,
        "address": None if hidden else place.address,
        "locality": place.locality,
        "region": place.region,
        "country": place.country,
        **(point._asdict() if point else {}),
        "precision": "area" if hidden else "exact",
    }


def place_text(event: Event) -> str | None:
    place = event.form.place
    if place is None:
        return event.form.url
    parts = (place.name, place.address, place.locality, place.region, place.country)
    return ", ".join(part for part in parts if part)
