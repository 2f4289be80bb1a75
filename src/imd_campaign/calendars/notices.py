"""What moderators have to know about events of calendars, as codes.

If a calendar cancels, drops or moves a published event, or changes it in a way that no change here
can hold, staff have to cancel or keep the event. One
that is kept has no such note until its entry changes again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.calendars import store
from imd_campaign.context import Context
from imd_campaign.errors import AlreadyDecided, NotFound
from imd_campaign.events import store as events
from imd_campaign.events.review_store import Waiting
from imd_campaign.pagination import PageRequest, Slice

Row = Mapping[Any, Any]
Note: TypeAlias = Literal[
    "new", "changed", "cancelled", "vanished", "different", "moved", "home", "duplicate"
]


@dataclass(frozen=True, slots=True)
class OtherEvent:
    id: str
    title: str
    lang: str


@dataclass(frozen=True, slots=True)
class Notice:
    event: str
    title: str
    lang: str
    starts_at: datetime
    group: str
    host: str
    notes: Sequence[Note]
    change: str | None
    """The proposed change, which "changed" is about."""

    likely_same: OtherEvent | None
    """The event that "duplicate" is about."""

    noted_at: datetime | None
    """Set if the event is public and staff have to cancel or keep it."""

    @property
    def version(self) -> str:
        """Identifies the notes that staff decide on; empty if there is nothing to decide."""
        return self.noted_at.isoformat() if self.noted_at else ""


def list_for_calendar(context: Context, calendar: str) -> Sequence[Notice]:
    """Return the events of a calendar about which a moderator has to decide or to know."""
    with context.database.read() as connection:
        if store.find(connection, calendar) is None:
            raise NotFound
        rows = store.list_with_events(connection, calendar)
    return [notice for notice in map(_make_notice, rows) if notice.notes]


def find_for_events(context: Context, ids: Collection[str]) -> Mapping[str, Notice]:
    """Return those of the events that come from a calendar, also without notes."""
    with context.database.read() as connection:
        rows = store.list_for_events(connection, ids)
    return {row["event"]: _make_notice(row) for row in rows}


def list_unsettled(context: Context, page_request: PageRequest) -> Slice[Notice]:
    """Return the published events that staff have to cancel or keep, the soonest first."""
    with context.database.read() as connection:
        part = store.list_unsettled(connection, page_request)
    return Slice([_make_notice(row) for row in part.items], part.next)


def measure_unsettled(context: Context) -> Waiting:
    with context.database.read() as connection:
        return store.measure_unsettled(connection)


def keep_event(context: Context, event: str, version: str, author: Author) -> None:
    """Settle the notes of a published event; raise if the author has seen other ones."""
    with context.database.write() as connection:
        events.lock(connection, event)
        found = next(map(_make_notice, store.list_for_events(connection, [event])), None)
        if found is None or found.noted_at is None or found.version != version:
            raise AlreadyDecided
        if not store.settle(connection, event, found.noted_at):
            raise AlreadyDecided
        audit.record(
            connection,
            now=author.now,
            actor=author.actor,
            action="event.keep",
            subject=event,
            reason=author.reason,
        )


def _make_notice(row: Row) -> Notice:
    notes = list(_list_notes(row))
    same = (row["same"], row["same_title"], row["same_lang"])
    return Notice(
        row["event"],
        row["title"],
        row["lang"],
        row["event_starts_at"].astimezone(ZoneInfo(row["time_zone"])),
        row["group"],
        row["host"],
        notes,
        row["change"],
        OtherEvent(*same) if "duplicate" in notes else None,
        row["noted_at"] if row["is_unsettled"] else None,
    )


def _list_notes(row: Row) -> Iterator[Note]:
    is_new = row["event_state"] == "pending_review"
    if not is_new and row["event_state"] != "public":
        return
    if is_new:
        yield "new"
    if row["change"]:
        yield "changed"
    if row["state"] in ("cancelled", "vanished", "different") and (is_new or row["is_unsettled"]):
        yield row["state"]
    if is_new and row["private"]:
        yield "home"
    if row["private"] and row["is_unsettled"] and not row["event_private"]:
        yield "moved"
    if row["same"]:
        yield "duplicate"
