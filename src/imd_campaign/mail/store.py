from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from imd_campaign.db import Connection, Row, delete_some
from imd_campaign.mail.tables import outbox

# Made once: making a statement takes longer than running it.
HAND_OVER = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("its_id"),
        outbox.c.lease == bindparam("its_lease"),
        outbox.c.state == "queued",
        outbox.c.handed_over_at.is_(None),
    )
    .values(handed_over_at=bindparam("handed_over_at"))
)
FINISH = (
    update(outbox)
    .where(outbox.c.id == bindparam("its_id"))
    .values(
        state=bindparam("state"),
        done_at=bindparam("done_at"),
        message=None,
        lease=None,
        leased_until=None,
    )
)


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(outbox).values(state="queued", attempts=0), rows)


def claim_due(
    connection: Connection, lease: str, now: datetime, until: datetime, limit: int
) -> Sequence[Row]:
    """Lease e-mails that are due to one worker, the most urgent first."""
    is_free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)
    due = (
        select(outbox)
        .where(outbox.c.state == "queued", outbox.c.due_at <= now, is_free)
        .where(outbox.c.handed_over_at.is_(None))
        .order_by(outbox.c.priority, outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).mappings().all()
    if rows:
        claimed = outbox.c.id.in_([row["id"] for row in rows])
        connection.execute(update(outbox).where(claimed).values(lease=lease, leased_until=until))
    return rows


def renew(connection: Connection, lease: str, until: datetime) -> None:
    connection.execute(_update_leased(lease).values(leased_until=until))


def release(connection: Connection, lease: str, due_at: datetime) -> None:
    """Give back what was leased and not handed over."""
    held = _update_leased(lease).where(outbox.c.handed_over_at.is_(None))
    connection.execute(held.values(lease=None, leased_until=None, due_at=due_at))


def release_abandoned(connection: Connection) -> None:
    """Free the e-mails of all other senders, except those that a mail server may have got."""
    is_claimed = (outbox.c.state == "queued") & outbox.c.lease.is_not(None)
    abandoned = update(outbox).where(is_claimed, outbox.c.handed_over_at.is_(None))
    connection.execute(abandoned.values(lease=None, leased_until=None))


def hand_over(connection: Connection, lease: str, email_id: str, now: datetime) -> bool:
    """Record that a mail server is about to get an e-mail; False if the lease was lost."""
    values = {"its_lease": lease, "its_id": email_id, "handed_over_at": now}
    return connection.execute(HAND_OVER, values).rowcount == 1


def finish(connection: Connection, email_id: str, state: str, now: datetime) -> None:
    connection.execute(FINISH, {"its_id": email_id, "state": state, "done_at": now})


def mark_bounced(connection: Connection, email_id: str, now: datetime) -> bytes | None:
    """Return the fingerprint of the address; None if nothing is known, or it has bounced before."""
    bounced = (
        update(outbox)
        .where(
            outbox.c.id == email_id,
            outbox.c.handed_over_at.is_not(None),
            outbox.c.bounced_at.is_(None),
        )
        .values(bounced_at=now)
        .returning(outbox.c.address)
    )
    address: bytes | None = connection.execute(bounced).scalar_one_or_none()
    return address


def get_address(connection: Connection, email_id: str) -> bytes | None:
    query = select(outbox.c.address).where(outbox.c.id == email_id)
    address: bytes | None = connection.execute(query).scalar_one_or_none()
    return address


def count_states(connection: Connection) -> Mapping[str, int]:
    query = select(outbox.c.state, func.count().label("emails")).group_by(outbox.c.state)
    return {row.state: row.emails for row in connection.execute(query)}


def count_bounced(connection: Connection) -> int:
    query = select(func.count()).where(outbox.c.bounced_at.is_not(None))
    return connection.execute(query).scalar_one()


def postpone(
    connection: Connection, lease: str, email_id: str, until: datetime, priority: int | None = None
) -> None:
    """Try an e-mail again later, unless it is leased to another worker by now."""
    values = {
        "due_at": until,
        "priority": outbox.c.priority if priority is None else priority,
        "attempts": outbox.c.attempts + 1,
        "lease": None,
        "leased_until": None,
        "handed_over_at": None,
    }
    connection.execute(_update_leased(lease).where(outbox.c.id == email_id).values(values))


def finish_abandoned(connection: Connection, now: datetime) -> Sequence[Row]:
    """E-mails of a stopped worker that a mail server may have got: they are not sent again."""
    abandoned = (
        update(outbox)
        .where(outbox.c.state == "queued", outbox.c.leased_until <= now)
        .where(outbox.c.handed_over_at.is_not(None))
        .values(state="unknown", done_at=now, message=None, lease=None, leased_until=None)
        .returning(outbox.c.id, outbox.c.kind)
    )
    return connection.execute(abandoned).mappings().all()


def list_addresses(connection: Connection, mailbox: bytes) -> Collection[bytes]:
    """Return the fingerprints of the addresses with which e-mails were sent to a mailbox."""
    is_known = (outbox.c.mailbox == mailbox) & outbox.c.address.is_not(None)
    return connection.execute(select(outbox.c.address).where(is_known).distinct()).scalars().all()


def delete_waiting(connection: Connection, mailbox: bytes, kinds: Collection[str]) -> None:
    """Delete the e-mails of these kinds that wait for a mailbox."""
    unwanted = delete(outbox).where(_is_waiting(mailbox), outbox.c.kind.in_(kinds))
    connection.execute(unwanted)


def erase_mailbox(connection: Connection, mailbox: bytes) -> None:
    """Delete the e-mails that wait for a mailbox, and keep of the others only that they were sent.

    An e-mail that a mail server is just getting does not wait any more.
    """
    connection.execute(delete(outbox).where(_is_waiting(mailbox)))
    rest = update(outbox).where(outbox.c.mailbox == mailbox)
    connection.execute(rest.values(mailbox=None, address=None))


def count_queued(connection: Connection, below_priority: int, limit: int) -> int:
    """Count e-mails that are more urgent than a priority, up to a limit."""
    queued = select(outbox.c.id).where(
        outbox.c.state == "queued", outbox.c.priority < below_priority
    )
    counted = select(func.count()).select_from(queued.limit(limit).subquery())
    return connection.execute(counted).scalar_one()


class QueueState(NamedTuple):
    waiting: int
    oldest_untried_at: datetime | None


def measure_queue(connection: Connection) -> QueueState:
    """Return how long e-mails wait: while no mail server takes any, none is tried."""
    is_untried = outbox.c.attempts == 0
    query = select(func.count(), func.min(case((is_untried, outbox.c.created_at)))).where(
        outbox.c.state == "queued"
    )
    waiting, oldest = connection.execute(query).one()
    return QueueState(waiting, oldest)


def summarise_queued(connection: Connection, until: datetime) -> Sequence[Any]:
    """Return the kinds of e-mails that were queued until then, with their number and times."""
    created_at = outbox.c.created_at
    query = select(outbox.c.kind, func.count(), func.min(created_at), func.max(created_at))
    queued = query.where(outbox.c.state == "queued", created_at <= until)
    return connection.execute(queued.group_by(outbox.c.kind).order_by(outbox.c.kind)).all()


def drop_queued(connection: Connection, until: datetime, now: datetime) -> None:
    """End the e-mails that were queued until then; a mail server may have got some of them."""
    dropped = update(outbox).where(outbox.c.state == "queued", outbox.c.created_at <= until)
    values = {"state": "dropped", "done_at": now, "message": None}
    connection.execute(dropped.values(**values, lease=None, leased_until=None))


def list_waiting(connection: Connection) -> Sequence[Row]:
    """Return what waits by kind: how many, how many were tried, since when, and the next attempt.

    E-mails that were never tried have been due since they were queued.
    """
    is_tried = outbox.c.attempts > 0
    query = (
        select(
            outbox.c.kind,
            func.count().label("waiting"),
            func.count(case((is_tried, 1))).label("tried"),
            func.min(outbox.c.created_at).label("oldest_at"),
            func.min(case((is_tried, outbox.c.due_at))).label("next_attempt_at"),
        )
        .where(outbox.c.state == "queued")
        .group_by(outbox.c.kind)
        .order_by(func.count().desc(), outbox.c.kind)
    )
    return connection.execute(query).mappings().all()


def retry_now(connection: Connection, now: datetime) -> int:
    """Let e-mails that could not be delivered be tried again at once; return how many."""
    is_postponed = (outbox.c.state == "queued") & (outbox.c.attempts > 0) & (outbox.c.due_at > now)
    retried = update(outbox).where(is_postponed, outbox.c.lease.is_(None))
    return connection.execute(retried.values(due_at=now)).rowcount


def delete_expired(connection: Connection, before: datetime, limit: int) -> int:
    is_over = (outbox.c.state != "queued") & (outbox.c.done_at < before)
    return delete_some(connection, outbox.c.id, is_over, limit)


def _is_waiting(mailbox: bytes) -> ColumnElement[bool]:
    is_waiting = (outbox.c.state == "queued") & outbox.c.handed_over_at.is_(None)
    return (outbox.c.mailbox == mailbox) & is_waiting


def _update_leased(lease: str) -> Update:
    return update(outbox).where(outbox.c.lease == lease, outbox.c.state == "queued")
