from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.submissions.tables import blocked_mailboxes, mailbox_uses, submissions


def add(connection: Connection, values: Mapping[str, Any]) -> bool:
    """Return False if a submission has this idempotency key."""
    statement = (
        upsert(connection, submissions)
        .values(state="accepted", **values)
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(submissions.c.id)
    )
    return connection.execute(statement).first() is not None


def find_request(connection: Connection, idempotency_key: bytes) -> bytes | None:
    query = select(submissions.c.request).where(submissions.c.idempotency_key == idempotency_key)
    request: bytes | None = connection.execute(query).scalar_one_or_none()
    return request


def count_accepted(connection: Connection, limit: int) -> int:
    accepted = select(submissions.c.id).where(submissions.c.state == "accepted").limit(limit)
    return connection.execute(select(func.count()).select_from(accepted.subquery())).scalar_one()


def find_due_mailboxes(connection: Connection, now: datetime, limit: int) -> Sequence[bytes]:
    due = (
        select(submissions.c.mailbox)
        .where(submissions.c.state == "accepted", submissions.c.due_at <= now)
        .order_by(submissions.c.due_at)
        .limit(limit)
    )
    return list(dict.fromkeys(connection.execute(due).scalars()))


def end_repeated(connection: Connection, mailboxes: Collection[bytes]) -> None:
    """Of each mailbox, keep the newest form for each petition, event or poster."""
    accepted = _is_accepted(mailboxes)
    newest = (
        select(func.max(submissions.c.id))
        .where(accepted)
        .group_by(submissions.c.mailbox, submissions.c.kind, submissions.c.target)
    )
    repeated = update(submissions).where(accepted, submissions.c.id.not_in(newest))
    connection.execute(repeated.values(state="repeated", details=None))


def end_accepted(connection: Connection, mailboxes: Collection[bytes], state: str) -> None:
    ended = update(submissions).where(_is_accepted(mailboxes))
    connection.execute(ended.values(state=state, details=None))


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
        .values(due_at=bindparam("until"))
    )
    rows = [{"its_mailbox": mailbox, "until": until} for mailbox, until in times.items()]
    connection.execute(statement, rows)


def list_newest_accepted(
    connection: Connection, mailboxes: Collection[bytes], limit: int
) -> Sequence[Row]:
    """Return the newest of each kind for each mailbox, newest first."""
    place = func.row_number().over(
        partition_by=(submissions.c.mailbox, submissions.c.kind), order_by=submissions.c.id.desc()
    )
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


def find_by_code(connection: Connection, code: bytes) -> Row | None:
    query = select(submissions).where(submissions.c.code == code)
    return connection.execute(query).mappings().first()


def delete_expired(connection: Connection, before: datetime) -> None:
    """Keep what was rejected, without what was entered: its link can undo the rejection."""
    is_over = (submissions.c.created_at < before) & (submissions.c.state != "rejected")
    connection.execute(delete(submissions).where(is_over))


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


def delete_old_uses(connection: Connection, before: datetime) -> None:
    connection.execute(delete(mailbox_uses).where(mailbox_uses.c.used_at < before))


def block(connection: Connection, mailbox: bytes, at: datetime) -> None:
    statement = upsert(connection, blocked_mailboxes).values(mailbox=mailbox, blocked_at=at)
    connection.execute(statement.on_conflict_do_nothing())


def unblock(connection: Connection, mailbox: bytes) -> None:
    connection.execute(delete(blocked_mailboxes).where(blocked_mailboxes.c.mailbox == mailbox))


def find_blocked(connection: Connection, mailboxes: Collection[bytes]) -> set[bytes]:
    query = select(blocked_mailboxes.c.mailbox).where(blocked_mailboxes.c.mailbox.in_(mailboxes))
    return set(connection.execute(query).scalars())
