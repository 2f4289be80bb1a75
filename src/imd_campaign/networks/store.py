from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, insert, select

from imd_campaign.db import Connection, delete_some, upsert
from imd_campaign.networks.tables import network_keys, network_uses


def add_key(connection: Connection, day: date, key: bytes, now: datetime) -> None:
    """Store the key of a day, unless another server has done so."""
    statement = upsert(connection, network_keys).values(day=day, key=key, created_at=now)
    connection.execute(statement.on_conflict_do_nothing())


def find_key(connection: Connection, day: date) -> bytes | None:
    query = select(network_keys.c.key).where(network_keys.c.day == day)
    key: bytes | None = connection.execute(query).scalar_one_or_none()
    return key


def delete_old_keys(connection: Connection, before: datetime, limit: int) -> int:
    return delete_some(connection, network_keys.c.day, network_keys.c.created_at < before, limit)


def record_uses(connection: Connection, uses: Mapping[tuple[bytes, datetime], int]) -> None:
    """Record how many e-mails each network causes at each time, which may be in the future."""
    if uses:
        rows = [
            {"network": network, "used_at": at, "number": number}
            for (network, at), number in uses.items()
        ]
        connection.execute(insert(network_uses), rows)


def list_uses(
    connection: Connection, networks: Collection[bytes], since: datetime
) -> Mapping[bytes, Sequence[tuple[datetime, int]]]:
    query = select(network_uses.c.network, network_uses.c.used_at, network_uses.c.number).where(
        network_uses.c.network.in_(networks), network_uses.c.used_at > since
    )
    uses: dict[bytes, list[tuple[datetime, int]]] = defaultdict(list)
    for row in connection.execute(query):
        uses[row.network].append((row.used_at, row.number))
    return uses


def count_uses(connection: Connection, network: bytes, since: datetime, until: datetime) -> int:
    query = select(func.coalesce(func.sum(network_uses.c.number), 0)).where(
        network_uses.c.network == network,
        network_uses.c.used_at > since,
        network_uses.c.used_at <= until,
    )
    number: int = connection.execute(query).scalar_one()
    return number


def list_busy(connection: Connection, since: datetime, limit: int) -> Collection[bytes]:
    """Return the networks with at least `limit` uses, also planned ones."""
    query = (
        select(network_uses.c.network)
        .where(network_uses.c.used_at > since)
        .group_by(network_uses.c.network)
        .having(func.sum(network_uses.c.number) >= limit)
    )
    return frozenset(connection.execute(query).scalars())


def delete_old_uses(connection: Connection, before: datetime, limit: int) -> int:
    return delete_some(connection, network_uses.c.id, network_uses.c.used_at < before, limit)
