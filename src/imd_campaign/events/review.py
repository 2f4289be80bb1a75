"""What a moderator sees: the exact place of a private home only when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import NotFound
from imd_campaign.events import change_store, review_store, store
from imd_campaign.events.attendance_moderation import make_attendance
from imd_campaign.events.event_changes import make_proposed_change
from imd_campaign.events.moderation import ANY_STATE
from imd_campaign.events.private_places import HIDEABLE_STATES
from imd_campaign.events.review_store import MAX_DUPLICATES, Waiting
from imd_campaign.events.schemas import Attendance, Event, Place, ProposedChange
from imd_campaign.events.search_text import fold
from imd_campaign.events.service import get_exact_place, make_event_with_area
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Queues:
    events: Waiting
    changes: Waiting
    guests: Waiting


@dataclass(frozen=True, slots=True)
class EventUnderReview:
    event: Event
    """With the host; of a private place, it has the area."""

    is_private: bool
    state: str
    submitted_at: datetime
    can_email_host: bool
    """False for events of calendars and of the organisation, and without a host's address."""

    @property
    def can_be_hidden(self) -> bool:
        is_shown = self.event.place is not None and not self.is_private
        return is_shown and self.state in HIDEABLE_STATES


@dataclass(frozen=True, slots=True)
class WaitingChange:
    id: str
    event_id: str
    title: str
    lang: str
    is_private: bool
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeUnderReview:
    event: Event
    is_private: bool
    proposed: ProposedChange = field(repr=False)
    """Without its place, if the event is at a private place."""

    has_new_place: bool
    can_email_host: bool


@dataclass(frozen=True, slots=True)
class WaitingGuest:
    id: str
    title: str
    lang: str
    people: int
    starts_at: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class GuestUnderReview:
    attendance: Attendance = field(repr=False)
    title: str
    lang: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedPlaces:
    """The exact places of an event and of a proposed change."""

    now: Place | None = field(repr=False)
    proposed: Place | None = field(repr=False, default=None)


def measure_queues(context: Context) -> Queues:
    with context.database.read() as connection:
        return Queues(
            review_store.measure_events(connection),
            review_store.measure_changes(connection),
            review_store.measure_guests(connection),
        )


# ------------------------------------------------------------------ events


def list_events(context: Context, state: str, page_request: PageRequest) -> Slice[EventUnderReview]:
    with context.database.read() as connection:
        part = store.list_submitted_events(connection, state, page_request)
    return Slice([_make_event(row) for row in part.items], part.next)


def get_event(context: Context, event_id: str) -> EventUnderReview:
    with context.database.read() as connection:
        return _make_event(_get_row(connection, event_id))


def list_duplicates(context: Context, event_id: str) -> Sequence[EventUnderReview]:
    """Return other events of the same day with the same town, title or link."""
    with context.database.read() as connection:
        row = _get_row(connection, event_id)
        similar = review_store.list_similar(connection, row)
    found = [other for other in similar if _is_similar(row, other)]
    return [_make_event(other) for other in found[:MAX_DUPLICATES]]


def _is_similar(one: Row, other: Row) -> bool:
    has_same_link = one["url"] is not None and one["url"] == other["url"]
    return has_same_link or any(
        one[name] and fold(one[name]) == fold(other[name] or "") for name in ("locality", "title")
    )


def find_next(context: Context, event_id: str) -> str | None:
    """Return the next event that waits, after this one."""
    with context.database.read() as connection:
        row = _get_row(connection, event_id)
        return review_store.find_next(connection, row["created_at"], event_id)


def open_event_place(context: Context, event_id: str, *, actor: str) -> OpenedPlaces:
    """Decrypt the exact place of a private event, and record who has seen it."""
    with context.database.write() as connection:
        row = _get_row(connection, event_id)
        _record_opening(context, connection, actor, event_id)
        return OpenedPlaces(get_exact_place(context, row))


def _record_opening(context: Context, connection: Connection, actor: str, event_id: str) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=actor,
        action="event.open-place",
        subject=event_id,
        reason="moderation",
    )


def _get_row(connection: Connection, event_id: str) -> Row:
    row = store.get(connection, event_id, ANY_STATE)
    if row is None:
        raise NotFound
    return row


def _make_event(row: Row) -> EventUnderReview:
    return EventUnderReview(
        make_event_with_area(row),
        row["private"],
        row["state"],
        row["created_at"],
        can_email_host=row["locked_host"] is not None,
    )


# ------------------------------------------------------------------ changes


def list_changes(context: Context, page_request: PageRequest) -> Slice[WaitingChange]:
    with context.database.read() as connection:
        part = review_store.list_changes(connection, page_request)
    return Slice([_make_waiting_change(row) for row in part.items], part.next)


def _make_waiting_change(row: Row) -> WaitingChange:
    return WaitingChange(
        row["change"], row["id"], row["title"], row["lang"], row["private"], row["proposed_at"]
    )


def get_change(context: Context, change_id: str) -> ChangeUnderReview:
    with context.database.read() as connection:
        row, change = _get_change_rows(connection, change_id)
    proposed = make_proposed_change(context, change)
    has_new_place = proposed.place != get_exact_place(context, row)
    if row["private"]:
        proposed = proposed.model_copy(update={"place": None})
    return ChangeUnderReview(
        make_event_with_area(row),
        row["private"],
        proposed,
        has_new_place,
        can_email_host=row["locked_host"] is not None,
    )


def open_change_places(context: Context, change_id: str, *, actor: str) -> OpenedPlaces:
    with context.database.write() as connection:
        row, change = _get_change_rows(connection, change_id)
        _record_opening(context, connection, actor, row["id"])
    return OpenedPlaces(get_exact_place(context, row), make_proposed_change(context, change).place)


def _get_change_rows(connection: Connection, change_id: str) -> tuple[Row, Row]:
    change = change_store.find(connection, change_id)
    if change is None:
        raise NotFound
    return _get_row(connection, change["event"]), change


# ------------------------------------------------------------------ guests


def list_guests(context: Context, page_request: PageRequest) -> Slice[WaitingGuest]:
    """Return who asks to come where staff decide, without names."""
    with context.database.read() as connection:
        part = review_store.list_guests(connection, page_request)
    return Slice([_make_waiting_guest(row) for row in part.items], part.next)


def _make_waiting_guest(row: Row) -> WaitingGuest:
    return WaitingGuest(
        row["id"], row["title"], row["lang"], 1 + row["guests"], _start(row), row["created_at"]
    )


def get_guest(context: Context, attendance_id: str) -> GuestUnderReview:
    with context.database.read() as connection:
        row = review_store.get_guest(connection, attendance_id)
    if row is None:
        raise NotFound
    return GuestUnderReview(make_attendance(context, row), row["title"], row["lang"], _start(row))


def _start(row: Row) -> datetime:
    moment: datetime = row["starts_at"].astimezone(ZoneInfo(row["time_zone"]))
    return moment
