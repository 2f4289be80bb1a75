from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from imd_campaign.db import Connection, Row
from imd_campaign.mail.tables import outbox


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(outbox).values(state="queued", attempts=0, **values))


def claim_due(connection: Connection, now: datetime, until: datetime, limit: int) -> Sequence[Row]:
    """Return due rows, postponed so that another worker retries them only if this one dies."""
    due = (
        select(outbox)
        .where(outbox.c.state == "queued", outbox.c.due_at <= now)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).mappings().all()
    claimed = outbox.c.id.in_([row["id"] for row in rows])
    connection.execute(
        update(outbox).where(claimed).values(due_at=until, attempts=outbox.c.attempts + 1)
    )
    return rows


def finish(connection: Connection, email_id: str, state: str, now: datetime) -> None:
    connection.execute(
        update(outbox).where(outbox.c.id == email_id).values(state=state, done_at=now, letter=None)
    )


def postpone(connection: Connection, email_id: str, until: datetime) -> None:
    connection.execute(update(outbox).where(outbox.c.id == email_id).values(due_at=until))


def delete_expired(connection: Connection, before: datetime) -> None:
    connection.execute(delete(outbox).where(outbox.c.state != "queued", outbox.c.done_at < before))
