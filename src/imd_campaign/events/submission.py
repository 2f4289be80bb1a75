"""Submit an event: check it, encrypt a private place, and queue it for review."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import Vault, new_id
from imd_campaign.errors import FieldError, InvalidBody
from imd_campaign.events import emails, store
from imd_campaign.events.geography import Point, snap_to_grid, to_vector
from imd_campaign.events.language_tags import join_tags
from imd_campaign.events.schemas import Submission, SubmissionReceipt, SubmittedPlace
from imd_campaign.events.search_text import fold
from imd_campaign.events.time_zones import (
    find_last_day,
    find_zone,
    has_zone_offset,
    to_local_day,
)

MAX_LEAD_TIME = timedelta(days=2 * 366)
MAX_DURATION = timedelta(days=31)
RECEIVED = "Thank you. We review every event before we publish it. We will e-mail you the result."


def submit(context: Context, submission: Submission) -> SubmissionReceipt:
    now = context.now()
    if errors := list(_find_errors(submission, now)):
        raise InvalidBody(*errors)
    event = make_row(context.vault, submission, now=now) | {"id": new_id("evt")}
    with context.database.write() as connection:
        store.add(connection, event)
        emails.email_host(context, connection, "received", event)
    context.wake_worker()
    return SubmissionReceipt(id=event["id"], state="pending_review", detail=RECEIVED)


def _find_errors(submission: Submission, now: datetime) -> Iterator[FieldError]:
    for field, message in (*_check_times(submission, now), *_check_place(submission)):
        yield FieldError("body", field, message)


def _check_times(submission: Submission, now: datetime) -> Iterator[tuple[str, str]]:
    zone = find_zone(submission.time_zone)
    starts_at, ends_at = submission.starts_at, submission.ends_at
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


def _check_place(submission: Submission) -> Iterator[tuple[str, str]]:
    if submission.kind == "online" and not submission.online:
        yield "online", "must be true for an event of the kind online."
    if submission.online and submission.url is None:
        yield "url", "is required for an online event."
    if submission.online and submission.place is not None:
        yield "place", "must be left out for an online event."
    if not submission.online and submission.place is None:
        yield "place", "is required unless the event is online."


def make_row(
    vault: Vault, submission: Submission, *, now: datetime, state: str = "pending_review"
) -> dict[str, Any]:
    languages = list(dict.fromkeys(submission.languages or [submission.lang]))
    zone = find_zone(submission.time_zone)
    if zone is None:
        raise ValueError("an unknown time zone")
    return {
        "state": state,
        "kind": submission.kind,
        "title": submission.title,
        "description": submission.description,
        "lang": submission.lang,
        "languages": languages,
        "starts_at": submission.starts_at,
        "ends_at": submission.ends_at,
        "time_zone": submission.time_zone,
        "first_day": to_local_day(submission.starts_at, zone),
        "last_day": find_last_day(submission.starts_at, submission.ends_at, zone),
        "online": submission.online,
        "url": submission.url,
        **_make_place_values(vault, submission.place),
        "host": submission.host.name,
        "locked_host": vault.encrypt({"email": submission.host.email}),
        "capacity": submission.capacity,
        "spoken": join_tags(languages),
        "search": _make_search_text(submission),
        "created_at": now,
        "updated_at": now,
    }


def _make_place_values(vault: Vault, place: SubmittedPlace | None) -> dict[str, Any]:
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
        **to_vector(shown)._asdict(),
        "locked_place": _encrypt_place(vault, place) if place.private else None,
    }


def _encrypt_place(vault: Vault, place: SubmittedPlace) -> bytes:
    exact = place.model_dump(include={"name", "address", "latitude", "longitude"})
    return vault.encrypt(exact)


def _make_search_text(submission: Submission) -> str:
    locality = submission.place.locality if submission.place else ""
    parts = (submission.title, submission.description, locality, submission.host.name)
    return fold("\n".join(parts))
