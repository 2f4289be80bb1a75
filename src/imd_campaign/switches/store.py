from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.switches.tables import switches


def list_values(connection: Connection) -> Mapping[str, str]:
    return {row["name"]: row["value"] for row in list_all(connection)}


def list_all(connection: Connection) -> Sequence[Row]:
    return connection.execute(select(switches).order_by(switches.c.name)).mappings().all()


def put(connection: Connection, name: str, value: str, now: datetime) -> None:
    statement = upsert(connection, switches).values(name=name, value=value, changed_at=now)
    changed = {"value": value, "changed_at": now}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))
