from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from imd_campaign.db import Connection
from imd_campaign.restores.tables import restores

IS_OPEN = restores.c.resumed_at.is_(None)


class OpenRestore(NamedTuple):
    backup_made_at: datetime
    restored_at: datetime


def add(connection: Connection, *, backup_made_at: datetime, restored_at: datetime) -> None:
    values = {"backup_made_at": backup_made_at, "restored_at": restored_at}
    connection.execute(insert(restores).values(values))


def find_open(connection: Connection) -> OpenRestore | None:
    """Return the restores that nobody has resumed yet, as one."""
    query = select(func.min(restores.c.backup_made_at), func.max(restores.c.restored_at))
    made_at, restored_at = connection.execute(query.where(IS_OPEN)).one()
    return OpenRestore(made_at, restored_at) if made_at else None


def is_any_open(connection: Connection) -> bool:
    return connection.execute(select(restores.c.id).where(IS_OPEN).limit(1)).first() is not None


def end(connection: Connection, now: datetime) -> None:
    connection.execute(update(restores).where(IS_OPEN).values(resumed_at=now))
