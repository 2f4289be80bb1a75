from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from imd_campaign.calendars.tables import calendar_entries, calendars
from imd_campaign.db import Connection, Row, delete_some
from imd_campaign.events.tables import events

MAX_COMPARED = 500


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(calendars).values(values))


def list_calendars(connection: Connection) -> Sequence[Row]:
    return connection.execute(select(calendars).order_by(calendars.c.created_at)).mappings().all()


def find(connection: Connection, calendar: str) -> Row | None:
    query = select(calendars).where(calendars.c.id == calendar)
    return connection.execute(query).mappings().first()


def is_followed(connection: Connection, fingerprint: bytes) -> bool:
    query = select(calendars.c.id).where(calendars.c.url_fingerprint == fingerprint)
    return connection.execute(query).first() is not None


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


def list_with_events(connection: Connection, calendar: str) -> Sequence[Row]:
    """Return the entries whose events are there, with what staff need to know about them."""
    columns = (events.c.title, events.c.state.label("event_state"), events.c.time_zone)
    query = (
        select(calendar_entries, *columns)
        .join(events, events.c.id == calendar_entries.c.event)
        .where(calendar_entries.c.calendar == calendar)
        .order_by(calendar_entries.c.starts_at, calendar_entries.c.event)
    )
    return connection.execute(query).mappings().all()


def list_events_on(
    connection: Connection, day: date, excluded: Collection[str] = ()
) -> Sequence[Row]:
    """Return the events of a day that are published or wait for a moderator."""
    query = select(events).where(
        events.c.first_day == day, events.c.state.in_(("pending_review", "public"))
    )
    rows = connection.execute(query.order_by(events.c.id).limit(MAX_COMPARED)).mappings().all()
    return [row for row in rows if row["id"] not in excluded]


def delete_past(connection: Connection, before: datetime, limit: int) -> int:
    is_past = calendar_entries.c.starts_at < before
    return delete_some(connection, calendar_entries.c.event, is_past, limit)
