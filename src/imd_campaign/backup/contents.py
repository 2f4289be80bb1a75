"""The contents of a backup in a folder: an SQLite file, and the files of posters."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imd_campaign import db
from imd_campaign.backup import archive, snapshot, store
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.manifest import DATABASE, POSTER_FILE, Entry, Manifest
from imd_campaign.context import Context
from imd_campaign.database_copy.service import OTHER_REVISION
from imd_campaign.db import Connection, Row
from imd_campaign.petitions import count_audit
from imd_campaign.petitions.count_audit import Difference
from imd_campaign.posters.service import make_file_path
from imd_campaign.secret_check import service as secret_check

NOT_INTACT = "the database in the backup is damaged; use another one"
OTHER_ROWS = "the database in the backup has other rows than its manifest says; use another one"


@dataclass(frozen=True, slots=True)
class Contents:
    manifest: Manifest
    differences: Sequence[Difference]
    """What the audit of the totals finds in the database."""


def collect(context: Context, folder: Path, report: snapshot.Report) -> Contents:
    """Write the contents of a new backup into a folder."""
    now, database = context.now(), folder / DATABASE
    snapshot.write(context, database, report)
    with open_database(database) as connection:
        if not db.is_migrated(connection):
            raise BackupFailed(OTHER_REVISION)
        secret_check.check(connection, context.vault)
        revision, rows = db.get_revision(connection), store.count_rows(connection)
        listed, differences = (
            store.list_poster_files(connection),
            count_audit.list_differences(connection),
        )
    report("Copying the files of posters")
    copied = {_name(row): _copy_poster_file(context, folder, row) for row in listed}
    manifest = Manifest(
        created_at=now,
        engine="sqlite" if snapshot.get_engine(context) == "sqlite" else "postgresql",
        revision=revision or "",
        rows=rows,
        entries=[archive.describe_file(DATABASE, database), *filter(None, copied.values())],
        missing_files=[name for name, entry in copied.items() if entry is None],
    )
    return Contents(manifest, differences)


def check(folder: Path, manifest: Manifest) -> Sequence[Difference]:
    """Check the database in a backup; return what the audit of its totals finds."""
    with open_database(folder / DATABASE) as connection:
        if not store.is_intact(connection):
            raise BackupFailed(NOT_INTACT)
        if not db.is_migrated(connection):
            return []
        if store.count_rows(connection) != manifest.rows:
            raise BackupFailed(OTHER_ROWS)
        return count_audit.list_differences(connection)


@contextmanager
def open_database(file: Path) -> Iterator[Connection]:
    engine = db.open_engine(snapshot.make_url_of(file), connections=1)
    try:
        with engine.connect() as connection:
            connection.execution_options(imd_write=True)
            with connection.begin():
                yield connection
    finally:
        engine.dispose()


def _name(row: Row) -> str:
    return f"posters/{row['poster']}/{row['name']}"


def _copy_poster_file(context: Context, folder: Path, row: Row) -> Entry | None:
    """Copy a file that is what the database says; otherwise return None."""
    name, source = _name(row), make_file_path(context.settings, row["poster"], row["name"])
    if not POSTER_FILE.fullmatch(name) or not source.is_file():
        return None
    target = folder / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    entry = archive.describe_file(name, target)
    return entry if entry.sha256 == row["sha256"] else None
