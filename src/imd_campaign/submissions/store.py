from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

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
    accepted = (submissions.c.state == "accepted") & submissions.c.mailbox.in_(mailboxes)
    newest = (
        select(func.max(submissions.c.id))
        .where(accepted)
        .group_by(submissions.c.mailbox, submissions.c.kind, submissions.c.target)
    )
    repeated = update(submissions).where(accepted, submissions.c.id.not_in(newest))
    connection.execute(repeated.values(state="repeated", details=None))


def list_accepted(
    connection: Connection, mailboxes: Collection[bytes]
) -> Mapping[bytes, Sequence[Row]]:
    query = (
        select(submissions)
        .where(submissions.c.mailbox.in_(mailboxes), submissions.c.state == "accepted")
        .order_by(submissions.c.id)
    )
    by_mailbox: dict[bytes, list[Row]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        by_mailbox[row["mailbox"]].append(row)
    return by_mailbox


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


def find_by_token(connection: Connection, token: bytes) -> Row | None:
    query = select(submissions).where(submissions.c.token == token).with_for_update()
    return connection.execute(query).mappings().first()


def find_by_code(connection: Connection, code: bytes) -> Row | None:
    query = select(submissions).where(submissions.c.code == code)
    return connection.execute(query).mappings().first()


def delete_expired(connection: Connection, before: datetime) -> None:
    connection.execute(delete(submissions).where(submissions.c.created_at < before))


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
