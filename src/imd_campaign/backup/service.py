"""Makes, checks and restores backups."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from imd_campaign import db
from imd_campaign.audit import service as audit
from imd_campaign.backup import archive, contents, encryption, snapshot, store
from imd_campaign.backup.archive import Unlock
from imd_campaign.backup.contents import Contents
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.manifest import DATABASE, UNKNOWN_VERSION, Entry, Manifest
from imd_campaign.backup.snapshot import Report
from imd_campaign.backup.workspace import open_workspace, publish
from imd_campaign.context import Context
from imd_campaign.database_copy import service as database_copy
from imd_campaign.database_copy.service import CopyResult
from imd_campaign.restores import store as restores
from imd_campaign.secret_check import service as secret_check
from imd_campaign.startup import make_check

OTHER_FILE = (
    "there is another file at {path}; move it away, or set IMD_CAMPAIGN_FILES_DIR to another folder"
)


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    copy: CopyResult


def make(context: Context, file: Path, report: Report, *, is_encrypted: bool) -> Contents:
    """Write a backup, read it again, and only then give it its name."""
    with open_workspace(file) as folder:
        collected = folder / "contents"
        collected.mkdir(mode=0o700)
        made = contents.collect(context, collected, report)
        key = encryption.new_key() if is_encrypted else None
        report("Compressing the backup")
        _write(context, folder / "backup", collected, made.manifest, key)
        report("Reading the backup again")
        _read(context, folder / "backup", folder / "again", lambda _: key or b"")
        publish(folder / "backup", file)
    return made


def _write(
    context: Context, file: Path, folder: Path, manifest: Manifest, key: bytes | None
) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        archive.write(opened, context.vault, manifest, folder, key)


def check(context: Context, file: Path, unlock: Unlock) -> Contents:
    """Read a backup, and check all that can be checked without restoring it."""
    with _make_private_folder() as folder:
        return _read(context, file, folder / "contents", unlock)


def _read(context: Context, file: Path, folder: Path, unlock: Unlock) -> Contents:
    folder.mkdir(mode=0o700)
    manifest = archive.extract(file, folder, context.vault, unlock)
    return Contents(manifest, contents.check(folder, manifest))


@contextmanager
def _make_private_folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="imd-backup-") as folder:
        yield Path(folder)


# --- restoring -----------------------------------------------------------------------------------


def restore(context: Context, file: Path, unlock: Unlock, actor: str, report: Report) -> Restored:
    """Restore everything or nothing: the files first, then the database in one transaction."""
    with _make_private_folder() as folder:
        report("Reading the backup")
        manifest = _read(context, file, folder / "contents", unlock).manifest
        database = folder / "contents" / DATABASE
        _prepare(context, database, manifest, actor)
        with _place_files(context, folder / "contents", manifest.poster_files):
            result = _copy_database(context, database, report)
    return Restored(manifest, result)


def _prepare(context: Context, database: Path, manifest: Manifest, actor: str) -> None:
    """Bring the database in a backup to this version, and have it hold back its e-mails."""
    if not db.is_known_revision(manifest.revision):
        raise BackupFailed(UNKNOWN_VERSION)
    with contents.open_database(database) as connection:
        secret_check.check(connection, context.vault)
    _migrate(context, database)
    now = context.now()
    with contents.open_database(database) as connection:
        store.forget_leases(connection)
        restores.add(connection, backup_made_at=manifest.created_at, restored_at=now)
        audit.record(
            connection,
            now=now,
            actor=actor,
            action="restore",
            subject="campaign",
            reason="requested on the command line",
            backup_made_at=manifest.created_at.isoformat(),
        )


def _migrate(context: Context, database: Path) -> None:
    engine = db.open_engine(snapshot.make_url_of(database), connections=1)
    try:
        db.migrate(engine, make_check(context.settings))
    finally:
        engine.dispose()


def _copy_database(context: Context, database: Path, report: Report) -> CopyResult:
    def report_rows(action: str, table: str, rows: int, total: int) -> None:
        report(f"{action} {table}: {rows:,} of {total:,} rows")

    source = snapshot.replace_database(context, snapshot.make_url_of(database))
    return database_copy.copy(source, context.settings.database_url, report_rows)


@contextmanager
def _place_files(context: Context, folder: Path, entries: Sequence[Entry]) -> Iterator[None]:
    """Write the files of posters; take them away again if the database cannot be restored."""
    targets = {entry.name: context.settings.files_dir / entry.name for entry in entries}
    missing = [entry for entry in entries if not _is_there(entry, targets[entry.name])]
    try:
        for entry in missing:
            _write_file(folder / entry.name, targets[entry.name])
        yield
    except BaseException:
        for entry in missing:
            targets[entry.name].unlink(missing_ok=True)
        raise


def _is_there(entry: Entry, path: Path) -> bool:
    if not path.exists():
        return False
    if not path.is_file() or archive.describe_file(entry.name, path) != entry:
        raise BackupFailed(OTHER_FILE.format(path=path))
    return True


def _write_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.write_bytes(source.read_bytes())
    unfinished.replace(target)
