"""Moderators' decisions on submitted events and on guests of private homes."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody, NotFound, SoldOut
from imd_campaign.events import emails, store
from imd_campaign.events.attendance import count_free_places, open_event
from imd_campaign.events.schemas import (
    Attendance,
    AttendanceDecision,
    EventDecision,
    State,
    SubmittedEvent,
)
from imd_campaign.events.service import get_exact_place, make_event_with_exact_place
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]

ANY_STATE = ("pending_review", "public", "rejected", "cancelled")
# For each decision: the required state, the new state, the e-mail to the host.
EVENT_DECISIONS = {
    "approve": ("pending_review", "public", "approved"),
    "reject": ("pending_review", "rejected", "rejected"),
    "cancel": ("public", "cancelled", "withdrawn"),
}
NOT_PUBLIC = "is for public events only. Reject an event that is waiting for review."


def list_submitted_events(
    context: Context, state: State, page_request: PageRequest
) -> Slice[SubmittedEvent]:
    with context.database.read() as connection:
        part = store.list_submitted_events(connection, state, page_request)
    return Slice([_make_submitted_event(context, row) for row in part.items], part.next)


def decide_event(
    context: Context, caller: Caller, event_id: str, decision: EventDecision
) -> SubmittedEvent:
    required_state, state, email = EVENT_DECISIONS[decision.decision]
    with context.database.write() as connection:
        event = _require_state(connection, event_id, required_state)
        store.set_state(connection, event_id, state, context.now())
        audit.record(connection, **_make_entry(context, caller, "event", event_id, decision))
        emails.email_host(context, connection, email, event, decision.reason)
        if state == "cancelled":
            _email_guests(context, connection, event, decision.reason)
        row = store.get(connection, event_id, ANY_STATE)
    context.wake_worker()
    return _make_submitted_event(context, _require(row))


def _require_state(connection: Connection, event_id: str, required_state: str) -> Row:
    event = _require(store.lock(connection, event_id))
    if event["state"] == "pending_review" and required_state == "public":
        raise InvalidBody(FieldError("body", "decision", NOT_PUBLIC))
    if event["state"] != required_state:
        raise AlreadyDecided
    return event


def _email_guests(context: Context, connection: Connection, event: Row, reason: str) -> None:
    for guest in store.list_open_attendances(connection, event["id"]):
        person = context.vault.decrypt(guest["locked"])
        emails.email_guest(context, connection, "cancelled", person, event, reason=reason)


def list_attendances(
    context: Context, event: str | None, page_request: PageRequest
) -> Slice[Attendance]:
    with context.database.read() as connection:
        part = store.list_attendances(connection, event, page_request)
    return Slice([Attendance.model_validate(dict(row)) for row in part.items], part.next)


def decide_attendance(
    context: Context, caller: Caller, attendance_id: str, decision: AttendanceDecision
) -> Attendance:
    with context.database.write() as connection:
        event_id = _require(store.get_attendance(connection, attendance_id))["event"]
        event = open_event(connection, event_id, context.now())
        guest = _require(store.get_attendance(connection, attendance_id))
        if guest["status"] != "waiting":
            raise AlreadyDecided
        status = _apply_decision(context, connection, event, guest, decision)
        audit.record(
            connection, **_make_entry(context, caller, "attendance", attendance_id, decision)
        )
    context.wake_worker()
    return Attendance.model_validate({**guest, "status": status})


def _apply_decision(
    context: Context,
    connection: Connection,
    event: Row,
    guest: Row,
    decision: AttendanceDecision,
) -> str:
    is_accepted = decision.decision == "accept"
    free_places = count_free_places(connection, event)
    if is_accepted and free_places is not None and 1 + guest["guests"] > free_places:
        raise SoldOut(free_places)
    status = "accepted" if is_accepted else "declined"
    store.set_status(connection, guest["id"], status, context.now())
    person = context.vault.decrypt(guest["locked"])
    place = get_exact_place(context, event) if is_accepted else None
    emails.email_guest(context, connection, status, person, event, place=place)
    return status


def _make_entry(
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


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _make_submitted_event(context: Context, row: Row) -> SubmittedEvent:
    return SubmittedEvent(
        event=make_event_with_exact_place(context, row),
        private=row["private"],
        state=row["state"],
        submitted_at=row["created_at"],
    )
