from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
)

from imd_campaign.db import Connection, delete_some, round_down, upsert
from imd_campaign.events import language_tags, search_text
from imd_campaign.events.clusters import CellPart, SingleEvent
from imd_campaign.events.filters import Filters
from imd_campaign.events.geography import Box, Circle, Point, to_squared_chord, to_vector
from imd_campaign.events.tables import attendances, event_changes, events
from imd_campaign.pagination import PageRequest, Slice, read_page

Condition: TypeAlias = ColumnElement[bool]

taken = (
    select(func.coalesce(func.sum(1 + attendances.c.guests), 0))
    .where(attendances.c.event == events.c.id, attendances.c.status == "accepted")
    .scalar_subquery()
    .label("taken")
)
no_chord = null().label("chord")


# ------------------------------------------------------------------ reading


def list_public_events(
    connection: Connection, filters: Filters, page_request: PageRequest
) -> Slice[RowMapping]:
    if filters.circle:
        return _list_nearest(connection, filters, filters.circle, page_request)
    return _list_soonest(connection, filters, page_request)


def _list_soonest(
    connection: Connection, filters: Filters, page_request: PageRequest
) -> Slice[RowMapping]:
    query = select(events, taken, no_chord).where(*_match_public(filters))
    return read_page(connection, query, (events.c.starts_at, events.c.id), page_request)


def list_latest_events(
    connection: Connection, filters: Filters, page_request: PageRequest
) -> Slice[RowMapping]:
    """List public events by their last change, the latest first."""
    query = select(events, taken, no_chord).where(*_match_public(filters))
    key = (events.c.updated_at, events.c.id)
    return read_page(connection, query, key, page_request, descending=True)


def _list_nearest(
    connection: Connection, filters: Filters, circle: Circle, page_request: PageRequest
) -> Slice[RowMapping]:
    chord = _chord(circle).label("chord")
    query = select(events, taken, chord).where(*_match_public(filters))
    return read_page(connection, query, (chord, events.c.id), page_request)


def _chord(circle: Circle) -> ColumnElement[float]:
    x, y, z = to_vector(circle.centre)
    east, north, up = events.c.x - x, events.c.y - y, events.c.z - z
    return east * east + north * north + up * up


def list_cells(connection: Connection, filters: Filters, degrees: float) -> list[CellPart]:
    """Let the database aggregate the events: there are far fewer cells than events."""
    row = round_down(connection, (events.c.latitude + 90) / degrees).label("row")
    column = round_down(connection, (events.c.longitude + 180) / degrees).label("column")
    by = (row, column, events.c.country, events.c.locality)
    query = select(*by, *_make_sums()).group_by(*by)
    query = query.where(*_match_public(filters), events.c.latitude.is_not(None))
    return [_make_part(found) for found in connection.execute(query).mappings()]


def _make_sums() -> Iterable[ColumnElement[Any]]:
    yield func.count().label("count")
    for name in ("latitude", "longitude"):
        column = events.c[name]
        yield func.sum(column).label(name)
        yield func.min(column).label(f"{name}_min")
        yield func.max(column).label(f"{name}_max")
    for name in ("id", "title", "lang"):
        yield func.min(events.c[name]).label(name)
    yield func.max(case((events.c.private, 1), else_=0)).label("private")


def _make_part(row: RowMapping) -> CellPart:
    single_event = SingleEvent(row["id"], row["title"], row["lang"], bool(row["private"]))
    return CellPart(
        cell=(row["row"], row["column"]),
        locality=row["locality"],
        country=row["country"],
        count=row["count"],
        summed=Point(row["latitude"], row["longitude"]),
        box=Box(
            row["longitude_min"], row["latitude_min"], row["longitude_max"], row["latitude_max"]
        ),
        single_event=single_event if row["count"] == 1 else None,
    )


def _match_public(filters: Filters) -> list[Condition]:
    wanted = [events.c.state == "public", *_match_place(filters), *_match_days(filters)]
    if filters.kinds:
        wanted.append(events.c.kind.in_(filters.kinds))
    if filters.languages:
        wanted.append(
            or_(
                *(events.c.spoken.contains(language_tags.delimit(tag)) for tag in filters.languages)
            )
        )
    wanted += [_match_word(word) for word in filters.words]
    return wanted


def _match_place(filters: Filters) -> Iterable[Condition]:
    if filters.box:
        yield _match_box(filters.box)
    if filters.circle:
        yield _chord(filters.circle) <= to_squared_chord(filters.circle.radius_km)
    if filters.countries:
        yield events.c.country.in_(filters.countries)
    if filters.online is not None:
        yield events.c.online.is_(filters.online)


def _match_box(box: Box) -> Condition:
    spans = (events.c.longitude.between(west, east) for west, east in box.longitude_ranges())
    return and_(events.c.latitude.between(box.south, box.north), or_(*spans))


def _match_days(filters: Filters) -> Iterable[Condition]:
    if filters.first:
        yield events.c.last_day >= filters.first
    if filters.last:
        yield events.c.first_day <= filters.last


def _match_word(word: str) -> Condition:
    return events.c.search.like(search_text.make_like_pattern(word), escape="\\")


def get(connection: Connection, event: str, states: Sequence[str]) -> RowMapping | None:
    query = select(events, taken, no_chord).where(events.c.id == event, events.c.state.in_(states))
    return connection.execute(query).mappings().one_or_none()


def list_by_id(connection: Connection, ids: Collection[str]) -> Mapping[str, RowMapping]:
    query = select(events).where(events.c.id.in_(ids))
    return {row["id"]: row for row in connection.execute(query).mappings()}


def list_submitted_events(
    connection: Connection, state: str, page_request: PageRequest
) -> Slice[RowMapping]:
    query = select(events, taken, no_chord).where(events.c.state == state)
    return read_page(connection, query, (events.c.created_at, events.c.id), page_request)


# ------------------------------------------------------------------ writing


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(events.insert().values(values))


def add_missing(connection: Connection, values: Mapping[str, Any]) -> None:
    statement = upsert(connection, events).values(**values)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def lock(connection: Connection, event: str) -> RowMapping | None:
    """Return the event, locked until the transaction ends; SQLite locks the whole database."""
    query = select(events).where(events.c.id == event).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def lock_all(connection: Connection, ids: Collection[str]) -> Mapping[str, RowMapping]:
    """Lock events in the order of their ids, so that two transactions never wait for each other."""
    query = select(events).where(events.c.id.in_(ids)).order_by(events.c.id).with_for_update()
    return {row["id"]: row for row in connection.execute(query).mappings()}


def set_state(connection: Connection, event: str, state: str, now: datetime) -> None:
    change_event(connection, event, state=state, updated_at=now)


def change_published_event(connection: Connection, event: str, **values: Any) -> None:
    """Change what calendars have copied: they accept the copy with the highest revision."""
    change_event(connection, event, **values, revision=events.c.revision + 1)


def change_event(connection: Connection, event: str, **values: Any) -> None:
    connection.execute(events.update().where(events.c.id == event).values(values))


def find_by_host_token(connection: Connection, token: bytes) -> RowMapping | None:
    query = select(events, taken, no_chord).where(events.c.host_token == token)
    return connection.execute(query).mappings().one_or_none()


def delete(connection: Connection, event: str) -> None:
    """Delete an event that nobody has signed up for."""
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
    query = select(attendances).where(attendances.c.id == attendance)
    return connection.execute(query).mappings().one_or_none()


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
    query = select(attendances, events.c.private).join(events, events.c.id == attendances.c.event)
    if event:
        query = query.where(attendances.c.event == event)
    return read_page(connection, query, (attendances.c.created_at, attendances.c.id), page_request)
