from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.partners.tables import partner_links, partners


def add(connection: Connection, **values: Any) -> bool:
    """Add a partner; return False if there is one with this source."""
    statement = upsert(connection, partners).values(values)
    added = statement.on_conflict_do_nothing(index_elements=["source"]).returning(partners.c.source)
    return connection.execute(added).first() is not None


def find(connection: Connection, source: str) -> Row | None:
    query = select(partners).where(partners.c.source == source)
    return connection.execute(query).mappings().first()


def lock(connection: Connection, source: str) -> Row | None:
    """Read a partner that nobody else changes until the end of the transaction."""
    query = select(partners).where(partners.c.source == source).with_for_update()
    return connection.execute(query).mappings().first()


def list_all(connection: Connection) -> Sequence[Row]:
    """List the partners, with the number of their links."""
    query = _select_with_links().order_by(partners.c.source)
    return connection.execute(query).mappings().all()


def find_with_links(connection: Connection, source: str) -> Row | None:
    query = _select_with_links().where(partners.c.source == source)
    return connection.execute(query).mappings().first()


def _select_with_links() -> Select[Any]:
    links = (
        select(func.count())
        .where(partner_links.c.source == partners.c.source)
        .scalar_subquery()
        .label("links")
    )
    return select(partners, links)


def list_names(connection: Connection) -> Mapping[str, str]:
    query = select(partners.c.source, partners.c.name)
    return {row.source: row.name for row in connection.execute(query)}


def revoke(connection: Connection, source: str, now: datetime) -> bool:
    active = (partners.c.source == source) & partners.c.revoked_at.is_(None)
    return connection.execute(update(partners).where(active).values(revoked_at=now)).rowcount == 1


def list_unpublished(connection: Connection, day: date) -> Sequence[str]:
    due = or_(partners.c.published_on.is_(None), partners.c.published_on < day)
    return connection.execute(select(partners.c.source).where(due)).scalars().all()


def mark_published(connection: Connection, source: str, day: date) -> bool:
    """Note the day of publication; return False if another server has published on it."""
    due = or_(partners.c.published_on.is_(None), partners.c.published_on < day)
    statement = update(partners).where(partners.c.source == source, due)
    return connection.execute(statement.values(published_on=day)).rowcount == 1


def add_link(connection: Connection, **values: Any) -> None:
    connection.execute(insert(partner_links).values(values))


def find_by_link(connection: Connection, digest: bytes) -> Row | None:
    query = (
        select(partners)
        .join(partner_links, partner_links.c.source == partners.c.source)
        .where(partner_links.c.digest == digest)
    )
    return connection.execute(query).mappings().first()


def delete_links(connection: Connection, source: str) -> int:
    return connection.execute(
        delete(partner_links).where(partner_links.c.source == source)
    ).rowcount
