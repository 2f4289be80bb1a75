"""Events in memory: found, submitted, come to, decided on; as a list, a map or a calendar."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from math import asin, cos, floor, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from imd_sdk.testing import _forms
from imd_sdk.testing._forms import Flaw, Refusal, got, not_found, sold_out, wrong_body
from imd_sdk.testing._state import NOBODY, Event, Guest, mailbox, moment
from imd_sdk.testing.kit import Letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from imd_sdk.testing._forms import Filters, OnMap, Submission, SubmittedPlace
    from imd_sdk.testing._state import State, Wire
    from imd_sdk.testing.campaign import Ask

EARTH_RADIUS_KM = 6371.0088
OUTSIDE = "lies outside the Earth: latitudes reach 90, longitudes 180 degrees."


class Point(NamedTuple):
    latitude: float
    longitude: float

    @property
    def on_earth(self) -> bool:
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180


class Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point) -> bool:
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return point.longitude >= self.west or point.longitude <= self.east


def _box(text: str) -> Box:
    read = Box(*_forms.degrees("bbox", text, "west,south,east,north"))
    if not (Point(read.south, read.west).on_earth and Point(read.north, read.east).on_earth):
        raise _forms.wrong_query("bbox", OUTSIDE)
    if read.south > read.north:
        raise _forms.wrong_query("bbox", "has its south north of its north.")
    return read


def _point(text: str) -> Point:
    read = Point(*_forms.degrees("near", text, "latitude,longitude"))
    if not read.on_earth:
        raise _forms.wrong_query("near", OUTSIDE)
    return read


def _kilometres(one: Point, other: Point) -> float:
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin(radians(other.longitude - one.longitude) / 2) ** 2
    up = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    chord = up + cos(latitudes[0]) * cos(latitudes[1]) * across
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _area(exact: Point) -> Point:
    """The middle of the cell of 0.1° around a private place."""
    return Point(_middle(exact.latitude, 90), _middle(exact.longitude, 180))


def _middle(degrees: float, most: int) -> float:
    cell = floor(round(degrees * 10, 6))
    return round((max(-most * 10, min(cell, most * 10 - 1)) + 0.5) / 10, 2)


def _clustered(events: Iterable[Wire], zoom: int) -> list[Wire]:
    cells: dict[tuple[int, int], list[Wire]] = defaultdict(list)
    size = 45 / 2**zoom
    for event in events:
        place = event["place"]
        cells[floor(place["latitude"] / size), floor(place["longitude"] / size)].append(event)
    return [_cluster(cells[cell]) for cell in sorted(cells)]


def _cluster(events: list[Wire]) -> Wire:
    places = [event["place"] for event in events]
    latitudes = [place["latitude"] for place in places]
    longitudes = [place["longitude"] for place in places]
    lone = events[0] if len(events) == 1 else None
    parts = Counter((place["locality"], place["country"]) for place in places)
    return {
        "latitude": round(sum(latitudes) / len(places), 5),
        "longitude": round(sum(longitudes) / len(places), 5),
        "count": len(places),
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "locality": max(parts, key=lambda part: (parts[part], part))[0],
        "countries": sorted({place["country"] for place in places}),
        "event": lone and lone["id"],
        "title": lone and lone["title"],
        "lang": lone and lone["lang"],
        "precision": lone and lone["place"]["precision"],
    }


VISIBLE = {"public", "cancelled"}
MOST_IN_A_FILE = 1000
RECEIVED = "Thank you. A person looks at every event before it is public; a mail says when."
COMING = {
    "accepted": "Your place is kept; a mail is on its way.",
    "waiting": "Your name is on the list; a mail says when there is a place for you.",
}
DECISIONS = {
    "approve": ("pending_review", "public", "approved"),
    "reject": ("pending_review", "rejected", "rejected"),
    "cancel": ("public", "cancelled", "withdrawn"),
}

# ------------------------------------------------------------------ reading


def listing(state: State, ask: Ask) -> Any:
    rows = [(key, (event, away)) for key, event, away in _wanted(state, ask.query)]
    return ask.page(rows, lambda found: as_wire(found[0], away=found[1]))


def all_wanted(state: State, ask: Ask) -> list[Event]:
    rows = sorted(_wanted(state, ask.query), key=lambda row: row[0])
    return [event for _, event, _ in rows[:MOST_IN_A_FILE]]


def features(state: State, ask: Ask) -> Any:
    rows = sorted(_wanted(state, ask.query), key=lambda row: row[0])[:MOST_IN_A_FILE]
    return {
        "type": "FeatureCollection",
        "features": [_feature(as_wire(event, away=away)) for _, event, away in rows],
    }


def _feature(wire: Wire) -> Wire:
    place, identity = wire["place"], wire.pop("id")
    point = place and {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]}
    return {"type": "Feature", "id": identity, "geometry": point, "properties": wire}


def clusters(state: State, ask: Ask) -> Any:
    matches = _matcher(ask.query)
    placed = [
        as_wire(event)
        for event in sorted(_public(state), key=lambda event: event.id)
        if matches(event) and shown_point(event)
    ]
    return {"items": _clustered(placed, ask.query.zoom), "next": None}


def get(state: State, ask: Ask) -> Any:
    return as_wire(visible(state, ask.parts["event_id"]))


def visible(state: State, event_id: str) -> Event:
    event = got(state.events, event_id)
    if event.state not in VISIBLE:
        raise not_found()
    return event


def _public(state: State) -> list[Event]:
    return [event for event in state.events.values() if event.state == "public"]


def _wanted(
    state: State, filters: Filters
) -> Iterator[tuple[tuple[Any, ...], Event, float | None]]:
    if filters.near is None and filters.radius_km is not None:
        raise _forms.wrong_query("radius_km", "needs near.")
    centre = None if filters.near is None else _point(filters.near)
    matches, radius = _matcher(filters), filters.radius_km or 50.0
    for event in filter(matches, _public(state)):
        if centre is None:
            yield (event.form.starts_at, event.id), event, None
        elif (away := _distance(event, centre)) is not None and away <= radius:
            yield (away, event.id), event, away


def _distance(event: Event, centre: Point) -> float | None:
    point = shown_point(event)
    return None if point is None else _kilometres(point, centre)


def _matcher(filters: OnMap) -> Callable[[Event], bool]:
    if filters.from_ and filters.to and filters.to < filters.from_:
        raise _forms.wrong_query("to", "is before from.")
    box = None if filters.bbox is None else _box(filters.bbox)
    words = _folded(filters.q or "").split()[:8]

    def matches(event: Event) -> bool:
        point = shown_point(event)
        return (
            (box is None or (point is not None and box.holds(point)))
            and _has_words(event.form, filters, words)
            and _is_in_time(event, filters)
        )

    return matches


def _has_words(form: Submission, filters: OnMap, words: list[str]) -> bool:
    country = form.place and form.place.country
    return (
        (not filters.kind or form.kind in filters.kind)
        and (not filters.country or country in filters.country)
        and (filters.online is None or form.online == filters.online)
        and (not filters.language or bool(_spoken(form) & {t.lower() for t in filters.language}))
        and all(word in _searched(form) for word in words)
    )


def _spoken(form: Submission) -> set[str]:
    tags = {tag.lower() for tag in form.languages or [form.lang]}
    return tags | {tag.partition("-")[0] for tag in tags}


def _searched(form: Submission) -> str:
    locality = form.place.locality if form.place else ""
    return _folded(f"{form.title}\n{form.description}\n{locality}\n{form.host.name}")


def _folded(text: str) -> str:
    bare = (s for s in unicodedata.normalize("NFKD", text) if unicodedata.category(s) != "Mn")
    return " ".join("".join(bare).casefold().split())


def _is_in_time(event: Event, filters: OnMap) -> bool:
    after = filters.from_ is None or _last_day(event) >= filters.from_
    return after and (filters.to is None or event.form.starts_at.date() <= filters.to)


def _last_day(event: Event) -> date:
    """The offset of a time is that of the event's zone, so its date is the day there."""
    starts_at, ends_at = event.form.starts_at, event.form.ends_at
    last = ends_at - timedelta(microseconds=1) if ends_at else starts_at
    return max(starts_at, last).date()


# ------------------------------------------------------------------ telling


def shown_point(event: Event) -> Point | None:
    place = event.form.place
    if place is None:
        return None
    exact = _exact_point(place)
    return _area(exact) if place.private else exact


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
        "starts_at": moment(form.starts_at),
        "ends_at": moment(form.ends_at),
        "time_zone": form.time_zone,
        "online": form.online,
        "url": form.url,
        "place": form.place and _place(event, form.place, exact=exact),
        "host": form.host.name,
        "capacity": form.capacity,
        "places_left": event.left,
        "distance_km": None if away is None else round(away, 1),
        "updated_at": moment(event.updated_at),
    }


def _place(event: Event, place: SubmittedPlace, *, exact: bool) -> Wire:
    hidden = place.private and not exact
    point = shown_point(event) if hidden else _exact_point(place)
    return {
        "name": None if hidden else place.name,
        "address": None if hidden else place.address,
        "locality": place.locality,
        "region": place.region,
        "country": place.country,
        **(point._asdict() if point else {}),
        "precision": "area" if hidden else "exact",
    }


def _where(event: Event) -> str | None:
    place = event.form.place
    if place is None:
        return event.form.url
    parts = (place.name, place.address, place.locality, place.region, place.country)
    return ", ".join(part for part in parts if part)


# ------------------------------------------------------------------ submitting


def submit(state: State, ask: Ask) -> Any:
    form: Submission = ask.form
    if flaws := [Flaw("body", *flaw) for flaw in (*_times(form, state.now()), *_places(form))]:
        raise Refusal("invalid-body", *flaws)
    event = put(state, form, "pending_review")
    _tell_host(state, event, "received")
    return {"id": event.id, "state": event.state, "detail": RECEIVED}


def put(state: State, form: Submission, standing: str, event_id: str | None = None) -> Event:
    now = state.now()
    event = Event(event_id or state.new("evt_"), form, standing, now, now)
    state.events[event.id] = event
    return event


def _times(form: Submission, now: datetime) -> Iterator[tuple[str, str]]:
    zone = ZoneInfo(form.time_zone) if _forms.knows_zones() else None
    starts_at, ends_at = form.starts_at, form.ends_at
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at and zone and at.utcoffset() != at.astimezone(zone).utcoffset():
            yield field, "has another offset than time_zone has at that time."
    if starts_at < now:
        yield "starts_at", "has passed."
    if starts_at > now + timedelta(days=2 * 366):
        yield "starts_at", "is more than two years away."
    if ends_at and ends_at <= starts_at:
        yield "ends_at", "has to be later than starts_at."
    if ends_at and ends_at > starts_at + timedelta(days=31):
        yield "ends_at", "is more than a month after starts_at."


def _places(form: Submission) -> Iterator[tuple[str, str]]:
    if form.kind == "online" and not form.online:
        yield "online", "has to be true for an event of the kind online."
    if form.online and form.url is None:
        yield "url", "is required for an online event."
    if form.online and form.place is not None:
        yield "place", "has to be left out for an online event."
    if not form.online and form.place is None:
        yield "place", "is required unless the event is online."


# ------------------------------------------------------------------ coming


def attend(state: State, ask: Ask) -> Any:
    event, form = _open(state, ask.parts["event_id"]), ask.form
    has_room = event.left is None or 1 + form.guests <= event.left
    status = "accepted" if has_room and not event.private else "waiting"
    box = mailbox(form.email)
    if all(guest.mailbox != box for guest in event.guests):
        _add(state, event, form, status)
    return {"event": event.id, "status": status, "detail": COMING[status]}


def _add(state: State, event: Event, form: Any, status: str) -> None:
    guest = Guest(
        state.new("att_"),
        event.id,
        mailbox(form.email),
        form.name,
        form.email,
        form.guests,
        status,
        state.now(),
    )
    event.guests.append(guest)
    _tell(state, event, guest)


def _tell(state: State, event: Event, guest: Guest) -> None:
    where = _where(event) if guest.status == "accepted" else None
    kind: Any = guest.status
    state.mail.append(Letter(kind, guest.email, event.id, where=where))


def _open(state: State, event_id: str) -> Event:
    event = visible(state, event_id)
    if event.state == "cancelled" or _is_over(event, state.now()):
        raise Refusal("event-closed")
    return event


def _is_over(event: Event, now: datetime) -> bool:
    ends_at = event.form.ends_at
    if ends_at is not None:
        return ends_at <= now
    return _last_day(event) < now.astimezone(event.form.starts_at.tzinfo).date()


# ------------------------------------------------------------------ deciding


def submitted(state: State, ask: Ask) -> Any:
    rows = [
        ((place,), event)
        for place, event in enumerate(state.events.values())
        if event.state == ask.query.state
    ]
    return ask.page(rows, _review)


def _review(event: Event) -> Wire:
    return {
        "event": as_wire(event, exact=True),
        "private": event.private,
        "state": event.state,
        "submitted_at": moment(event.created_at),
    }


def decide(state: State, ask: Ask) -> Any:
    needed, after, letter = DECISIONS[ask.form.decision]
    event = _decidable(state, ask.parts["event_id"], needed)
    event.state, event.updated_at = after, state.now()
    _tell_host(state, event, letter, ask.form.reason)
    if after == "cancelled":
        _call_off(state, event, ask.form.reason)
    return _review(event)


def _decidable(state: State, event_id: str, needed: str) -> Event:
    event = got(state.events, event_id)
    if event.state == "pending_review" and needed == "public":
        raise wrong_body("decision", "is for public events; one that waits for review is rejected.")
    if event.state != needed:
        raise Refusal("already-decided")
    return event


def _tell_host(state: State, event: Event, kind: Any, reason: str | None = None) -> None:
    if event.form.host.email != NOBODY:
        state.mail.append(Letter(kind, event.form.host.email, event.id, reason=reason))


def _call_off(state: State, event: Event, reason: str) -> None:
    for guest in event.guests:
        if guest.status != "declined":
            state.mail.append(Letter("cancelled", guest.email, event.id, reason=reason))


def guests(state: State) -> list[Guest]:
    everybody = [guest for event in state.events.values() for guest in event.guests]
    return sorted(everybody, key=lambda guest: guest.created_at)


def attendances(state: State, ask: Ask) -> Any:
    rows = [
        ((guest.created_at, place), guest)
        for place, guest in enumerate(guests(state))
        if ask.query.event in {None, guest.event}
    ]
    return ask.page(rows, _guest)


def _guest(guest: Guest) -> Wire:
    return {
        "id": guest.id,
        "event": guest.event,
        "guests": guest.guests,
        "status": guest.status,
        "created_at": moment(guest.created_at),
    }


def decide_attendance(state: State, ask: Ask) -> Any:
    guest = got({guest.id: guest for guest in guests(state)}, ask.parts["attendance_id"])
    event = _open(state, guest.event)
    if guest.status != "waiting":
        raise Refusal("already-decided")
    accepts = ask.form.decision == "accept"
    if accepts and event.left is not None and 1 + guest.guests > event.left:
        raise sold_out(event.left)
    guest.status = "accepted" if accepts else "declined"
    _tell(state, event, guest)
    return _guest(guest)


# ------------------------------------------------------------------ in a calendar (RFC 5545)


def calendar(state: State, ask: Ask) -> bytes:
    return _written(state, all_wanted(state, ask))


def entry(state: State, ask: Ask) -> bytes:
    return _written(state, [visible(state, ask.parts["event_id"])])


def _written(state: State, events: Iterable[Event]) -> bytes:
    site = state.links.get("website") or "https://campaign.example/"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//imd-sdk//in memory//EN"]
    for event in events:
        lines += _entry(event, site)
    lines.append("END:VCALENDAR")
    return b"".join(_line(line) for line in lines)


def _entry(event: Event, site: str) -> Iterator[str]:
    wire = as_wire(event)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}@{urlsplit(site).hostname}"
    yield f"DTSTAMP:{_utc(event.updated_at)}"
    yield f"DTSTART:{_utc(event.form.starts_at)}"
    if event.form.ends_at:
        yield f"DTEND:{_utc(event.form.ends_at)}"
    yield f"SUMMARY:{_escaped(event.form.title)}"
    yield f"DESCRIPTION:{_escaped(event.form.description)}"
    yield f"CATEGORIES:{event.form.kind}"
    yield f"STATUS:{'CANCELLED' if event.state == 'cancelled' else 'CONFIRMED'}"
    yield f"URL:{event.form.url or site.rstrip('/') + '/events/' + event.id}"
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
