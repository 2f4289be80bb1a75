"""What hosts see and change with the token in their e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _guests
from imd_sdk.testing._event_json import as_wire, change_as_wire
from imd_sdk.testing._events import find_errors, is_open
from imd_sdk.testing._problems import Rejection, find, not_found
from imd_sdk.testing._schemas import SubmittedPlace
from imd_sdk.testing._state import EventChange, format_time

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._schemas import EventChangeForm, EventForm
    from imd_sdk.testing._state import Event, State, Wire

COUNTED = ("requested", "accepted", "waiting")
TIMES = ("starts_at", "ends_at", "time_zone")


def get(state: State, request: EndpointRequest) -> Wire:
    return _describe(_find(state, request))


def guests(state: State, request: EndpointRequest) -> Any:
    event = _require_private(_find(state, request))
    rows = [
        ((guest.created_at, place), guest)
        for place, guest in enumerate(event.guests.values())
        if _guests.is_revealed(event, guest)
    ]
    return request.page(rows, lambda guest: _guests.as_wire(event, guest))


def decide_guest(state: State, request: EndpointRequest) -> Wire:
    event = _require_private(_find_open(state, request))
    shown = [guest for guest in event.guests.values() if _guests.is_revealed(event, guest)]
    by_id = {guest.id: guest for guest in shown}
    guest = find(by_id, request.path_params["attendance_id"])
    _guests.decide(state, event, guest, request.form.decision)
    return _guests.as_wire(event, guest)


def set_capacity(state: State, request: EndpointRequest) -> Wire:
    event = _find_open(state, request)
    event.form = event.form.model_copy(update={"capacity": request.form.capacity})
    event.updated_at = state.now()
    _guests.promote(state, event)
    return _describe(event)


def propose_change(state: State, request: EndpointRequest) -> Wire:
    event, now = _find_open(state, request), state.now()
    form = _complete(event, request.form)
    has_new_times = any(getattr(form, name) != getattr(event.form, name) for name in TIMES)
    if errors := find_errors(form, now, has_new_times=has_new_times):
        raise Rejection("invalid-body", *errors)
    is_same = form == event.form
    event.change = None if is_same else EventChange(state.new("chg_"), form, now)
    return _describe(event)


def _complete(event: Event, form: EventChangeForm) -> EventForm:
    values: dict[str, Any] = {name: getattr(form, name) for name in type(form).model_fields}
    if form.place is not None:
        place = form.place.model_dump()
        values["place"] = SubmittedPlace(**place, private=event.private)
    return event.form.model_copy(update=values)


def withdraw_change(state: State, request: EndpointRequest) -> Response:
    event = _find(state, request)
    if event.change is None:
        raise not_found()
    event.change = None
    return request.respond(204, {}, b"")


def cancel(state: State, request: EndpointRequest) -> Wire:
    event = _find_open(state, request)
    _guests.cancel(state, event, request.form.reason)
    return _describe(event)


def withdraw(state: State, request: EndpointRequest) -> Response:
    event = _find(state, request)
    if event.state != "pending_review":
        raise Rejection("already-decided")
    del state.events[event.id]
    return request.respond(204, {}, b"")


def _find(state: State, request: EndpointRequest) -> Event:
    by_token = {event.token: event for event in state.events.values()}
    return find(by_token, request.path_params["token"])


def _find_open(state: State, request: EndpointRequest) -> Event:
    event = _find(state, request)
    if not is_open(state, event):
        raise Rejection("event-closed")
    return event


def _require_private(event: Event) -> Event:
    if not event.private:
        raise not_found()
    return event


def _describe(event: Event) -> Wire:
    people = dict.fromkeys(COUNTED, 0)
    for guest in event.guests.values():
        if guest.status in people:
            people[guest.status] += 1 + guest.guests
    return {
        "event": as_wire(event, exact=True),
        "private": event.private,
        "state": event.state,
        "submitted_at": format_time(event.created_at),
        "people": people,
        "change": event.change and change_as_wire(event, event.change),
    }
