from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from imd_campaign.db import Connection, Row, delete_some, upsert
from imd_campaign.suppressions.tables import bounced_addresses


def get(connection: Connection, address: bytes) -> Row | None:
    query = select(bounced_addresses).where(bounced_addresses.c.address == address)
    return connection.execute(query.with_for_update()).mappings().first()


def put(connection: Connection, values: Mapping[str, Any]) -> None:
    statement = upsert(connection, bounced_addresses).values(values)
    changed = {name: statement.excluded[name] for name in values if name != "address"}
    connection.execute(statement.on_conflict_do_update(index_elements=["address"], set_=changed))


def find_suppressed(
    connection: Connection, addresses: Collection[bytes], now: datetime
) -> set[bytes]:
    query = select(bounced_addresses.c.address).where(
        bounced_addresses.c.address.in_(addresses), bounced_addresses.c.suppressed_until > now
    )
    return set(connection.execute(query).scalars())


def count_suppressed(connection: Connection, now: datetime) -> int:
    query = select(func.count()).where(bounced_addresses.c.suppressed_until > now)
    return connection.execute(query).scalar_one()


def count_statuses(connection: Connection, now: datetime) -> Mapping[str, int]:
    """Return how many suppressed addresses there are for each status of the last bounce."""
    query = (
        select(bounced_addresses.c.status, func.count().label("addresses"))
        .where(bounced_addresses.c.suppressed_until > now)
        .group_by(bounced_addresses.c.status)
    )
    return {row.status: row.addresses for row in connection.execute(query)}


def remove(connection: Connection, address: bytes) -> bool:
    """Return False if the address is not in the list."""
    removed = delete(bounced_addresses).where(bounced_addresses.c.address == address)
    return connection.execute(removed).rowcount == 1


def remove_since(connection: Connection, since: datetime) -> int:
    removed = delete(bounced_addresses).where(bounced_addresses.c.last_at >= since)
    return connection.execute(removed).rowcount


def delete_expired(connection: Connection, before: datetime, limit: int) -> int:
    is_over = bounced_addresses.c.last_at < before
    return delete_some(connection, bounced_addresses.c.address, is_over, limit)
