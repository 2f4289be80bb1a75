"""Moderation of events and guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imd_sdk.testing._event_json import as_wire
from imd_sdk.testing._events import email_guest, email_host, find_open
from imd_sdk.testing._problems import Rejection, find, invalid_field, sold_out
from imd_sdk.testing._state import format_time
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import Event, Guest, State, Wire

DECISIONS = {
    "approve": ("pending_review", "public", "approved"),
    "reject": ("pending_review", "rejected", "rejected"),
    "cancel": ("public", "cancelled", "withdrawn"),
}


def submitted(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((place,), event)
        for place, event in enumerate(state.events.values())
        if event.state == request.query.state
    ]
    return request.page(rows, _review)


def _review(event: Event) -> Wire:
    return {
        "event": as_wire(event, exact=True),
        "private": event.private,
        "state": event.state,
        "submitted_at": format_time(event.created_at),
    }


def decide(state: State, request: EndpointRequest) -> Any:
    needed, after, email_kind = DECISIONS[request.form.decision]
    event = _decidable(state, request.path_params["event_id"], needed)
    event.state, event.updated_at = after, state.now()
    email_host(state, event, email_kind, request.form.reason)
    if after == "cancelled":
        _call_off(state, event, request.form.reason)
    return _review(event)


def _decidable(state: State, event_id: str, needed: str) -> Event:
    event = find(state.events, event_id)
    if event.state == "pending_review" and needed == "public":
        raise invalid_field(
            "decision", "is for public events only. Reject an event that is waiting for review."
        )
    if event.state != needed:
        raise Rejection("already-decided")
    return event


def _call_off(state: State, event: Event, reason: str) -> None:
    for guest in event.guests.values():
        if guest.status != "declined":
            state.mail.append(Email("cancelled", guest.email, event.id, reason=reason))


def guests(state: State) -> list[Guest]:
    everybody = [guest for event in state.events.values() for guest in event.guests.values()]
    return sorted(everybody, key=lambda guest: guest.created_at)


def attendances(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((guest.created_at, place), guest)
        for place, guest in enumerate(guests(state))
        if request.query.event in {None, guest.event}
    ]
    return request.page(rows, _guest)


def _guest(guest: Guest) -> Wire:
    return {
        "id": guest.id,
        "event": guest.event,
        "guests": guest.guests,
        "status": guest.status,
        "created_at": format_time(guest.created_at),
    }


def decide_attendance(state: State, request: EndpointRequest) -> Any:
    guest = find({guest.id: guest for guest in guests(state)}, request.path_params["attendance_id"])
    event = find_open(state, guest.event)
    if guest.status != "waiting":
        raise Rejection("already-decided")
    accepts = request.form.decision == "accept"
    if accepts and event.left is not None and 1 + guest.guests > event.left:
        raise sold_out(event.left)
    guest.status = "accepted" if accepts else "declined"
    email_guest(state, event, guest)
    return _guest(guest)
