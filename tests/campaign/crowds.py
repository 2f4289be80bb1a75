"""Helpers of tests in which many act at once, and of their controls without a lock."""

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from imd_campaign import db
from imd_campaign.connection_share import ConnectionShare
from imd_campaign.context import Context
from imd_campaign.db import Database
from imd_campaign.events.tables import attendances


def disable_locking(database: Database) -> None:
    """Let SQLite run each statement outside a transaction; PostgreSQL needs other controls."""
    if database.engine.dialect.name == "sqlite":
        sqlalchemy_event.remove(database.engine, "begin", db._begin_sqlite)
        database.writers = ConnectionShare(100)


def count_accepted(context: Context, event: str) -> int:
    with context.database.read() as connection:
        accepted = (attendances.c.event == event) & (attendances.c.status == "accepted")
        return connection.execute(select(func.count()).where(accepted)).scalar_one()
