"""What guests see and change with the token in their e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imd_sdk.testing import _guests
from imd_sdk.testing._event_json import as_wire
from imd_sdk.testing._events import find_open, is_open
from imd_sdk.testing._problems import Rejection, not_found, sold_out

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._state import Event, Guest, State, Wire

MAX_GUESTS = 10


def get(state: State, request: EndpointRequest) -> Wire:
    return _describe(state, *_find(state, request))


def change(state: State, request: EndpointRequest) -> Wire:
    event, guest = _find(state, request)
    find_open(state, event.id)
    if guest.status == "declined":
        raise Rejection("already-decided")
    if request.form.guests > _max_guests(event, guest):
        raise sold_out(_max_guests(event, guest))
    guest.guests = request.form.guests
    _guests.promote(state, event)
    return _describe(state, event, guest)


def leave(state: State, request: EndpointRequest) -> Response:
    event, guest = _find(state, request)
    if guest.status == "declined":
        raise Rejection("already-decided")
    _guests.leave(state, event, guest)
    return request.respond(204, {}, b"")


def _find(state: State, request: EndpointRequest) -> tuple[Event, Guest]:
    for event in state.events.values():
        for guest in event.guests.values():
            if guest.token == request.path_params["token"]:
                return event, guest
    raise not_found()


def _max_guests(event: Event, guest: Guest) -> int:
    if event.private:
        return guest.guests
    if guest.status == "waiting":
        return MAX_GUESTS
    return MAX_GUESTS if event.left is None else min(MAX_GUESTS, guest.guests + event.left)


def _describe(state: State, event: Event, guest: Guest) -> Wire:
    is_accepted = guest.status == "accepted" and event.state == "public"
    can_change = is_open(state, event) and guest.status != "declined"
    return {
        "event": as_wire(event, exact=is_accepted),
        "private": event.private,
        "status": guest.status,
        "name": guest.name,
        "guests": guest.guests,
        "max_guests": _max_guests(event, guest) if can_change else guest.guests,
    }
