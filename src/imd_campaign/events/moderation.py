"""What moderators decide: which events are public, and who is let into a home."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody, NotFound, SoldOut
from imd_campaign.events import emails, store
from imd_campaign.events.attendance import open_event, places_left
from imd_campaign.events.schemas import (
    Attendance,
    AttendanceDecision,
    EventDecision,
    State,
    SubmittedEvent,
)
from imd_campaign.events.service import as_it_is, exact_place
from imd_campaign.keys.service import Caller
from imd_campaign.moderation import service as audit
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]

ANY_STATE = ("pending_review", "public", "rejected", "cancelled")
# For each decision: the state it needs, the state it makes, the e-mail to the host.
EVENT_DECISIONS = {
    "approve": ("pending_review", "public", "approved"),
    "reject": ("pending_review", "rejected", "rejected"),
    "cancel": ("public", "cancelled", "withdrawn"),
}
NOT_PUBLIC = "is for public events only. Reject an event that is waiting for review."


def submitted(context: Context, state: State, window: PageRequest) -> Slice[SubmittedEvent]:
    with context.database.read() as connection:
        part = store.submitted(connection, state, window)
    return Slice([_submitted(context, row) for row in part.items], part.next)


def decide_event(
    context: Context, caller: Caller, event_id: str, decision: EventDecision
) -> SubmittedEvent:
    needed, state, email = EVENT_DECISIONS[decision.decision]
    with context.database.write() as connection:
        event = _decidable(connection, event_id, needed)
        store.set_state(connection, event_id, state, context.now())
        audit.record(connection, **_entry(context, caller, "event", event_id, decision))
        emails.to_host(context, connection, email, event, decision.reason)
        if state == "cancelled":
            _tell_guests(context, connection, event, decision.reason)
        row = store.get(connection, event_id, ANY_STATE)
    context.wake_worker()
    return _submitted(context, _present(row))


def _decidable(connection: Connection, event_id: str, needed: str) -> Row:
    event = _present(store.lock(connection, event_id))
    if event["state"] == "pending_review" and needed == "public":
        raise InvalidBody(FieldError("body", "decision", NOT_PUBLIC))
    if event["state"] != needed:
        raise AlreadyDecided
    return event


def _tell_guests(context: Context, connection: Connection, event: Row, reason: str) -> None:
    for guest in store.expecting(connection, event["id"]):
        person = context.vault.decrypt(guest["locked"])
        emails.to_guest(context, connection, "cancelled", person, event, reason=reason)


def attendances(context: Context, event: str | None, window: PageRequest) -> Slice[Attendance]:
    with context.database.read() as connection:
        part = store.attendance_page(connection, event, window)
    return Slice([Attendance.model_validate(dict(row)) for row in part.items], part.next)


def decide_attendance(
    context: Context, caller: Caller, attendance_id: str, decision: AttendanceDecision
) -> Attendance:
    with context.database.write() as connection:
        event_id = _present(store.get_attendance(connection, attendance_id))["event"]
        event = open_event(connection, event_id, context.now())
        guest = _present(store.get_attendance(connection, attendance_id))
        if guest["status"] != "waiting":
            raise AlreadyDecided
        status = _settle(context, connection, event, guest, decision)
        audit.record(connection, **_entry(context, caller, "attendance", attendance_id, decision))
    context.wake_worker()
    return Attendance.model_validate({**guest, "status": status})


def _settle(
    context: Context,
    connection: Connection,
    event: Row,
    guest: Row,
    decision: AttendanceDecision,
) -> str:
    accepts = decision.decision == "accept"
    left = places_left(connection, event)
    if accepts and left is not None and 1 + guest["guests"] > left:
        raise SoldOut(left)
    status = "accepted" if accepts else "declined"
    store.set_status(connection, guest["id"], status, context.now())
    person = context.vault.decrypt(guest["locked"])
    place = exact_place(context, event) if accepts else None
    emails.to_guest(context, connection, status, person, event, place=place)
    return status


def _entry(
    context: Context,
    caller: Caller,
    kind: str,
    subject: str,
    decision: EventDecision | AttendanceDecision,
) -> dict[str, Any]:
    return {
        "now": context.now(),
        "actor": caller.id,
        "action": f"{kind}.{decision.decision}",
        "subject": subject,
        "reason": decision.reason,
    }


def _present(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _submitted(context: Context, row: Row) -> SubmittedEvent:
    return SubmittedEvent(
        event=as_it_is(context, row),
        private=row["private"],
        state=row["state"],
        submitted_at=row["created_at"],
    )
