from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update

from imd_campaign.calendars.tables import calendar_entries, calendars
from imd_campaign.db import Connection, Row, delete_some, upsert
from imd_campaign.events.review_store import Waiting
from imd_campaign.events.tables import event_changes, events
from imd_campaign.pagination import PageRequest, Slice, read_page

MAX_COMPARED = 500

same = events.alias()
# A published event that its calendar has cancelled, dropped, moved to a probable home, or changed
# in a way that no change here can hold.
is_unsettled = (
    calendar_entries.c.noted_at.is_not(None)
    & (events.c.state == "public")
    & ((calendar_entries.c.state != "followed") | (calendar_entries.c.private & ~events.c.private))
)


def add(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Add a calendar; return False if it is followed already."""
    statement = upsert(connection, calendars).values(values)
    added = statement.on_conflict_do_nothing(index_elements=["url_fingerprint"])
    return connection.execute(added.returning(calendars.c.id)).first() is not None


def list_calendars(connection: Connection) -> Sequence[Row]:
    return connection.execute(select(calendars).order_by(calendars.c.created_at)).mappings().all()


def find(connection: Connection, calendar: str) -> Row | None:
    query = select(calendars).where(calendars.c.id == calendar)
    return connection.execute(query).mappings().first()


def remove(connection: Connection, calendar: str) -> bool:
    connection.execute(delete(calendar_entries).where(calendar_entries.c.calendar == calendar))
    return connection.execute(delete(calendars).where(calendars.c.id == calendar)).rowcount == 1


def is_any_due(connection: Connection, now: datetime) -> bool:
    query = select(calendars.c.id).where(calendars.c.due_at <= now).limit(1)
    return connection.execute(query).first() is not None


def find_due(connection: Connection, now: datetime) -> Row | None:
    """Return the calendar that has been due longest, locked until the transaction ends."""
    query = select(calendars).where(calendars.c.due_at <= now).order_by(calendars.c.due_at)
    return connection.execute(query.limit(1).with_for_update()).mappings().first()


def lock(connection: Connection, calendar: str) -> Row | None:
    query = select(calendars).where(calendars.c.id == calendar).with_for_update()
    return connection.execute(query).mappings().first()


def change(connection: Connection, calendar: str, **values: Any) -> None:
    connection.execute(update(calendars).where(calendars.c.id == calendar).values(values))


# ------------------------------------------------------------------ entries


def list_entries(connection: Connection, calendar: str) -> Mapping[bytes, Row]:
    query = select(calendar_entries).where(calendar_entries.c.calendar == calendar)
    return {row["identity"]: row for row in connection.execute(query).mappings()}


def add_entry(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(calendar_entries).values(values))


def change_entry(connection: Connection, row: Mapping[Any, Any], **values: Any) -> None:
    is_same = calendar_entries.c.identity == row["identity"]
    connection.execute(update(calendar_entries).where(is_same).values(values))


def count_undecided(connection: Connection, calendar: str) -> int:
    query = (
        select(func.count())
        .select_from(calendar_entries.join(events, events.c.id == calendar_entries.c.event))
        .where(calendar_entries.c.calendar == calendar, events.c.state == "pending_review")
    )
    return connection.execute(query).scalar_one()


def replace_event(connection: Connection, old: str, new: str) -> None:
    """Let entries that are probably the same as an event refer to the one that takes its place."""
    is_same = calendar_entries.c.duplicate_of == old
    connection.execute(update(calendar_entries).where(is_same).values(duplicate_of=new))


def list_events_on(
    connection: Connection, day: date, excluded: Collection[str] = ()
) -> Sequence[Row]:
    """Return the events of a day that are published or wait for a moderator."""
    query = select(events).where(
        events.c.first_day == day, events.c.state.in_(("pending_review", "public"))
    )
    rows = connection.execute(query.order_by(events.c.id).limit(MAX_COMPARED)).mappings().all()
    return [row for row in rows if row["id"] not in excluded]


# ------------------------------------------------------------------ notices


def list_with_events(connection: Connection, calendar: str) -> Sequence[Row]:
    """Return the entries whose events are there, with what staff need to know about them."""
    query = _select_notices().where(calendar_entries.c.calendar == calendar)
    order = (calendar_entries.c.starts_at, calendar_entries.c.event)
    return connection.execute(query.order_by(*order)).mappings().all()


def list_for_events(connection: Connection, ids: Collection[str]) -> Sequence[Row]:
    query = _select_notices().where(calendar_entries.c.event.in_(ids))
    return connection.execute(query).mappings().all()


def list_unsettled(connection: Connection, page_request: PageRequest) -> Slice[Row]:
    key = (calendar_entries.c.starts_at, calendar_entries.c.event)
    return read_page(connection, _select_notices().where(is_unsettled), key, page_request)


def measure_unsettled(connection: Connection) -> Waiting:
    query = (
        select(func.count(), func.min(calendar_entries.c.noted_at))
        .join(events, events.c.id == calendar_entries.c.event)
        .where(is_unsettled)
    )
    return Waiting(*connection.execute(query).one())


def settle(connection: Connection, event: str, noted_at: datetime) -> bool:
    """Return False if nothing was noted then, or if it has been decided."""
    is_noted = (calendar_entries.c.event == event) & (calendar_entries.c.noted_at == noted_at)
    return (
        connection.execute(update(calendar_entries).where(is_noted).values(noted_at=None)).rowcount
        == 1
    )


def _select_notices() -> Select[Any]:
    event = (events.c.title, events.c.lang, events.c.time_zone)
    renamed: dict[str, ColumnElement[Any]] = {
        "event_state": events.c.state,
        "event_private": events.c.private,
        "event_starts_at": events.c.starts_at,
        "group": calendars.c.name,
        "change": event_changes.c.id,
        "same": same.c.id,
        "same_title": same.c.title,
        "same_lang": same.c.lang,
        "is_unsettled": is_unsettled,
    }
    labels = (column.label(name) for name, column in renamed.items())
    return (
        select(calendar_entries, *event, calendars.c.host, *labels)
        .join(events, events.c.id == calendar_entries.c.event)
        .join(calendars, calendars.c.id == calendar_entries.c.calendar)
        .outerjoin(event_changes, event_changes.c.event == events.c.id)
        .outerjoin(same, same.c.id == calendar_entries.c.duplicate_of)
    )


def delete_past(connection: Connection, before: datetime, limit: int) -> int:
    is_past = calendar_entries.c.starts_at < before
    return delete_some(connection, calendar_entries.c.event, is_past, limit)
