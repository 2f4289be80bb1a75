"""Sign up for events, and leave them: at private homes, the host or staff decide who comes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from anyio import to_thread

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import EventClosed, NotFound
from imd_campaign.events import emails, guests, request_notices, store
from imd_campaign.events.schemas import AttendanceConfirmation, AttendanceForm, Status
from imd_campaign.events.service import VISIBLE
from imd_campaign.events.waiting_list import has_room, is_over, promote
from imd_campaign.mailboxes import canonicalise, normalise
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import Consent, Effect, EmailItem, Submitted
from imd_campaign.submissions.schemas import Confirmation, SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_locale.language import Language

Row = Mapping[Any, Any]
InitialStatus = Literal["requested", "accepted", "waiting"]

KIND = "attendance"
RECEIPT = SubmissionReceipt(
    detail="We have sent you an e-mail. You are signed up once you have confirmed it with the link "
    "in it."
)


async def attend(
    context: Context, event_id: str, form: AttendanceForm, origin: Origin | None
) -> bool:
    """Store a sign-up until it is confirmed; return False for a repeated request."""
    await to_thread.run_sync(_require_open, context, event_id)
    details = form.model_dump(include={"name", "guests", "message"})
    submission = Submission(KIND, event_id, form.email, form.lang, details, form.proof)
    return await submissions.accept(context, submission, origin)


def _require_open(context: Context, event_id: str) -> None:
    with context.database.read() as connection:
        _check_open(store.get(connection, event_id, VISIBLE), context.now())


def open_event(connection: Connection, event_id: str, now: datetime) -> Row:
    return _check_open(store.lock(connection, event_id), now)


def _check_open(event: Row | None, now: datetime) -> Row:
    if event is None or event["state"] not in VISIBLE:
        raise NotFound
    if event["state"] == "cancelled" or is_over(event, now):
        raise EventClosed
    return event


def leave(context: Context, connection: Connection, attendance_id: str) -> None:
    """Delete a guest, whose places go to those who wait.

    Of a declined guest only the fingerprint stays, so that signing up again changes nothing.
    The event is locked: do not lock anything that others lock before an event.
    """
    known = store.get_attendance(connection, attendance_id)
    event = store.lock(connection, known["event"]) if known else None
    guest = store.get_attendance(connection, attendance_id)  # as it is under the lock
    if event is None or guest is None:
        return
    if guest["status"] == "declined":
        nothing = context.vault.encrypt({})
        store.change_attendance(connection, attendance_id, locked=nothing, token=None, guests=0)
        return
    store.delete_attendance(connection, attendance_id)
    if guest["status"] == "accepted":
        promote(context, connection, event)


def _choose_status(connection: Connection, event: Row, people: int) -> InitialStatus:
    if event["private"]:
        return "requested"
    return "accepted" if has_room(connection, event, people) else "waiting"


class Asked(NamedTuple):
    event: Row
    email: str
    language: Language


class AttendanceKind:
    asks_consent = False
    offers_choice = False

    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]:
        known = self._find_known(context, connection, [pair[0] for pair in submissions])
        events = store.list_by_id(connection, {pair[0].row["target"] for pair in submissions})
        return [
            self._make_item(
                context,
                connection,
                Asked(events[submitted.row["target"]], submitted.details["email"], language),
                guest,
            )
            for (submitted, language), guest in zip(submissions, known, strict=True)
        ]

    def _find_known(
        self, context: Context, connection: Connection, submissions: Sequence[Submitted]
    ) -> Sequence[Row | None]:
        prints = [_fingerprint(context, submitted) for submitted in submissions]
        event_ids = {submitted.row["target"] for submitted in submissions}
        found = store.find_attending(connection, event_ids, prints)
        return [found.get(fingerprint) for fingerprint in prints]

    def _make_item(
        self,
        context: Context,
        connection: Connection,
        asked: Asked,
        guest: Row | None,
    ) -> EmailItem:
        """Ask a mailbox to confirm, or remind a known guest."""
        values = emails.describe_event(asked.event, asked.language)
        if guest is None:
            return EmailItem("events", "confirm_attendance", values, is_confirmable=True)
        if guest["status"] == "declined":
            values["link"] = emails.make_link(context, "declined", asked.event, asked.language)
            return EmailItem("events", "declined", values, is_confirmable=False)
        person = guests.read_guest(context, connection, guest)
        if normalise(person["email"]) != normalise(asked.email):
            # Where tags mean nothing, another spelling is another person's mailbox.
            return EmailItem("events", "attending_other_address", values, is_confirmable=False)
        values["manage"] = emails.make_own_link(
            context, "attendances", person["token"], asked.language
        )
        return EmailItem("events", "attending", values, is_confirmable=False)

    def find_effect(
        self, context: Context, connection: Connection, submitted: Submitted
    ) -> Effect | None:
        fingerprint = _fingerprint(context, submitted)
        known = store.find_attendance(connection, submitted.row["target"], fingerprint)
        return Effect(known["id"]) if known else None

    def take_effect(
        self, context: Context, connection: Connection, submitted: Submitted, consent: Consent
    ) -> Effect:
        event = open_event(connection, submitted.row["target"], context.now())
        if known := self.find_effect(context, connection, submitted):
            return known  # by another link, while this one waited for the event
        details = submitted.details
        status = _choose_status(connection, event, 1 + details["guests"])
        attendance = {
            "id": new_id("att"),
            "event": event["id"],
            "fingerprint": _fingerprint(context, submitted),
            **guests.make_locked_values(context, _make_person(event, submitted, consent)),
            "guests": details["guests"],
            "status": status,
            "created_at": context.now(),
        }
        store.add_attendance(connection, attendance)
        person = guests.read_guest(context, connection, attendance)
        guests.email_status(context, connection, event, person, status)
        if status == "requested":
            request_notices.note_request(context, connection, event)
        return Effect(attendance["id"])

    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> AttendanceConfirmation:
        event_id, is_pending = submitted.row["target"], common.state == "pending"
        event = store.list_by_id(connection, {event_id})[event_id]
        has_message = is_pending and event["private"]
        return AttendanceConfirmation(
            **dict(common),
            event=event_id,
            title=event["title"],
            starts_at=event["starts_at"].astimezone(ZoneInfo(event["time_zone"])),
            time_zone=event["time_zone"],
            guests=submitted.details.get("guests") if is_pending else None,
            message=submitted.details.get("message") if has_message else None,
            private=event["private"],
            status=_find_status(connection, effect),
        )


def _make_person(event: Row, submitted: Submitted, consent: Consent) -> guests.Person:
    """Keep a message only where there is a host who reads it."""
    details = submitted.details
    person = {
        "name": consent.name or details["name"],
        "email": details["email"],
        "lang": submitted.row["lang"],
    }
    message = details.get("message")
    return person | {"message": message} if message and event["private"] else person


def _find_status(connection: Connection, effect: Effect | None) -> Status | None:
    if effect is None or effect.outcome is None:
        return None
    attendance = store.get_attendance(connection, effect.outcome)
    return attendance["status"] if attendance else None


def _fingerprint(context: Context, submitted: Submitted) -> bytes:
    return fingerprint_guest(context, submitted.row["target"], submitted.details["email"])


def fingerprint_guest(context: Context, event_id: str, email: str) -> bytes:
    """Return what is equal for one mailbox and event, and nothing else."""
    return context.vault.fingerprint("attendance", f"{event_id} {canonicalise(email)}")
