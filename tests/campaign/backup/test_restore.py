"""A restored campaign is the one that was backed up, or nothing is restored."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from backups import ignore, path_of, read_tables, restore
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select, text

from imd_campaign.app import make_lifespan
from imd_campaign.audit import service as audit
from imd_campaign.backup import archive, service
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.manifest import DATABASE, Manifest
from imd_campaign.context import Context
from imd_campaign.database_copy.errors import CopyFailed
from imd_campaign.db import migrate, open_engine
from imd_campaign.petitions.tables import signatures
from imd_campaign.startup import make_check

Use = Callable[..., Context]


def read_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def count_signatures(context: Context) -> int:
    with context.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(signatures))


def test_restored_campaign_is_the_same(campaign: Context, backup: Path, use: Use):
    elsewhere = use(is_new=True)
    restored = restore(elsewhere, backup)
    assert restored.copy.differences == []
    assert read_tables(elsewhere.settings.database_url) == read_tables(
        campaign.settings.database_url
    )
    assert read_files(elsewhere.settings.files_dir) == read_files(campaign.settings.files_dir)


@pytest.mark.postgres
def test_backup_moves_to_postgresql_and_back(
    campaign: Context, backup: Path, use: Use, postgresql_url: str
):
    on_postgresql, back = use(postgresql_url), use()
    restore(on_postgresql, backup)
    second = backup.with_name("second")
    service.make(on_postgresql, second, ignore, is_encrypted=False)
    restore(back, second)
    tables = read_tables(campaign.settings.database_url)
    assert read_tables(postgresql_url) == read_tables(back.settings.database_url) == tables


def test_encrypted_backup_is_restored(campaign: Context, file: Path, use: Use, private_key: str):
    file.parent.mkdir()
    service.make(campaign, file, ignore, is_encrypted=True)
    elsewhere = use()
    restore(elsewhere, file, archive.unlock_with(private_key))
    assert count_signatures(elsewhere) == count_signatures(campaign)


def test_restore_is_in_the_audit_trail(campaign: Context, backup: Path, use: Use):
    elsewhere = use()
    restore(elsewhere, backup)
    with elsewhere.database.read() as connection:
        entry = audit.list_entries(connection, "campaign")[-1]
    assert (entry.actor, entry.action) == ("shell:test", "restore")
    assert entry.details == {"backup_made_at": campaign.now().isoformat()}


@pytest.mark.anyio
async def test_restored_campaign_is_served_with_the_same_numbers(
    campaign: Context, backup: Path, use: Use, shared_app: FastAPI
):
    elsewhere = use()
    restore(elsewhere, backup)
    async with make_lifespan(elsewhere.settings, campaign.clock)(shared_app):
        transport = httpx.ASGITransport(app=shared_app)
        async with httpx.AsyncClient(transport=transport, base_url="https://x.example") as client:
            count = (await client.get("/v1/petitions/convention/count")).json()["total"]
            ready = (await client.get("/readyz")).json()
    assert count == count_signatures(campaign) == 31
    assert "restore" in [reason["part"] for reason in ready["reasons"]]


# --- what is refused -----------------------------------------------------------------------------


def test_backup_of_a_campaign_with_other_secrets_is_refused(backup: Path, use: Use):
    elsewhere = use(is_new=True, secret=SecretStr("another secret, of 32 characters"))
    with pytest.raises(BackupFailed, match="made with other secrets"):
        restore(elsewhere, backup)
    assert not path_of(elsewhere).exists()


def test_database_with_data_is_refused_and_unchanged(campaign: Context, backup: Path):
    campaign.database.engine.dispose()
    before = read_tables(campaign.settings.database_url)
    with pytest.raises(CopyFailed, match="target has data already"):
        restore(campaign, backup)
    assert read_tables(campaign.settings.database_url) == before
    assert read_files(campaign.settings.files_dir)


def test_other_file_in_the_folder_is_refused(campaign: Context, backup: Path, use: Use):
    elsewhere = use(is_new=True)
    name = next(iter(read_files(campaign.settings.files_dir)))
    other = elsewhere.settings.files_dir / name
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another file")
    with pytest.raises(BackupFailed, match="there is another file at"):
        restore(elsewhere, backup)
    assert read_files(elsewhere.settings.files_dir) == {name: b"another file"}
    assert not path_of(elsewhere).exists()


def test_files_are_removed_if_the_database_cannot_be_restored(backup: Path, use: Use):
    elsewhere = use("postgresql+psycopg://imd:sample-password@127.0.0.1:9/imd")
    with pytest.raises(CopyFailed, match="cannot use the database"):
        restore(elsewhere, backup)
    assert read_files(elsewhere.settings.files_dir) == {}


def test_files_that_are_there_already_are_kept(campaign: Context, backup: Path, use: Use):
    elsewhere = use()
    copytree(campaign.settings.files_dir, elsewhere.settings.files_dir)
    restore(elsewhere, backup)
    assert read_files(elsewhere.settings.files_dir) == read_files(campaign.settings.files_dir)


# --- versions ------------------------------------------------------------------------------------


def write_backup(context: Context, file: Path, folder: Path, revision: str) -> None:
    """Write a backup as the version of a revision would."""
    engine = open_engine(f"sqlite:///{folder / DATABASE}")
    migrate(engine, make_check(context.settings), "0026")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()
    manifest = Manifest(
        created_at=context.now(),
        engine="sqlite",
        revision=revision,
        rows={},
        entries=[archive.describe_file(DATABASE, folder / DATABASE)],
    )
    with file.open("wb") as opened:
        archive.write(opened, context.vault, manifest, folder, None)


def test_backup_of_an_earlier_version_is_migrated(
    context: Context, file: Path, tmp_path: Path, use: Use
):
    file.parent.mkdir()
    (tmp_path / "old").mkdir()
    write_backup(context, file, tmp_path / "old", "0026")
    elsewhere = use()
    restore(elsewhere, file)
    assert count_signatures(elsewhere) == 0


def test_backup_of_a_newer_version_is_refused(
    context: Context, file: Path, tmp_path: Path, use: Use
):
    file.parent.mkdir()
    (tmp_path / "new").mkdir()
    write_backup(context, file, tmp_path / "new", "9999")
    with pytest.raises(BackupFailed, match="made by a newer version"):
        restore(use(), file)


# --- interruptions -------------------------------------------------------------------------------

RESTORE_AND_WAIT = """
import sys, time
from pathlib import Path
from imd_campaign.backup import archive, service
from imd_campaign.context import Context
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault

def report(text):
    if text.startswith("Comparing signatures"):
        print("comparing", file=sys.stderr, flush=True)
        time.sleep(600)

settings = Settings(database_url=sys.argv[2], files_dir=sys.argv[3])
context = Context(settings, open_database(settings), open_vault(settings))
service.restore(context, Path(sys.argv[1]), archive.unlock_with(None), "shell:test", report)
"""


def test_killed_restore_can_be_repeated(
    campaign: Context,
    backup: Path,
    use: Use,
    tmp_path: Path,
    start_python: Callable[..., subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    elsewhere = use()
    url, files = elsewhere.settings.database_url, elsewhere.settings.files_dir
    process = start_python(RESTORE_AND_WAIT, str(backup), url, str(files))
    assert process.stderr is not None
    assert process.stderr.readline() == b"comparing\n"
    process.kill()
    process.communicate()
    assert count_signatures(elsewhere) == 0
    elsewhere.database.engine.dispose()
    restore(elsewhere, backup)
    assert count_signatures(elsewhere) == count_signatures(campaign) > 0
