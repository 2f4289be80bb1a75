from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from imd_campaign.audit.tables import audit
from imd_campaign.db import Connection, Row


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(audit).values(values))


def list_entries(connection: Connection, subject: str) -> Sequence[Row]:
    found = select(audit).where(audit.c.subject == subject).order_by(audit.c.id)
    return connection.execute(found).mappings().all()
