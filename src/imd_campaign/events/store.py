from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import RowMapping, Select, bindparam, func, null, or_, select

from imd_campaign.db import Connection, delete_some, insert_rows, matches_any
from imd_campaign.events.filters import Filters
from imd_campaign.events.index import candidates
from imd_campaign.events.index import store as index_store
from imd_campaign.events.index.nearest import list_nearest
from imd_campaign.events.tables import attendances, event_changes, event_index, events
from imd_campaign.pagination import PageRequest, Slice, read_page

Row: TypeAlias = Mapping[Any, Any]

taken = (
    select(func.coalesce(func.sum(1 + attendances.c.guests), 0))
    .where(attendances.c.event == events.c.id, attendances.c.status == "accepted")
    .scalar_subquery()
    .label("taken")
)
no_chord = null().label("chord")
public_columns = events.c[
    "id",
    "state",
    "kind",
    "title",
    "description",
    "lang",
    "languages",
    "starts_at",
    "ends_at",
    "time_zone",
    "online",
    "url",
    "private",
    "place_name",
    "address",
    "locality",
    "region",
    "country",
    "latitude",
    "longitude",
    "host",
    "capacity",
    "updated_at",
    "revision",
]
# Who signed up while the place was public was promised that nobody reads their name.
is_revealed = (
    events.c.private.is_(True)
    & (events.c.made_private_at.is_(None) | (attendances.c.created_at > events.c.made_private_at))
).label("is_revealed")


# ------------------------------------------------------------------ reading


def list_public_events(
    connection: Connection, filters: Filters, page_request: PageRequest
) -> Slice[Row]:
    """Read a page of public events, by distance if the filters have a circle, else by start."""
    if filters.circle:
        nearest, following = list_nearest(connection, filters, filters.circle, page_request)
        chords = {number: chord for chord, number in nearest}
        return Slice(_read_events(connection, chords), following)
    return _list_in_order(connection, filters, candidates.BY_START, page_request)


def list_latest_events(
    connection: Connection, filters: Filters, page_request: PageRequest
) -> Slice[Row]:
    """Read a page of public events by their last change, the latest first."""
    return _list_in_order(connection, filters, candidates.BY_CHANGE, page_request)


def _list_in_order(
    connection: Connection, filters: Filters, order: candidates.Order, page_request: PageRequest
) -> Slice[Row]:
    numbers, next_key = candidates.list_in_order(connection, filters, order, page_request)
    return Slice(_read_events(connection, dict.fromkeys(numbers)), next_key)


def _read_events(connection: Connection, chords: Mapping[int, float | None]) -> Sequence[Row]:
    """Read events by their numbers in the index, in this order, and add their squared chords."""
    query = (
        select(*public_columns, taken, event_index.c.number)
        .join(event_index, event_index.c.event == events.c.id)
        .where(matches_any(connection, event_index.c.number, chords))
    )
    rows = {row["number"]: row for row in connection.execute(query).mappings().all()}
    return [{**rows[number], "chord": chord} for number, chord in chords.items() if number in rows]


def get(connection: Connection, event: str, states: Sequence[str]) -> RowMapping | None:
    query = select(events, taken, no_chord).where(events.c.id == event, events.c.state.in_(states))
    return connection.execute(query).mappings().one_or_none()


def list_by_id(connection: Connection, ids: Collection[str]) -> Mapping[str, RowMapping]:
    query = select(events).where(events.c.id.in_(ids))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def list_own(connection: Connection) -> Sequence[RowMapping]:
    """Return the organisation's own events: IDs of submitted ones have no separator."""
    is_own = or_(events.c.id.contains("-"), events.c.id.like(r"evt\_%\_%", escape="\\"))
    return connection.execute(select(events).where(is_own).order_by(events.c.id)).mappings().all()


def list_submitted_events(
    connection: Connection, state: str, page_request: PageRequest
) -> Slice[RowMapping]:
    query = select(events, taken, no_chord).where(events.c.state == state)
    return read_page(connection, query, (events.c.created_at, events.c.id), page_request)


# ------------------------------------------------------------------ writing


def add(connection: Connection, values: Row) -> None:
    add_all(connection, [values])


def add_all(connection: Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, events, _complete(rows))
    index_store.update(connection, [row["id"] for row in rows])


def lock(connection: Connection, event: str) -> RowMapping | None:
    """Return the event, locked until the transaction ends; SQLite locks the whole database."""
    query = select(events).where(events.c.id == event).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def lock_all(connection: Connection, ids: Collection[str]) -> Mapping[str, RowMapping]:
    """Lock events in the order of their ids, so that two transactions never wait for each other."""
    query = select(events).where(events.c.id.in_(ids)).order_by(events.c.id).with_for_update()
    return {row["id"]: row for row in connection.execute(query).mappings()}


def _complete(rows: Sequence[Row]) -> list[dict[str, Any]]:
    empty = {column.name: None for column in events.c if column.nullable}
    return [empty | dict(row) for row in rows]


def set_state(connection: Connection, event: str, state: str, now: datetime) -> None:
    change_event(connection, event, state=state, updated_at=now)


def change_published_event(connection: Connection, event: str, **values: Any) -> None:
    """Change what calendars have copied: they accept the copy with the highest revision."""
    change_event(connection, event, **values, revision=events.c.revision + 1)


def change_event(connection: Connection, event: str, **values: Any) -> None:
    connection.execute(events.update().where(events.c.id == event).values(values))
    if not index_store.INDEXED.isdisjoint(values):
        index_store.update(connection, [event])


def find_by_host_token(connection: Connection, token: bytes) -> RowMapping | None:
    query = select(events, taken, no_chord).where(events.c.host_token == token)
    return connection.execute(query).mappings().one_or_none()


def delete(connection: Connection, event: str) -> None:
    """Delete an event that nobody has signed up for."""
    index_store.remove(connection, event)
    connection.execute(events.delete().where(events.c.id == event))


def list_due_requests(connection: Connection, now: datetime, limit: int) -> Sequence[str]:
    """Return the events whose hosts have not been e-mailed about the newest requests."""
    query = select(events.c.id).where(events.c.requests_due_at <= now)
    return connection.execute(query.order_by(events.c.requests_due_at).limit(limit)).scalars().all()


def delete_past_guests(connection: Connection, before: date, limit: int) -> int:
    """Delete guests, hosts' e-mail addresses and private places of events that are long over."""
    past_events = events.c.last_day < before
    past_ids = select(events.c.id).where(past_events)
    is_past_guest = attendances.c.event.in_(past_ids)
    guests = delete_some(connection, attendances.c.id, is_past_guest, limit)
    is_past_change = event_changes.c.event.in_(past_ids)
    changes = delete_some(connection, event_changes.c.id, is_past_change, limit)
    has_personal_data = or_(events.c.locked_place.is_not(None), events.c.locked_host.is_not(None))
    chosen = select(events.c.id).where(past_events, has_personal_data).limit(limit)
    change = events.update().where(events.c.id.in_(chosen))
    cleared = connection.execute(
        change.values(locked_place=None, locked_host=None, host_token=None, host_mailbox=None)
    ).rowcount
    return max(guests, changes, cleared)


# ------------------------------------------------------------------ hosts


def list_hosted(connection: Connection, mailbox: bytes) -> Sequence[RowMapping]:
    query = select(events).where(events.c.host_mailbox == mailbox)
    return connection.execute(query.order_by(events.c.starts_at)).mappings().all()


def list_unfingerprinted_hosts(
    connection: Connection, after: str, limit: int
) -> Sequence[RowMapping]:
    """Return events of earlier versions, whose hosts cannot be found by their mailbox."""
    is_missing = events.c.host_mailbox.is_(None) & events.c.locked_host.is_not(None)
    query = select(events.c.id, events.c.locked_host).where(is_missing, events.c.id > after)
    return connection.execute(query.order_by(events.c.id).limit(limit)).mappings().all()


def set_host_mailboxes(connection: Connection, mailboxes: Mapping[str, bytes]) -> None:
    if not mailboxes:
        return
    statement = (
        events.update()
        .where(events.c.id == bindparam("event_id"), events.c.locked_host.is_not(None))
        .values(host_mailbox=bindparam("new_mailbox"))
    )
    rows = [{"event_id": id_, "new_mailbox": mailbox} for id_, mailbox in mailboxes.items()]
    connection.execute(statement, rows)


# ------------------------------------------------------------------ attendances


def count_taken_places(connection: Connection, event: str) -> int:
    query = select(func.coalesce(func.sum(1 + attendances.c.guests), 0)).where(
        attendances.c.event == event, attendances.c.status == "accepted"
    )
    return int(connection.execute(query).scalar_one())


def find_attendance(connection: Connection, event: str, fingerprint: bytes) -> RowMapping | None:
    query = select(attendances).where(
        attendances.c.event == event, attendances.c.fingerprint == fingerprint
    )
    return connection.execute(query).mappings().one_or_none()


def find_attending(
    connection: Connection, event_ids: Collection[str], fingerprints: Collection[bytes]
) -> Mapping[bytes, RowMapping]:
    query = select(attendances).where(
        attendances.c.event.in_(event_ids), attendances.c.fingerprint.in_(fingerprints)
    )
    return {row["fingerprint"]: row for row in connection.execute(query).mappings()}


def add_attendance(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(attendances.insert().values(values))


def get_attendance(connection: Connection, attendance: str) -> RowMapping | None:
    query = _select_attendances().where(attendances.c.id == attendance)
    return connection.execute(query).mappings().one_or_none()


def _select_attendances() -> Select[Any]:
    """Select guests, and `is_revealed`: whether the host and staff see who they are."""
    return select(attendances, is_revealed).join(events, events.c.id == attendances.c.event)


def list_attended_events(connection: Connection) -> Sequence[str]:
    """Return the events that have guests."""
    return connection.execute(select(attendances.c.event).distinct()).scalars().all()


def list_guests(connection: Connection, fingerprints: Collection[bytes]) -> Sequence[RowMapping]:
    query = select(attendances).where(attendances.c.fingerprint.in_(fingerprints))
    return connection.execute(query.order_by(attendances.c.created_at)).mappings().all()


def find_attendance_by_token(connection: Connection, token: bytes) -> RowMapping | None:
    query = select(attendances).where(attendances.c.token == token)
    return connection.execute(query).mappings().one_or_none()


def change_attendance(connection: Connection, attendance: str, **values: Any) -> None:
    change = attendances.update().where(attendances.c.id == attendance)
    connection.execute(change.values(values))


def delete_attendance(connection: Connection, attendance: str) -> None:
    connection.execute(attendances.delete().where(attendances.c.id == attendance))


def list_open_attendances(connection: Connection, event: str) -> Sequence[RowMapping]:
    query = select(attendances).where(
        attendances.c.event == event,
        attendances.c.status.in_(("requested", "accepted", "waiting")),
    )
    return connection.execute(query).mappings().all()


def list_waiting(connection: Connection, event: str) -> Sequence[RowMapping]:
    """Return those who wait for a place, in order of confirmation."""
    query = (
        select(attendances)
        .where(attendances.c.event == event, attendances.c.status == "waiting")
        .order_by(attendances.c.created_at, attendances.c.id)
    )
    return connection.execute(query).mappings().all()


def count_people(connection: Connection, event: str) -> Mapping[str, int]:
    """Count the people of each status, including those whom guests bring."""
    people = func.sum(1 + attendances.c.guests)
    query = (
        select(attendances.c.status, people)
        .where(attendances.c.event == event)
        .group_by(attendances.c.status)
    )
    return {status: int(count) for status, count in connection.execute(query)}


def list_attendances(
    connection: Connection, event: str | None, page_request: PageRequest
) -> Slice[RowMapping]:
    query = _select_attendances()
    if event:
        query = query.where(attendances.c.event == event)
    return read_page(connection, query, (attendances.c.created_at, attendances.c.id), page_request)


def list_revealed_attendances(
    connection: Connection, event: str, page_request: PageRequest
) -> Slice[RowMapping]:
    query = _select_attendances().where(attendances.c.event == event, is_revealed)
    return read_page(connection, query, (attendances.c.created_at, attendances.c.id), page_request)
