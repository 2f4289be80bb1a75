"""Guests: their encrypted data, their own link, and e-mails about their status."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection
from imd_campaign.events import emails, store
from imd_campaign.events.service import get_exact_place

Row = Mapping[Any, Any]
Person = Mapping[str, Any]


def make_locked_values(context: Context, person: Person) -> dict[str, bytes]:
    """Encrypt a guest's data with a new token, whose digest finds the guest again."""
    token = new_token()
    locked = context.vault.encrypt({**person, "token": token})
    return {"locked": locked, "token": compute_digest(token)}


def read_guest(context: Context, connection: Connection, attendance: Row) -> Person:
    """Decrypt a guest's data; guests from before there were links get one now."""
    person = context.vault.decrypt(attendance["locked"])
    if "token" in person or not person:
        return person
    values = make_locked_values(context, person)
    store.change_attendance(connection, attendance["id"], **values)
    return context.vault.decrypt(values["locked"])


def set_status(
    context: Context, connection: Connection, event: Row, attendance: Row, status: str
) -> None:
    """Change a guest's status, and e-mail the guest about it."""
    values: dict[str, Any] = {"status": status, "decided_at": context.now()}
    person = read_guest(context, connection, attendance)
    if status == "declined":
        person = {name: value for name, value in person.items() if name != "message"}
        values["locked"] = context.vault.encrypt(person)
    store.change_attendance(connection, attendance["id"], **values)
    email_status(context, connection, event, person, status)


def email_status(
    context: Context, connection: Connection, event: Row, person: Person, status: str
) -> None:
    place = get_exact_place(context, event) if status == "accepted" else None
    emails.email_guest(context, connection, status, person, event, place=place)


def email_all(
    context: Context, connection: Connection, kind: str, event: Row, *, reason: emails.Reason = ""
) -> None:
    """E-mail everybody who has not been declined; the place is for accepted guests only."""
    place = get_exact_place(context, event)
    for guest in store.list_open_attendances(connection, event["id"]):
        person = read_guest(context, connection, guest)
        where = place if guest["status"] == "accepted" or not event["private"] else None
        emails.email_guest(context, connection, kind, person, event, place=where, reason=reason)
