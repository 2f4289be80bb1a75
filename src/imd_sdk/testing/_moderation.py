"""Moderation of events and guests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _guests
from imd_sdk.testing._event_json import as_wire, change_as_wire
from imd_sdk.testing._events import email_host, find_open
from imd_sdk.testing._problems import FieldError, Rejection, find, invalid_field, not_found
from imd_sdk.testing._state import format_time

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import EventForm
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
    if after == "cancelled":
        _guests.cancel(state, event, request.form.reason)
        return _review(event)
    event.state, event.updated_at = after, state.now()
    email_host(state, event, email_kind, request.form.reason)
    return _review(event)


def _decidable(state: State, event_id: str, needed: str) -> Event:
    event = find(state.events, event_id)
    if event.state == "pending_review" and needed == "public":
        raise invalid_field(
            "decision", "is for published events only. Reject an event that is waiting for review."
        )
    if event.state != needed:
        raise Rejection("already-decided")
    return event


def make_place_private(state: State, request: EndpointRequest) -> Any:
    event = find(state.events, request.path_params["event_id"])
    if event.form.online:
        error = FieldError("path", "event_id", "is an online event, which has no place.")
        raise Rejection("invalid-parameter", error)
    if event.private or event.state == "rejected":
        raise Rejection("already-decided")
    event.form = _hide_place(event.form)
    if event.change:
        event.change = replace(event.change, form=_hide_place(event.change.form))
    event.made_private_at = event.updated_at = state.now()
    if event.state != "pending_review":
        event.revision += 1
    if event.state == "public":
        email_host(state, event, "made_private")
    return _review(event)


def _hide_place(form: EventForm) -> EventForm:
    place = form.place and form.place.model_copy(update={"private": True})
    return form.model_copy(update={"place": place})


def changes(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((event.change.created_at, event.change.id), event)
        for event in state.events.values()
        if event.change
    ]
    return request.page(rows, _change)


def _change(event: Event) -> Wire:
    return {
        "id": event.change and event.change.id,
        "event": as_wire(event, exact=True),
        "private": event.private,
        "proposed": event.change and change_as_wire(event, event.change),
    }


def decide_change(state: State, request: EndpointRequest) -> Any:
    by_id = {event.change.id: event for event in state.events.values() if event.change}
    event = find(by_id, request.path_params["change_id"])
    change, event.change = event.change, None
    if change is None:
        raise not_found()
    if request.form.decision == "reject":
        email_host(state, event, "change_rejected", request.form.reason)
        return _review(event)
    before = _plan(event)
    event.form, event.updated_at = change.form, state.now()
    event.revision += 1
    email_host(state, event, "change_approved")
    if _plan(event) != before:
        _guests.email_all(state, event, "changed")
    return _review(event)


def _plan(event: Event) -> tuple[Any, ...]:
    """Return what guests have to know."""
    form = event.form
    return form.starts_at, form.ends_at, form.time_zone, form.url, form.place


def guests(state: State) -> list[Guest]:
    everybody = [guest for event in state.events.values() for guest in event.guests.values()]
    return sorted(everybody, key=lambda guest: guest.created_at)


def attendances(state: State, request: EndpointRequest) -> Any:
    rows = [
        ((guest.created_at, place), guest)
        for place, guest in enumerate(guests(state))
        if request.query.event in {None, guest.event}
    ]
    return request.page(rows, lambda guest: _guests.as_wire(state.events[guest.event], guest))


def decide_attendance(state: State, request: EndpointRequest) -> Any:
    guest = find({guest.id: guest for guest in guests(state)}, request.path_params["attendance_id"])
    event = find_open(state, guest.event)
    _guests.decide(state, event, guest, request.form.decision)
    return _guests.as_wire(event, guest)
