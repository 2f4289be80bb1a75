"""Events: lists, validation, and e-mails to hosts and guests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from imd_sdk.testing import _field_types
from imd_sdk.testing._clusters import cluster_events
from imd_sdk.testing._event_json import as_wire, place_text, public_point
from imd_sdk.testing._event_search import find_events, last_day, make_matcher, public_events
from imd_sdk.testing._geometry import parse_box
from imd_sdk.testing._problems import FieldError, Rejection, find, not_found
from imd_sdk.testing._state import NOBODY, Event, derive_token
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import EventForm
    from imd_sdk.testing._state import Guest, State

VISIBLE = {"public", "cancelled"}
HOST_LINKS = {
    *("received", "approved", "requests", "change_approved", "change_rejected", "made_private"),
}
"""The e-mails that have the host's link."""


def listing(state: State, request: EndpointRequest) -> Any:
    rows = [(key, (event, away)) for key, event, away in find_events(state, request.query)]
    return request.page(rows, lambda found: as_wire(found[0], away=found[1]))


def clusters(state: State, request: EndpointRequest) -> Any:
    box = None if request.query.bbox is None else parse_box(request.query.bbox)
    matches = make_matcher(request.query.model_copy(update={"bbox": None}))
    placed = [
        as_wire(event)
        for event in sorted(public_events(state), key=lambda event: event.id)
        if matches(event) and public_point(event)
    ]
    return {"items": cluster_events(placed, request.query.zoom, box), "next": None}


def get(state: State, request: EndpointRequest) -> Any:
    return as_wire(visible(state, request.path_params["event_id"]))


def visible(state: State, event_id: str) -> Event:
    event = find(state.events, event_id)
    if event.state not in VISIBLE:
        raise not_found()
    return event


def put(state: State, form: EventForm, event_id: str | None = None) -> Event:
    now = state.now()
    event = Event(event_id or state.new("evt_"), form, "public", now, now)
    event.token = derive_token(event.id)
    state.events[event.id] = event
    return event


def find_errors(form: EventForm, now: datetime, *, has_new_times: bool = True) -> list[FieldError]:
    """Find the fields that contradict each other, or the time."""
    times = _times(form, now) if has_new_times else ()
    return [FieldError("body", *error) for error in (*times, *_places(form))]


def _times(form: EventForm, now: datetime) -> Iterator[tuple[str, str]]:
    zone = ZoneInfo(form.time_zone) if _field_types.knows_zones() else None
    starts_at, ends_at = form.starts_at, form.ends_at
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at and zone and at.utcoffset() != at.astimezone(zone).utcoffset():
            yield field, "has a different UTC offset from time_zone at that time."
    if starts_at < now:
        yield "starts_at", "is in the past."
    if starts_at > now + timedelta(days=2 * 366):
        yield "starts_at", "is more than two years away."
    if ends_at and ends_at <= starts_at:
        yield "ends_at", "must be later than starts_at."
    if ends_at and ends_at > starts_at + timedelta(days=31):
        yield "ends_at", "is more than a month after starts_at."


def _places(form: EventForm) -> Iterator[tuple[str, str]]:
    if form.kind == "online" and not form.online:
        yield "online", "must be true for an event of the kind online."
    if form.online and form.url is None:
        yield "url", "is required for an online event."
    if form.online and form.place is not None:
        yield "place", "must be left out for an online event."
    if not form.online and form.place is None:
        yield "place", "is required unless the event is online."


def email_guest(state: State, event: Event, guest: Guest) -> None:
    where = place_text(event) if guest.status == "accepted" else None
    kind: Any = guest.status
    token = None if guest.status == "declined" else guest.token
    state.mail.append(Email(kind, guest.email, event.id, where=where, own_token=token))


def email_host(state: State, event: Event, kind: Any, reason: str | None = None) -> None:
    if event.form.host.email != NOBODY:
        token = event.token if kind in HOST_LINKS else None
        email = Email(kind, event.form.host.email, event.id, reason=reason, own_token=token)
        state.mail.append(email)


def find_open(state: State, event_id: str) -> Event:
    event = visible(state, event_id)
    if not is_open(state, event):
        raise Rejection("event-closed")
    return event


def is_open(state: State, event: Event) -> bool:
    return event.state == "public" and not is_over(event, state.now())


def is_over(event: Event, now: datetime) -> bool:
    ends_at = event.form.ends_at
    if ends_at is not None:
        return ends_at <= now
    return last_day(event) < now.astimezone(event.form.starts_at.tzinfo).date()
