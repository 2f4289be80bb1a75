from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from imd_campaign.db import Connection, Row, delete_some, upsert
from imd_campaign.idempotency.tables import idempotent_requests as requests


def claim(connection: Connection, **values: Any) -> bool:
    """Return whether this request is the first with its key."""
    statement = (
        upsert(connection, requests)
        .values(values)
        .on_conflict_do_nothing()
        .returning(requests.c.lease)
    )
    return connection.execute(statement).first() is not None


def find(connection: Connection, key: bytes) -> Row | None:
    found = select(requests).where(requests.c.key == key).with_for_update()
    return connection.execute(found).mappings().first()


def take_over(connection: Connection, key: bytes, **values: Any) -> None:
    connection.execute(update(requests).where(requests.c.key == key).values(values))


def finish(connection: Connection, lease: str, **values: Any) -> None:
    connection.execute(update(requests).where(requests.c.lease == lease).values(values))


def release(connection: Connection, lease: str) -> None:
    connection.execute(delete(requests).where(requests.c.lease == lease))


def delete_expired(connection: Connection, before: datetime, limit: int) -> int:
    return delete_some(connection, requests.c.key, requests.c.expires_at < before, limit)
