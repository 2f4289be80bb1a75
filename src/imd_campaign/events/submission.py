"""Submit an event: check it, encrypt a private place, and queue it for review."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import Vault, compute_digest, new_id, new_token
from imd_campaign.db import Connection
from imd_campaign.errors import FieldError, InvalidBody
from imd_campaign.events import emails, store
from imd_campaign.events.geography import Point, snap_to_grid
from imd_campaign.events.schemas import (
    EventConfirmation,
    EventForm,
    ExactPlace,
    Place,
    SubmittedPlace,
)
from imd_campaign.events.time_zones import (
    find_last_day,
    find_zone,
    has_zone_offset,
    to_local_day,
)
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import Consent, Effect, EmailItem, Submitted
from imd_campaign.submissions.schemas import Confirmation, SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_campaign.webhooks import outbox
from imd_locale.language import Language

MAX_LEAD_TIME = timedelta(days=2 * 366)
MAX_DURATION = timedelta(days=31)
KIND = "event"
RECEIPT = SubmissionReceipt(
    detail="We have sent you an e-mail. The event reaches our moderators once you have confirmed "
    "it with the link in it."
)


async def submit(context: Context, form: EventForm, origin: Origin | None) -> bool:
    """Store an event until it is confirmed; return False for a repeated request."""
    if errors := list(find_errors(form, context.now())):
        raise InvalidBody(*errors)
    details = {"name": form.host.name, "event": form.model_dump(mode="json", exclude={"proof"})}
    target = hashlib.sha256(form.model_dump_json(exclude={"proof"}).encode()).hexdigest()
    submission = Submission(KIND, target, form.host.email, form.lang, details, form.proof)
    return await submissions.accept(context, submission, origin)


class EventKind:
    asks_consent = False
    offers_choice = False

    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]:
        """Name the time only: the title was typed by somebody who may be a stranger."""
        return [
            EmailItem(
                "events",
                "confirm",
                {"when": _format_time(submitted, language)},
                is_confirmable=True,
            )
            for submitted, language in submissions
        ]

    def find_effect(
        self,
        context: Context,
        connection: Connection,
        submitted: Submitted,
    ) -> Effect | None:
        return None

    def take_effect(
        self, context: Context, connection: Connection, submitted: Submitted, consent: Consent
    ) -> Effect:
        form = _read_form(submitted)
        host = form.host.model_copy(update={"name": consent.name or form.host.name})
        form = form.model_copy(update={"host": host})
        new = {"id": new_id("evt"), "host_mailbox": submitted.row["mailbox"]}
        event = make_row(context.vault, form, now=context.now()) | new
        store.add(connection, event)
        emails.email_host(context, connection, "received", event)
        outbox.queue(context, connection, "event.submitted", event=event["id"])
        return Effect(event["id"])

    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> EventConfirmation:
        form = _read_form(submitted) if common.state == "pending" else None
        return EventConfirmation(
            **dict(common),
            title=form and form.title,
            description=form and form.description,
            starts_at=form and form.starts_at,
            time_zone=form and form.time_zone,
            url=form and form.url,
            place=form and form.place and show_exactly(form.place),
            private=form and bool(form.place and form.place.private),
            capacity=form and form.capacity,
            event=effect and effect.outcome,
        )


def _format_time(submitted: Submitted, language: Language) -> str:
    form = _read_form(submitted)
    times = {"starts_at": form.starts_at, "time_zone": form.time_zone}
    return emails.format_time(times, language)


def show_exactly(place: ExactPlace) -> Place:
    shown = place.model_dump(exclude={"private", "latitude", "longitude"})
    latitude, longitude = round(place.latitude, 6), round(place.longitude, 6)
    return Place(**shown, latitude=latitude, longitude=longitude, precision="exact")


def _read_form(submitted: Submitted) -> EventForm:
    return EventForm.model_validate(submitted.details["event"])


def find_errors(
    form: EventForm, now: datetime, *, has_new_times: bool = True
) -> Iterator[FieldError]:
    times = _check_times(form, now) if has_new_times else ()
    for field, message in (*times, *_check_place(form)):
        yield FieldError("body", field, message)


def _check_times(form: EventForm, now: datetime) -> Iterator[tuple[str, str]]:
    zone = find_zone(form.time_zone)
    starts_at, ends_at = form.starts_at, form.ends_at
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if zone and moment and not has_zone_offset(moment, zone):
            yield field, "has a different UTC offset from time_zone at that time."
    if starts_at < now:
        yield "starts_at", "is in the past."
    if starts_at > now + MAX_LEAD_TIME:
        yield "starts_at", "is more than two years away."
    if ends_at and ends_at <= starts_at:
        yield "ends_at", "must be later than starts_at."
    if ends_at and ends_at > starts_at + MAX_DURATION:
        yield "ends_at", "is more than a month after starts_at."


def _check_place(form: EventForm) -> Iterator[tuple[str, str]]:
    if form.kind == "online" and not form.online:
        yield "online", "must be true for an event of the kind online."
    if form.online and form.url is None:
        yield "url", "is required for an online event."
    if form.online and form.place is not None:
        yield "place", "must be left out for an online event."
    if not form.online and form.place is None:
        yield "place", "is required unless the event is online."


def make_row(
    vault: Vault, form: EventForm, *, now: datetime, state: str = "pending_review"
) -> dict[str, Any]:
    languages = list(dict.fromkeys(form.languages or [form.lang]))
    zone = find_zone(form.time_zone)
    if zone is None:
        raise ValueError("an unknown time zone")
    token = new_token()
    return {
        "state": state,
        "kind": form.kind,
        "title": form.title,
        "description": form.description,
        "lang": form.lang,
        "languages": languages,
        "starts_at": form.starts_at,
        "ends_at": form.ends_at,
        "time_zone": form.time_zone,
        "first_day": to_local_day(form.starts_at, zone),
        "last_day": find_last_day(form.starts_at, form.ends_at, zone),
        "online": form.online,
        "url": form.url,
        **make_place_values(vault, form.place),
        "host": form.host.name,
        "locked_host": vault.encrypt({"email": form.host.email, "token": token}),
        "host_token": compute_digest(token),
        "capacity": form.capacity,
        "created_at": now,
        "updated_at": now,
    }


def make_place_values(vault: Vault, place: SubmittedPlace | None) -> dict[str, Any]:
    if place is None:
        return {"private": False}
    exact = Point(round(place.latitude, 6), round(place.longitude, 6))
    shown = snap_to_grid(exact) if place.private else exact
    return {
        "private": place.private,
        "place_name": None if place.private else place.name,
        "address": None if place.private else place.address,
        "locality": place.locality,
        "region": place.region,
        "country": place.country,
        **shown._asdict(),
        "locked_place": _encrypt_place(vault, place) if place.private else None,
    }


def _encrypt_place(vault: Vault, place: SubmittedPlace) -> bytes:
    exact = place.model_dump(include={"name", "address", "latitude", "longitude"})
    return vault.encrypt(exact)
