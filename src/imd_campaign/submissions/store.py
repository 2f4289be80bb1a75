from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from imd_campaign.db import Connection, Row, delete_some, make_upsert, upsert
from imd_campaign.submissions.lanes import Lane
from imd_campaign.submissions.tables import blocked_mailboxes, mailbox_uses, submissions

aliased_submissions = submissions.alias("others")


def add(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Return False if a submission has this idempotency key."""
    statement = _make_insert(connection.dialect.name)
    return connection.execute(statement, {"state": "accepted", **values}).first() is not None


@cache
def _make_insert(dialect: str) -> ReturningInsert[tuple[int]]:
    """Make the statement once: making it takes longer than running it."""
    insertion = make_upsert(dialect, submissions)
    new = insertion.on_conflict_do_nothing(index_elements=["idempotency_key"])
    return new.returning(submissions.c.id)


def find_request(connection: Connection, idempotency_key: bytes) -> bytes | None:
    query = select(submissions.c.request).where(submissions.c.idempotency_key == idempotency_key)
    request: bytes | None = connection.execute(query).scalar_one_or_none()
    return request


def count_waiting(connection: Connection, limit: int) -> int:
    """Count what waits for its e-mail, up to a limit; not what waits because of its mailbox."""
    waiting = select(submissions.c.id).where(
        submissions.c.state == "accepted", submissions.c.lane != Lane.HELD
    )
    counted = select(func.count()).select_from(waiting.limit(limit).subquery())
    return connection.execute(counted).scalar_one()


class LaneState(NamedTuple):
    waiting: int
    oldest_due_at: datetime


def measure_lanes(connection: Connection) -> Mapping[Lane, LaneState]:
    """Return what waits in each lane; lanes in which nothing waits are left out."""
    lane, due_at = submissions.c.lane, submissions.c.due_at
    query = (
        select(lane, func.count(), func.min(due_at))
        .where(submissions.c.state == "accepted")
        .group_by(lane)
    )
    return {Lane(row[0]): LaneState(row[1], row[2]) for row in connection.execute(query)}


def list_due(connection: Connection, now: datetime, limit: int) -> Sequence[Row]:
    """Return the oldest due submissions of each lane."""
    return connection.execute(_make_due_query(), {"now": now, "limit": limit}).mappings().all()


@cache
def _make_due_query() -> CompoundSelect[Any]:
    return union_all(*(_select_due(lane) for lane in Lane))


def _select_due(lane: Lane) -> Select[Any]:
    columns = [
        submissions.c[name] for name in ("mailbox", "network", "lane", "created_at", "due_at")
    ]
    due = (
        select(*columns)
        .where(
            submissions.c.state == "accepted",
            submissions.c.lane == lane,
            submissions.c.due_at <= bindparam("now"),
        )
        .order_by(submissions.c.due_at)
        .limit(bindparam("limit"))
    )
    return select(due.subquery())


def slow_down(connection: Connection, times: Mapping[tuple[bytes, bytes], datetime]) -> None:
    """Let what came from a network for a mailbox wait until these times."""
    if not times:
        return
    statement = (
        update(submissions)
        .where(
            submissions.c.mailbox == bindparam("its_mailbox"),
            submissions.c.network == bindparam("its_network"),
            submissions.c.state == "accepted",
            submissions.c.lane == Lane.NEW,
        )
        .values(due_at=bindparam("until"), lane=Lane.SLOW)
    )
    rows = [
        {"its_mailbox": mailbox, "its_network": network, "until": until}
        for (mailbox, network), until in times.items()
    ]
    connection.execute(statement, rows)


def list_unreminded(
    connection: Connection,
    kind: str,
    expires: tuple[datetime, datetime],
    after: int,
    limit: int,
) -> Sequence[Row]:
    """Return the newest of each mailbox that nobody was reminded of, by ID after another one."""
    reminded = aliased_submissions.c
    was_reminded = exists().where(
        reminded.mailbox == submissions.c.mailbox, reminded.reminded_at.is_not(None)
    )
    newest = (
        select(func.max(submissions.c.id))
        .where(
            submissions.c.state == "asked",
            submissions.c.kind == kind,
            submissions.c.expires_at.between(*expires),
            ~was_reminded,
        )
        .group_by(submissions.c.mailbox)
    )
    query = select(submissions).where(submissions.c.id.in_(newest), submissions.c.id > after)
    query = query.order_by(submissions.c.id).limit(limit)
    return connection.execute(query.with_for_update()).mappings().all()


def set_aside(connection: Connection, ids: Collection[int], until: datetime) -> None:
    """Take submissions that cannot be read out of the way of others, for some time."""
    damaged = update(submissions).where(submissions.c.id.in_(ids))
    connection.execute(damaged.values(state="damaged", due_at=until))


def retry_damaged(connection: Connection, now: datetime) -> None:
    is_due = (submissions.c.state == "damaged") & (submissions.c.due_at <= now)
    connection.execute(update(submissions).where(is_due).values(state="accepted"))


def end_repeated(connection: Connection, mailboxes: Collection[bytes]) -> None:
    """Of each mailbox, keep the newest form for each petition, event or poster.

    A form with a tagged address replaces only those with the same one: it may reach nobody.
    """
    accepted = _is_accepted(mailboxes)
    same = [submissions.c[name] for name in ("mailbox", "tagged", "kind", "target")]
    newest = select(func.max(submissions.c.id)).where(accepted).group_by(*same)
    repeated = update(submissions).where(accepted, submissions.c.id.not_in(newest))
    connection.execute(repeated.values(state="repeated", details=None))


def end_accepted(connection: Connection, mailboxes: Collection[bytes], state: str) -> None:
    ended = update(submissions).where(_is_accepted(mailboxes))
    connection.execute(ended.values(state=state, details=None))


def summarise_accepted(connection: Connection, until: datetime) -> Sequence[Any]:
    """Return the kinds of forms that wait since then or longer, with their number and times."""
    created_at = submissions.c.created_at
    query = select(submissions.c.kind, func.count(), func.min(created_at), func.max(created_at))
    waiting = query.where(submissions.c.state == "accepted", created_at <= until)
    grouped = waiting.group_by(submissions.c.kind).order_by(submissions.c.kind)
    return connection.execute(grouped).all()


def drop_accepted(connection: Connection, until: datetime) -> None:
    """End the forms that wait since then or longer; those who sent them get no e-mail."""
    is_waiting = (submissions.c.state == "accepted") & (submissions.c.created_at <= until)
    dropped = update(submissions).where(is_waiting)
    connection.execute(dropped.values(state="dropped", details=None))


def end_reminders(connection: Connection, until: datetime, now: datetime) -> None:
    """Treat the forms that were asked about until then as if they had been reminded of."""
    is_asked = (submissions.c.state == "asked") & (submissions.c.created_at <= until)
    is_unreminded = submissions.c.reminded_at.is_(None)
    connection.execute(update(submissions).where(is_asked, is_unreminded).values(reminded_at=now))


def postpone(connection: Connection, times: Mapping[bytes, datetime]) -> None:
    """Let all that waits for these mailboxes wait at least until these times."""
    if not times:
        return
    statement = (
        update(submissions)
        .where(
            submissions.c.mailbox == bindparam("its_mailbox"),
            submissions.c.state == "accepted",
            submissions.c.due_at < bindparam("until"),
        )
        .values(due_at=bindparam("until"), lane=Lane.HELD)
    )
    rows = [{"its_mailbox": mailbox, "until": until} for mailbox, until in times.items()]
    connection.execute(statement, rows)


def list_newest_accepted(
    connection: Connection, mailboxes: Collection[bytes], limit: int
) -> Sequence[Row]:
    """Return the newest of each kind for each mailbox, with and without a tag, newest first."""
    groups = (submissions.c.mailbox, submissions.c.kind, submissions.c.tagged.is_(None))
    place = func.row_number().over(partition_by=groups, order_by=submissions.c.id.desc())
    placed = (
        select(submissions.c.id, place.label("place")).where(_is_accepted(mailboxes)).subquery()
    )
    query = (
        select(submissions)
        .join(placed, placed.c.id == submissions.c.id)
        .where(placed.c.place <= limit)
        .order_by(submissions.c.id.desc())
    )
    return connection.execute(query).mappings().all()


def _is_accepted(mailboxes: Collection[bytes]) -> ColumnElement[bool]:
    return submissions.c.mailbox.in_(mailboxes) & (submissions.c.state == "accepted")


def change(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update submissions, each by its `id`; all have the same fields."""
    if not rows:
        return
    names = rows[0].keys() - {"id"}
    statement = (
        update(submissions)
        .where(submissions.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    values = [{"row_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    connection.execute(statement, values)


def find_by_token(
    connection: Connection, token: bytes, *, is_for_update: bool = False
) -> Row | None:
    query = select(submissions).where(submissions.c.token == token)
    query = query.with_for_update() if is_for_update else query
    return connection.execute(query).mappings().first()


def end_others(connection: Connection, row: Row, state: str, outcome: str | None) -> None:
    """End the other forms of a mailbox for the same petition or event."""
    is_open = submissions.c.state.in_(("accepted", "asked"))
    same = [submissions.c[name] == row[name] for name in ("mailbox", "kind", "target")]
    ended = update(submissions).where(*same, is_open)
    values = {"state": state, "details": None, "code": None, "outcome": outcome}
    connection.execute(ended.values(values))


def end_open(connection: Connection, mailbox: bytes, state: str) -> None:
    """End all that waits for a mailbox."""
    is_open = submissions.c.state.in_(("accepted", "asked"))
    ended = update(submissions).where(submissions.c.mailbox == mailbox, is_open)
    connection.execute(ended.values(state=state, details=None, code=None))


def list_open(connection: Connection, mailbox: bytes) -> Sequence[Row]:
    """Return what waits to be processed or confirmed."""
    is_open = submissions.c.state.in_(("accepted", "asked"))
    query = select(submissions).where(submissions.c.mailbox == mailbox, is_open)
    return connection.execute(query.order_by(submissions.c.id)).mappings().all()


def list_outcomes(connection: Connection, mailbox: bytes, kind: str) -> Sequence[str]:
    """Return what the confirmed forms of a mailbox have led to, as long as the forms are kept."""
    confirmed = (submissions.c.mailbox == mailbox) & (submissions.c.state == "confirmed")
    known = (submissions.c.kind == kind) & submissions.c.outcome.is_not(None)
    query = select(submissions.c.outcome).where(confirmed, known).distinct()
    return connection.execute(query).scalars().all()


def delete_confirmed(connection: Connection, mailbox: bytes, kind: str, target: str) -> None:
    """Delete the confirmed forms for something that has been withdrawn: their links end."""
    same = (submissions.c.kind == kind) & (submissions.c.target == target)
    confirmed = (submissions.c.mailbox == mailbox) & (submissions.c.state == "confirmed")
    connection.execute(delete(submissions).where(same, confirmed))


def delete_of_mailbox(connection: Connection, mailbox: bytes, kept_states: Sequence[str]) -> None:
    """Delete the submissions of a mailbox in any other state, and when it was used."""
    is_kept = submissions.c.state.in_(kept_states)
    connection.execute(delete(submissions).where(submissions.c.mailbox == mailbox, ~is_kept))
    connection.execute(delete(mailbox_uses).where(mailbox_uses.c.mailbox == mailbox))


def find_by_code(connection: Connection, code: bytes) -> Row | None:
    query = select(submissions).where(submissions.c.code == code)
    return connection.execute(query).mappings().first()


def delete_expired(connection: Connection, before: datetime, limit: int) -> int:
    """Keep what was rejected, without what was entered: its link can undo the rejection."""
    is_over = (submissions.c.created_at < before) & (submissions.c.state != "rejected")
    return delete_some(connection, submissions.c.id, is_over, limit)


def forget_networks(connection: Connection, before: datetime, limit: int) -> int:
    is_old = (submissions.c.created_at < before) & submissions.c.network.is_not(None)
    old = select(submissions.c.id).where(is_old).limit(limit)
    forgotten = update(submissions).where(submissions.c.id.in_(old)).values(network=None)
    return connection.execute(forgotten).rowcount


# ------------------------------------------------------------------ mailboxes


def record_uses(connection: Connection, mailboxes: Sequence[bytes], use: str, at: datetime) -> None:
    if mailboxes:
        rows = [{"mailbox": mailbox, "use": use, "used_at": at} for mailbox in mailboxes]
        connection.execute(insert(mailbox_uses), rows)


def list_uses(
    connection: Connection, mailboxes: Collection[bytes], use: str, since: datetime
) -> Mapping[bytes, Sequence[datetime]]:
    query = select(mailbox_uses.c.mailbox, mailbox_uses.c.used_at).where(
        mailbox_uses.c.mailbox.in_(mailboxes),
        mailbox_uses.c.use == use,
        mailbox_uses.c.used_at > since,
    )
    uses: dict[bytes, list[datetime]] = defaultdict(list)
    for row in connection.execute(query):
        uses[row.mailbox].append(row.used_at)
    return uses


def delete_old_uses(connection: Connection, before: datetime, limit: int) -> int:
    return delete_some(connection, mailbox_uses.c.id, mailbox_uses.c.used_at < before, limit)


def block(connection: Connection, mailbox: bytes, at: datetime) -> None:
    statement = upsert(connection, blocked_mailboxes).values(mailbox=mailbox, blocked_at=at)
    connection.execute(statement.on_conflict_do_nothing())


def unblock(connection: Connection, mailbox: bytes) -> bool:
    """Return False if the mailbox is not blocked."""
    removed = delete(blocked_mailboxes).where(blocked_mailboxes.c.mailbox == mailbox)
    return connection.execute(removed).rowcount == 1


def find_blocked(connection: Connection, mailboxes: Collection[bytes]) -> set[bytes]:
    query = select(blocked_mailboxes.c.mailbox).where(blocked_mailboxes.c.mailbox.in_(mailboxes))
    return set(connection.execute(query).scalars())
