"""Sign up for events: up to their capacity, and for private homes after a moderator's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from anyio import to_thread

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import EventClosed, NotFound
from imd_campaign.events import emails, store
from imd_campaign.events.schemas import AttendanceConfirmation, AttendanceForm, Status
from imd_campaign.events.service import VISIBLE, get_exact_place
from imd_campaign.events.time_zones import to_local_day
from imd_campaign.mailboxes import canonicalise
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import Consent, Effect, EmailItem, Submitted
from imd_campaign.submissions.schemas import Confirmation, SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_locale.language import Language

Row = Mapping[Any, Any]
InitialStatus = Literal["accepted", "waiting"]

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
    details = form.model_dump(include={"name", "guests"})
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
            EmailItem(
                "events",
                "attending" if is_known else "confirm_attendance",
                emails.describe_event(events[submitted.row["target"]], language),
                is_confirmable=not is_known,
            )
            for (submitted, language), is_known in zip(submissions, known, strict=True)
        ]

    def _find_known(
        self, context: Context, connection: Connection, submissions: Sequence[Submitted]
    ) -> Sequence[bool]:
        prints = [_fingerprint(context, submitted) for submitted in submissions]
        event_ids = {submitted.row["target"] for submitted in submissions}
        found = store.find_attending(connection, event_ids, prints)
        return [fingerprint in found for fingerprint in prints]

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
        guest = {
            "name": consent.name or details["name"],
            "email": details["email"],
            "lang": submitted.row["lang"],
        }
        attendance_id = new_id("att")
        store.add_attendance(
            connection,
            {
                "id": attendance_id,
                "event": event["id"],
                "fingerprint": _fingerprint(context, submitted),
                "locked": context.vault.encrypt(guest),
                "guests": details["guests"],
                "status": status,
                "created_at": context.now(),
            },
        )
        place = get_exact_place(context, event) if status == "accepted" else None
        emails.email_guest(context, connection, status, guest, event, place=place)
        return Effect(attendance_id)

    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> AttendanceConfirmation:
        event_id = submitted.row["target"]
        event = store.list_by_id(connection, {event_id})[event_id]
        return AttendanceConfirmation(
            **dict(common),
            event=event_id,
            title=event["title"],
            starts_at=event["starts_at"].astimezone(ZoneInfo(event["time_zone"])),
            time_zone=event["time_zone"],
            guests=submitted.details.get("guests") if common.state == "pending" else None,
            status=_find_status(connection, effect),
        )


def _find_status(connection: Connection, effect: Effect | None) -> Status | None:
    if effect is None or effect.outcome is None:
        return None
    attendance = store.get_attendance(connection, effect.outcome)
    return attendance["status"] if attendance else None


def _fingerprint(context: Context, submitted: Submitted) -> bytes:
    mailbox = canonicalise(submitted.details["email"])
    return context.vault.fingerprint("attendance", f"{submitted.row['target']} {mailbox}")
