from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select

from imd_campaign.audit.tables import audit
from imd_campaign.db import Connection, Row
from imd_campaign.pagination import PageRequest, Slice, read_page


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(audit).values(values))


def list_entries(connection: Connection, subject: str) -> Sequence[Row]:
    found = select(audit).where(audit.c.subject == subject).order_by(audit.c.id)
    return connection.execute(found).mappings().all()


def search(
    connection: Connection,
    page_request: PageRequest,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: str | None = None,
    action: str | None = None,
) -> Slice[Row]:
    """Read a page of entries, the newest first."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(audit.c.at >= since)
    if until is not None:
        conditions.append(audit.c.at < until)
    if actor:
        conditions.append(audit.c.actor == actor)
    if action:
        conditions.append(audit.c.action == action)
    query = select(audit).where(*conditions)
    return read_page(connection, query, (audit.c.id,), page_request, descending=True)


def list_actions(connection: Connection) -> Sequence[str]:
    query = select(audit.c.action).distinct().order_by(audit.c.action)
    return connection.execute(query).scalars().all()


def list_actors(connection: Connection) -> Sequence[str]:
    query = select(audit.c.actor).distinct().order_by(audit.c.actor)
    return connection.execute(query).scalars().all()
