"""What guests see and change through the link in their e-mails."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, NotFound, SoldOut
from imd_campaign.events import attendance, store
from imd_campaign.events.schemas import MAX_GUESTS, AttendanceChange, OwnAttendance
from imd_campaign.events.service import VISIBLE, make_event_with_exact_place, make_public_event
from imd_campaign.events.waiting_list import count_free_places, is_open, promote

Row = Mapping[Any, Any]


def get(context: Context, token: str) -> OwnAttendance:
    with context.database.read() as connection:
        return _describe(context, connection, _find(connection, token))


def change(context: Context, token: str, form: AttendanceChange) -> OwnAttendance:
    with context.database.write() as connection:
        event = attendance.open_event(connection, _find(connection, token)["event"], context.now())
        guest = _find(connection, token)  # as it is under the lock
        _check_guests(connection, event, guest, form.guests)
        store.change_attendance(connection, guest["id"], guests=form.guests)
        promote(context, connection, event)
        changed = _describe(context, connection, _find(connection, token))
    context.wake_worker()
    return changed


def leave(context: Context, token: str) -> None:
    with context.database.write() as connection:
        guest = _find(connection, token)
        if guest["status"] == "declined":
            raise AlreadyDecided
        attendance.leave(context, connection, guest["id"])
    context.wake_worker()


def _find(connection: Connection, token: str) -> Row:
    guest = store.find_attendance_by_token(connection, compute_digest(token))
    if guest is None:
        raise NotFound
    return guest


def _check_guests(connection: Connection, event: Row, guest: Row, wanted: int) -> None:
    if guest["status"] == "declined":
        raise AlreadyDecided
    most = _find_max_guests(connection, event, guest)
    if wanted > most:
        raise SoldOut(most)


def _find_max_guests(connection: Connection, event: Row, guest: Row) -> int:
    """At a private home, the host decides on as many people as the page showed, or fewer."""
    brought: int = guest["guests"]
    if event["private"]:
        return brought
    if guest["status"] == "waiting":
        return MAX_GUESTS
    free_places = count_free_places(connection, event)
    return MAX_GUESTS if free_places is None else min(MAX_GUESTS, brought + free_places)


def _describe(context: Context, connection: Connection, guest: Row) -> OwnAttendance:
    event = store.get(connection, guest["event"], VISIBLE)
    if event is None:
        raise NotFound
    is_accepted = guest["status"] == "accepted" and event["state"] == "public"
    person = context.vault.decrypt(guest["locked"])
    can_change = is_open(event, context.now()) and guest["status"] != "declined"
    return OwnAttendance(
        event=make_event_with_exact_place(context, event)
        if is_accepted
        else make_public_event(event),
        private=event["private"],
        status=guest["status"],
        name=person.get("name"),
        guests=guest["guests"],
        max_guests=_find_max_guests(connection, event, guest) if can_change else guest["guests"],
    )
