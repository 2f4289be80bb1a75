"""What is kept of a mailbox as a guest and as a host, and what its owner can do about it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import EventClosed, NotFound
from imd_campaign.events import cancellation, change_store, store
from imd_campaign.events.attendance import fingerprint_guest, leave
from imd_campaign.events.geography import Point, snap_to_grid
from imd_campaign.events.hosting import ACTOR, CANCELLED
from imd_campaign.events.schemas import PersonalAttendance, PersonalEvent
from imd_campaign.events.waiting_list import is_open
from imd_campaign.mail.email_templates import get_cancellation_text

Row = Mapping[Any, Any]

# How long guests, and the addresses of hosts, are kept after an event.
RETENTION = timedelta(days=30)
FINGERPRINTS_PER_QUERY = 500
NO_HOST = {"locked_host": None, "host_mailbox": None, "host_token": None}


# ------------------------------------------------------------------ as a guest


def list_attendances(
    context: Context, connection: Connection, email: str
) -> Sequence[PersonalAttendance]:
    """List attendances, but not those of which only the fingerprint is left."""
    guests = [
        (guest, person)
        for guest in _find_guests(context, connection, email)
        if (person := context.vault.decrypt(guest["locked"]))
    ]
    events = store.list_by_id(connection, {guest["event"] for guest, _ in guests})
    return [_make_attendance(guest, person, events[guest["event"]]) for guest, person in guests]


def cancel_attendance(
    context: Context, connection: Connection, email: str, attendance_id: str
) -> str:
    """Free the places of a guest; return the event."""
    guest = store.get_attendance(connection, attendance_id)
    if guest is None or guest["fingerprint"] != fingerprint_guest(context, guest["event"], email):
        raise NotFound
    store.lock(connection, guest["event"])
    locked = store.get_attendance(connection, attendance_id)
    if locked is None or not context.vault.decrypt(locked["locked"]):
        raise NotFound  # by another press at the same time
    leave(context, connection, attendance_id)
    event_id: str = guest["event"]
    return event_id


def _find_guests(context: Context, connection: Connection, email: str) -> Sequence[Row]:
    """Compute the fingerprint for each event: nothing else links the guest of two events."""
    prints = [
        fingerprint_guest(context, event, email) for event in store.list_attended_events(connection)
    ]
    return [
        guest
        for start in range(0, len(prints), FINGERPRINTS_PER_QUERY)
        for guest in store.list_guests(connection, prints[start : start + FINGERPRINTS_PER_QUERY])
    ]


def _make_attendance(guest: Row, person: Row, event: Row) -> PersonalAttendance:
    return PersonalAttendance(
        id=guest["id"],
        event=event["id"],
        title=event["title"],
        starts_at=_to_local(event),
        time_zone=event["time_zone"],
        status=guest["status"],
        guests=guest["guests"],
        name=person["name"],
        message=person.get("message"),
        kept_until=_find_last_day_kept(event),
    )


# ------------------------------------------------------------------ as a host


def list_hosted(
    context: Context, connection: Connection, mailbox: bytes
) -> Sequence[PersonalEvent]:
    return [
        PersonalEvent(
            id=event["id"],
            title=event["title"],
            starts_at=_to_local(event),
            time_zone=event["time_zone"],
            state=event["state"],
            host=event["host"],
            can_be_cancelled=_can_be_cancelled(context, event),
            kept_until=_find_last_day_kept(event),
        )
        for event in store.list_hosted(connection, mailbox)
    ]


def cancel_event(context: Context, connection: Connection, mailbox: bytes, event_id: str) -> None:
    """Cancel a published event, or delete one that waits for a moderator."""
    event = _lock_hosted(connection, mailbox, event_id)
    if event["state"] == "cancelled":
        return
    if not _can_be_cancelled(context, event):
        raise EventClosed
    _cancel(context, connection, event)


def delete_host_address(connection: Connection, mailbox: bytes, event_id: str) -> None:
    """Keep the event, and delete how its host can be reached and the host's link."""
    _lock_hosted(connection, mailbox, event_id)
    store.change_event(connection, event_id, **NO_HOST)


def _lock_hosted(connection: Connection, mailbox: bytes, event_id: str) -> Row:
    event = store.lock(connection, event_id)
    if event is None or event["host_mailbox"] != mailbox:
        raise NotFound
    return event


def _can_be_cancelled(context: Context, event: Row) -> bool:
    return event["state"] == "pending_review" or is_open(event, context.now())


def _cancel(context: Context, connection: Connection, event: Row) -> None:
    """Cancel in our words: nobody has reviewed the host's."""
    if event["state"] == "pending_review":
        store.delete(connection, event["id"])
        return
    cancellation.cancel_event(context, connection, event, get_cancellation_text)
    audit.record(
        connection,
        now=context.now(),
        actor=ACTOR,
        action="event.cancel",
        subject=event["id"],
        reason=CANCELLED,
    )


# ------------------------------------------------------------------ everything


def erase(context: Context, connection: Connection, email: str, mailbox: bytes) -> None:
    """Delete a person as a guest and as a host; their events are cancelled if they can be."""
    guests = _find_guests(context, connection, email)
    hosted = [event["id"] for event in store.list_hosted(connection, mailbox)]
    events = store.lock_all(connection, {*hosted, *(guest["event"] for guest in guests)})
    for guest in guests:
        leave(context, connection, guest["id"])
    for event_id in sorted(hosted):
        _erase_hosted(context, connection, events[event_id])


def _erase_hosted(context: Context, connection: Connection, event: Row) -> None:
    if event["state"] in ("pending_review", "rejected"):
        store.delete(connection, event["id"])
        return
    if _can_be_cancelled(context, event):
        _cancel(context, connection, event)
    change_store.delete_for_event(connection, event["id"])
    now = context.now()
    values = make_anonymous(event) | {"updated_at": now}
    if not event["private"]:  # nobody reads the names of those who have signed up
        values["made_private_at"] = now
    store.change_published_event(connection, event["id"], **values)


def make_anonymous(event: Row) -> dict[str, Any]:
    """Keep the title, the time and the area, so that guests can see that it is cancelled."""
    return {
        "host": "",
        "description": "",
        "url": None,
        "place_name": None,
        "address": None,
        "locked_place": None,
        **NO_HOST,
        **_blur(event),
    }


def _blur(event: Row) -> dict[str, Any]:
    if event["latitude"] is None:
        return {}
    shown = snap_to_grid(Point(event["latitude"], event["longitude"]))
    return {"private": True, **shown._asdict()}


def _to_local(event: Row) -> Any:
    return event["starts_at"].astimezone(ZoneInfo(event["time_zone"]))


def _find_last_day_kept(event: Row) -> date:
    last_day: date = event["last_day"]
    return last_day + RETENTION
