"""Sign up for events: up to their capacity, and for private homes after a moderator's decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import EventClosed, NotFound
from imd_campaign.events import emails, store
from imd_campaign.events.schemas import AttendanceForm, AttendanceReceipt
from imd_campaign.events.service import VISIBLE, get_exact_place
from imd_campaign.events.time_zones import to_local_day
from imd_campaign.mailboxes import canonicalise

Row = Mapping[Any, Any]
InitialStatus = Literal["accepted", "waiting"]

DETAILS: dict[InitialStatus, str] = {
    "accepted": "Your place is confirmed. We have sent you an e-mail.",
    "waiting": "Your name is on the list. We will e-mail you when there is a place for you.",
}


def attend(context: Context, event_id: str, form: AttendanceForm) -> AttendanceReceipt:
    with context.database.write() as connection:
        event = open_event(connection, event_id, context.now())
        status = _choose_status(connection, event, 1 + form.guests)
        _add(context, connection, event, form, status)
    context.wake_worker()
    return AttendanceReceipt(event=event_id, status=status, detail=DETAILS[status])


def open_event(connection: Connection, event_id: str, now: datetime) -> Row:
    event = store.lock(connection, event_id)
    if event is None or event["state"] not in VISIBLE:
        raise NotFound
    if event["state"] == "cancelled" or is_over(event, now):
        raise EventClosed
    return event


def is_over(event: Row, now: datetime) -> bool:
    """An event without an end time is over when its day is over."""
    if event["ends_at"] is not None:
        return bool(event["ends_at"] <= now)
    return bool(event["last_day"] < to_local_day(now, ZoneInfo(event["time_zone"])))


def count_free_places(connection: Connection, event: Row) -> int | None:
    if event["capacity"] is None:
        return None
    capacity: int = event["capacity"]
    return max(0, capacity - store.count_taken_places(connection, event["id"]))


def _choose_status(connection: Connection, event: Row, people: int) -> InitialStatus:
    free_places = count_free_places(connection, event)
    has_room = free_places is None or people <= free_places
    return "accepted" if has_room and not event["private"] else "waiting"


def _add(
    context: Context,
    connection: Connection,
    event: Row,
    form: AttendanceForm,
    status: InitialStatus,
) -> None:
    fingerprint = context.vault.fingerprint(
        "attendance", f"{event['id']} {canonicalise(form.email)}"
    )
    if store.find_attendance(connection, event["id"], fingerprint):
        return
    guest = form.model_dump(include={"name", "email", "lang"})
    store.add_attendance(
        connection,
        {
            "id": new_id("att"),
            "event": event["id"],
            "fingerprint": fingerprint,
            "locked": context.vault.encrypt(guest),
            "guests": form.guests,
            "status": status,
            "created_at": context.now(),
        },
    )
    place = get_exact_place(context, event) if status == "accepted" else None
    emails.email_guest(context, connection, status, guest, event, place=place)
