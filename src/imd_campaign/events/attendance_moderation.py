"""Guests as moderators see them, and their decisions on them."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import NotFound
from imd_campaign.events import guest_decisions, store
from imd_campaign.events.attendance import open_event
from imd_campaign.events.schemas import Attendance, AttendanceDecision
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]


def list_attendances(
    context: Context, event: str | None, page_request: PageRequest
) -> Slice[Attendance]:
    with context.database.read() as connection:
        part = store.list_attendances(connection, event, page_request)
    return Slice([make_attendance(context, row) for row in part.items], part.next)


def decide_attendance(
    context: Context, caller: Caller, attendance_id: str, decision: AttendanceDecision
) -> Attendance:
    with context.database.write() as connection:
        event_id = _get_attendance(connection, attendance_id)["event"]
        event = open_event(connection, event_id, context.now())
        guest = _get_attendance(connection, attendance_id)
        status = guest_decisions.decide(context, connection, event, guest, decision.decision)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"attendance.{decision.decision}",
            subject=attendance_id,
            reason=decision.reason,
        )
    context.wake_worker()
    return make_attendance(context, {**guest, "status": status})


def _get_attendance(connection: Connection, attendance_id: str) -> Row:
    attendance = store.get_attendance(connection, attendance_id)
    if attendance is None:
        raise NotFound
    return attendance


def make_attendance(context: Context, row: Row) -> Attendance:
    """Show who asks to come to a private home; at other events nobody has to decide on people."""
    person = context.vault.decrypt(row["locked"]) if row["is_revealed"] else {}
    message = None if row["status"] == "declined" else person.get("message")
    return Attendance(
        **{name: row[name] for name in ("id", "event", "guests", "status", "created_at")},
        name=person.get("name"),
        email=person.get("email"),
        message=message,
    )
