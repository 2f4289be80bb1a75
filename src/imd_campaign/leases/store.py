from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Interval, delete, func, literal, or_, select

from imd_campaign.db import Connection, upsert
from imd_campaign.leases.tables import leases

# How SQLAlchemy stores times in SQLite.
SQLITE_FORMAT = "%Y-%m-%d %H:%M:%f000"


def acquire(connection: Connection, name: str, holder: str, duration: timedelta) -> bool:
    """Take or renew a lease unless somebody else holds it."""
    values = {"holder": holder, "expires_at": _now(connection, duration)}
    is_available = or_(leases.c.holder == holder, leases.c.expires_at <= _now(connection))
    statement = upsert(connection, leases).values(name=name, **values)
    taken = statement.on_conflict_do_update(
        index_elements=["name"], set_=values, where=is_available
    ).returning(leases.c.name)
    return connection.execute(taken).first() is not None


def is_held_by_others(connection: Connection, name: str, holder: str) -> bool:
    query = select(leases.c.name).where(
        leases.c.name == name, leases.c.holder != holder, leases.c.expires_at > _now(connection)
    )
    return connection.execute(query).first() is not None


def is_held(connection: Connection, name: str) -> bool:
    query = select(leases.c.name).where(
        leases.c.name == name, leases.c.expires_at > _now(connection)
    )
    return connection.execute(query).first() is not None


def release(connection: Connection, name: str, holder: str) -> None:
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _now(connection: Connection, after: timedelta | None = None) -> ColumnElement[Any]:
    """Return the time of the database: the clocks of machines differ."""
    after = after or timedelta()
    if connection.dialect.name == "sqlite":
        return func.strftime(SQLITE_FORMAT, "now", f"{after.total_seconds():+.3f} seconds")
    return func.clock_timestamp() + literal(after, Interval())
