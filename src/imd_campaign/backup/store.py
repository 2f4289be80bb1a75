"""The SQL of backups, on the SQLite file in one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, text

from imd_campaign.db import Connection, Row
from imd_campaign.leases.tables import leases
from imd_campaign.posters.tables import poster_files
from imd_campaign.tables import metadata


def count_rows(connection: Connection) -> Mapping[str, int]:
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in metadata.tables.items()
    }


def list_poster_files(connection: Connection) -> Sequence[Row]:
    query = select(poster_files).order_by(poster_files.c.poster, poster_files.c.position)
    return connection.execute(query).mappings().all()


def is_intact(connection: Connection) -> bool:
    """Return whether SQLite finds nothing wrong: https://www.sqlite.org/pragma.html#pragma_integrity_check."""
    found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    return found == ["ok"] and not connection.execute(text("PRAGMA foreign_key_check")).first()


def forget_leases(connection: Connection) -> None:
    connection.execute(delete(leases))
