"""Writes the database of a running campaign, as it is at one moment, into an SQLite file."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from imd_campaign import db
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.context import Context
from imd_campaign.database_copy import engines
from imd_campaign.database_copy import service as database_copy

Report: TypeAlias = Callable[[str], None]
"""Gets what is being done."""

MISSING = "there is no database at the path in IMD_CAMPAIGN_DATABASE_URL; check the path"
FAILED = "SQLite cannot copy the database ({reason}); check the space on the disk"


def make_url_of(file: Path) -> str:
    return f"sqlite:///{file.absolute()}"


def replace_database(context: Context, database_url: str) -> Context:
    """Return the context of the same campaign with another database; nothing is opened."""
    settings = context.settings.model_copy(update={"database_url": database_url})
    return replace(context, settings=settings)


def write(context: Context, file: Path, report: Report) -> None:
    if engines.is_missing_file(context.settings.database_url):
        raise BackupFailed(MISSING)
    if get_engine(context) == "sqlite":
        report("Copying the database")
        _copy_sqlite(context, file)
        return

    def report_rows(action: str, table: str, rows: int, total: int) -> None:
        report(f"{action} {table}: {rows:,} of {total:,} rows")

    database_copy.copy_moment(context, make_url_of(file), report_rows)


def get_engine(context: Context) -> str:
    return make_url(context.settings.database_url).get_backend_name()


def _copy_sqlite(context: Context, file: Path) -> None:
    """Copy in one transaction, which keeps no writer waiting, and without what was deleted.

    The pages of an SQLite file still have deleted data: https://www.sqlite.org/lang_vacuum.html
    """
    engine = db.open_engine(context.settings.database_url, connections=1)
    try:
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(file),))
    except (sqlite3.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = getattr(cause, "sqlite_errorname", type(cause).__name__)
        raise BackupFailed(FAILED.format(reason=reason)) from error
    finally:
        engine.dispose()
