"""Moderators' decisions on guests who are waiting for a place."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, NotFound, SoldOut
from imd_campaign.events import emails, store
from imd_campaign.events.attendance import count_free_places, open_event
from imd_campaign.events.schemas import Attendance, AttendanceDecision
from imd_campaign.events.service import get_exact_place
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]


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
        event_id = _get_attendance(connection, attendance_id)["event"]
        event = open_event(connection, event_id, context.now())
        guest = _get_attendance(connection, attendance_id)
        if guest["status"] != "waiting":
            raise AlreadyDecided
        status = _apply_decision(context, connection, event, guest, decision)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"attendance.{decision.decision}",
            subject=attendance_id,
            reason=decision.reason,
        )
    context.wake_worker()
    return Attendance.model_validate({**guest, "status": status})


def _get_attendance(connection: Connection, attendance_id: str) -> Row:
    attendance = store.get_attendance(connection, attendance_id)
    if attendance is None:
        raise NotFound
    return attendance


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
