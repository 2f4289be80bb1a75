"""What hosts see and do through the link in their e-mails.

At events that are not at a private place, they see numbers only, so that invented events do not
collect addresses. If a moderator makes the place private, these guests are not revealed either.
"""

from collections.abc import Mapping
from typing import Any

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, EventClosed, NotFound
from imd_campaign.events import (
    cancellation,
    change_store,
    event_changes,
    guest_decisions,
    store,
)
from imd_campaign.events.attendance_moderation import make_attendance
from imd_campaign.events.schemas import (
    Attendance,
    CancellationForm,
    CapacityForm,
    EventChangeForm,
    GuestDecision,
    HostedEvent,
    PeopleCount,
)
from imd_campaign.events.service import make_event_with_exact_place
from imd_campaign.events.waiting_list import is_open, promote
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]

ACTOR = "host"
# The reason is not stored: it can be about the host's private life.
CANCELLED = "Cancelled by the host."


def get(context: Context, token: str) -> HostedEvent:
    with context.database.read() as connection:
        return _describe(context, connection, token)


def list_guests(context: Context, token: str, page_request: PageRequest) -> Slice[Attendance]:
    with context.database.read() as connection:
        event = _require_private(_find(connection, token))
        part = store.list_revealed_attendances(connection, event["id"], page_request)
    return Slice([make_attendance(context, row) for row in part.items], part.next)


def decide_guest(
    context: Context, token: str, attendance_id: str, form: GuestDecision
) -> Attendance:
    with context.database.write() as connection:
        event = _require_private(_lock_open(context, connection, token))
        guest = store.get_attendance(connection, attendance_id)
        if guest is None or guest["event"] != event["id"] or not guest["is_revealed"]:
            raise NotFound
        status = guest_decisions.decide(context, connection, event, guest, form.decision)
    context.wake_worker()
    return make_attendance(context, {**guest, "status": status})


def set_capacity(context: Context, token: str, form: CapacityForm) -> HostedEvent:
    """Change how many people can come; nobody who has a place loses it."""
    with context.database.write() as connection:
        event = _lock_open(context, connection, token)
        values = {"capacity": form.capacity, "updated_at": context.now()}
        store.change_event(connection, event["id"], **values)
        promote(context, connection, {**event, **values})
        outbox.queue(context, connection, "event.changed", event=event["id"])
        changed = _describe(context, connection, token)
    context.wake_worker()
    return changed


def propose_change(context: Context, token: str, form: EventChangeForm) -> HostedEvent:
    with context.database.write() as connection:
        event = _lock_open(context, connection, token)
        event_changes.propose(context, connection, event, form)
        return _describe(context, connection, token)


def withdraw_change(context: Context, token: str) -> None:
    with context.database.write() as connection:
        event = _lock(connection, token)
        if change_store.find_for_event(connection, event["id"]) is None:
            raise NotFound
        change_store.delete_for_event(connection, event["id"])


def cancel(context: Context, token: str, form: CancellationForm) -> HostedEvent:
    with context.database.write() as connection:
        event = _lock_open(context, connection, token)
        cancellation.cancel_event(context, connection, event, form.reason)
        audit.record(
            connection,
            now=context.now(),
            actor=ACTOR,
            action="event.cancel",
            subject=event["id"],
            reason=CANCELLED,
        )
        cancelled = _describe(context, connection, token)
    context.wake_worker()
    return cancelled


def withdraw(context: Context, token: str) -> None:
    """Delete an event that no moderator has decided on."""
    with context.database.write() as connection:
        event = _lock(connection, token)
        if event["state"] != "pending_review":
            raise AlreadyDecided
        store.delete(connection, event["id"])


def _find(connection: Connection, token: str) -> Row:
    event = store.find_by_host_token(connection, compute_digest(token))
    if event is None:
        raise NotFound
    return event


def _lock(connection: Connection, token: str) -> Row:
    event = store.lock(connection, _find(connection, token)["id"])
    if event is None:
        raise NotFound
    return event


def _lock_open(context: Context, connection: Connection, token: str) -> Row:
    event = _lock(connection, token)
    if not is_open(event, context.now()):
        raise EventClosed
    return event


def _require_private(event: Row) -> Row:
    if not event["private"]:
        raise NotFound
    return event


def _describe(context: Context, connection: Connection, token: str) -> HostedEvent:
    event = _find(connection, token)
    people = store.count_people(connection, event["id"])
    change = change_store.find_for_event(connection, event["id"])
    return HostedEvent(
        event=make_event_with_exact_place(context, event),
        private=event["private"],
        state=event["state"],
        submitted_at=event["created_at"],
        people=PeopleCount(**{name: people.get(name, 0) for name in PeopleCount.model_fields}),
        change=event_changes.make_proposed_change(context, change) if change else None,
    )
