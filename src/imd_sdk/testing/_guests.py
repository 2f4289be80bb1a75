"""Guests: decisions on them, the waiting list, and e-mails to hosts of private homes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._event_json import place_text
from imd_sdk.testing._events import email_guest, email_host, is_open
from imd_sdk.testing._problems import Rejection, sold_out
from imd_sdk.testing._state import format_time
from imd_sdk.testing.records import Email

if TYPE_CHECKING:
    from imd_sdk.testing._state import Event, Guest, State, Wire

NOTICE_INTERVAL = timedelta(days=1)


def as_wire(event: Event, guest: Guest) -> Wire:
    """Show who asks to come to a private home."""
    is_shown = is_revealed(event, guest)
    return {
        "id": guest.id,
        "event": guest.event,
        "name": guest.name if is_shown else None,
        "email": guest.email if is_shown else None,
        "message": guest.message if is_shown else None,
        "guests": guest.guests,
        "status": guest.status,
        "created_at": format_time(guest.created_at),
    }


def is_revealed(event: Event, guest: Guest) -> bool:
    """Return whether the host sees a guest: one who signed up since the place is private."""
    since = event.made_private_at
    return event.private and (since is None or guest.created_at > since)


def decide(state: State, event: Event, guest: Guest, decision: str) -> None:
    earlier = guest.status
    if decision == "accept":
        guest.status = _accept(event, guest)
    elif guest.status == "declined":
        raise Rejection("already-decided")
    else:
        guest.status, guest.message = "declined", None
    email_guest(state, event, guest)
    if earlier == "accepted":
        promote(state, event)


def _accept(event: Event, guest: Guest) -> str:
    if guest.status not in {"requested", "waiting"}:
        raise Rejection("already-decided")
    if event.left is None or 1 + guest.guests <= event.left:
        return "accepted"
    if guest.status == "waiting":
        raise sold_out(event.left)
    return "waiting"


def promote(state: State, event: Event) -> None:
    """Give free places to those who wait, in order of confirmation."""
    if not is_open(state, event):
        return
    for guest in event.guests.values():
        fits = event.left is None or 1 + guest.guests <= event.left
        if guest.status == "waiting" and fits:
            guest.status = "accepted"
            email_guest(state, event, guest)


def leave(state: State, event: Event, guest: Guest) -> None:
    del event.guests[guest.mailbox]
    promote(state, event)


def email_all(state: State, event: Event, kind: Any, *, reason: str | None = None) -> None:
    """E-mail everybody who has not been declined."""
    for guest in event.guests.values():
        if guest.status == "declined":
            continue
        knows_place = kind == "changed" and (guest.status == "accepted" or not event.private)
        where = place_text(event) if knows_place else None
        token = guest.token if kind == "changed" else None
        email = Email(kind, guest.email, event.id, where=where, reason=reason, own_token=token)
        state.mail.append(email)


def cancel(state: State, event: Event, reason: str) -> None:
    event.state, event.updated_at, event.change = "cancelled", state.now(), None
    event.revision += 1
    email_host(state, event, "withdrawn", reason)
    email_all(state, event, "cancelled", reason=reason)


def note_request(state: State, event: Event) -> None:
    """E-mail the host now or, if an e-mail was sent within a day, after that."""
    last = event.requests_emailed_at
    if last is None or state.now() - last >= NOTICE_INTERVAL:
        _email_requests(state, event)
    elif event.requests_due_at is None:
        event.requests_due_at = last + NOTICE_INTERVAL


def email_due_requests(state: State) -> None:
    for event in state.events.values():
        if event.requests_due_at is None or event.requests_due_at > state.now():
            continue
        event.requests_due_at = None
        statuses = {guest.status for guest in event.guests.values()}
        if "requested" in statuses and is_open(state, event):
            _email_requests(state, event)


def _email_requests(state: State, event: Event) -> None:
    event.requests_emailed_at, event.requests_due_at = state.now(), None
    email_host(state, event, "requests")
