"""What waits for moderators: counts, lists without personal data, and likely duplicates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from imd_campaign.db import Connection
from imd_campaign.events.store import is_revealed, no_chord, taken
from imd_campaign.events.tables import attendances, event_changes, events
from imd_campaign.pagination import PageRequest, Slice, read_page

MAX_DUPLICATES = 20
MAX_SIMILAR = 200

# Staff decide on guests where no host can: at private places whose host has no link.
is_staff_run = (
    events.c.private.is_(True) & events.c.locked_host.is_(None) & (events.c.state == "public")
)
is_undecided = attendances.c.status == "requested"


class Waiting(NamedTuple):
    total: int
    oldest_at: datetime | None


def measure_events(connection: Connection) -> Waiting:
    query = select(func.count(), func.min(events.c.created_at))
    return Waiting(*connection.execute(query.where(events.c.state == "pending_review")).one())


def measure_changes(connection: Connection) -> Waiting:
    query = select(func.count(), func.min(event_changes.c.created_at))
    return Waiting(*connection.execute(query).one())


def measure_guests(connection: Connection) -> Waiting:
    query = (
        select(func.count(), func.min(attendances.c.created_at))
        .join(events, events.c.id == attendances.c.event)
        .where(is_staff_run, is_undecided)
    )
    return Waiting(*connection.execute(query).one())


def list_changes(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    """Return the events with proposed changes, without what is proposed."""
    change = event_changes.c
    change_id, proposed_at = change.id.label("change"), change.created_at.label("proposed_at")
    shown = (events.c[name] for name in ("id", "title", "lang", "private"))
    query = select(change_id, proposed_at, *shown).join(events, events.c.id == change.event)
    return read_page(connection, query, (proposed_at, change_id), page_request)


def list_guests(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    query = _select_guests().where(is_staff_run, is_undecided)
    key = (attendances.c.created_at, attendances.c.id)
    return read_page(connection, query, key, page_request)


def get_guest(connection: Connection, attendance: str) -> RowMapping | None:
    query = _select_guests().where(is_staff_run, is_revealed, attendances.c.id == attendance)
    return connection.execute(query).mappings().one_or_none()


def _select_guests() -> Select[Any]:
    event = (events.c.title, events.c.lang, events.c.starts_at, events.c.time_zone)
    return select(attendances, is_revealed, *event).join(events, events.c.id == attendances.c.event)


def find_next(connection: Connection, submitted_at: datetime, event_id: str) -> str | None:
    """Return the event that waits longest after another one, or the one that waits longest."""
    pending = events.c.state == "pending_review"
    is_later = (events.c.created_at > submitted_at) | (
        (events.c.created_at == submitted_at) & (events.c.id > event_id)
    )
    for condition in (pending & is_later, pending & (events.c.id != event_id)):
        if found := _find_first(connection, condition):
            return found
    return None


def _find_first(connection: Connection, condition: ColumnElement[bool]) -> str | None:
    query = select(events.c.id).where(condition).order_by(events.c.created_at, events.c.id)
    found: str | None = connection.execute(query.limit(1)).scalar_one_or_none()
    return found


def list_similar(connection: Connection, event: Mapping[Any, Any]) -> Sequence[RowMapping]:
    """Return other events of the same day and country that are pending or public."""
    where = [
        events.c.id != event["id"],
        events.c.first_day == event["first_day"],
        events.c.state.in_(("pending_review", "public")),
        events.c.online.is_(event["online"]),
    ]
    if event["country"] is not None:
        where.append(events.c.country == event["country"])
    query = select(events, taken, no_chord).where(*where).order_by(events.c.created_at)
    return connection.execute(query.limit(MAX_SIMILAR)).mappings().all()
