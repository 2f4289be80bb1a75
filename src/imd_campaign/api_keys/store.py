from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from imd_campaign.api_keys.tables import api_keys
from imd_campaign.db import Connection, Row


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(api_keys).values(values))


def get_by_digest(connection: Connection, digest: bytes) -> Row | None:
    is_active = (api_keys.c.digest == digest) & api_keys.c.revoked_at.is_(None)
    return connection.execute(select(api_keys).where(is_active)).mappings().first()


def list_all(connection: Connection) -> Sequence[Row]:
    by_age = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
    return connection.execute(by_age).mappings().all()


def list_of_partner(connection: Connection, partner: str) -> Sequence[Row]:
    own = select(api_keys).where(api_keys.c.partner == partner)
    by_age = own.order_by(api_keys.c.created_at, api_keys.c.id)
    return connection.execute(by_age).mappings().all()


def count_active_by_partner(connection: Connection) -> Mapping[str, int]:
    query = (
        select(api_keys.c.partner, func.count().label("active"))
        .where(api_keys.c.partner.is_not(None), api_keys.c.revoked_at.is_(None))
        .group_by(api_keys.c.partner)
    )
    return {row.partner: row.active for row in connection.execute(query)}


def mark_used(connection: Connection, key_id: str, now: datetime, unless_since: datetime) -> None:
    used = api_keys.c.last_used_at
    connection.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, or_(used.is_(None), used < unless_since))
        .values(last_used_at=now)
    )


def get_active(connection: Connection, key_id: str) -> Row | None:
    query = select(api_keys).where(_is_active(key_id))
    return connection.execute(query.with_for_update()).mappings().first()


def set_quota(connection: Connection, key_id: str, hourly_quota: int) -> None:
    changed = update(api_keys).where(api_keys.c.id == key_id)
    connection.execute(changed.values(hourly_quota=hourly_quota))


def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    revoked = update(api_keys).where(_is_active(key_id)).values(revoked_at=now)
    return connection.execute(revoked).rowcount == 1


def revoke_of_partner(connection: Connection, partner: str, now: datetime) -> None:
    is_active = (api_keys.c.partner == partner) & api_keys.c.revoked_at.is_(None)
    connection.execute(update(api_keys).where(is_active).values(revoked_at=now))


def _is_active(key_id: str) -> ColumnElement[bool]:
    return (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
