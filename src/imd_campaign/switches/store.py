from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.switches.tables import switches

CLOSED = "closed"
"""The value of `read_only` once a campaign is closed, which nothing changes back."""


def list_values(connection: Connection) -> Mapping[str, str]:
    return {row["name"]: row["value"] for row in list_all(connection)}


def list_all(connection: Connection) -> Sequence[Row]:
    return connection.execute(select(switches).order_by(switches.c.name)).mappings().all()


def put(connection: Connection, name: str, value: str, now: datetime) -> bool:
    """Set a switch; return False if the campaign was closed with it."""
    statement = upsert(connection, switches).values(name=name, value=value, changed_at=now)
    changed = {"value": value, "changed_at": now}
    is_open = None if value == CLOSED else switches.c.value != CLOSED
    written = statement.on_conflict_do_update(index_elements=["name"], set_=changed, where=is_open)
    return connection.execute(written.returning(switches.c.name)).first() is not None
