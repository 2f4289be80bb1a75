"""A backup is complete, of one moment and private, or there is none."""

import gzip
import io
import os
import sqlite3
import stat
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from backups import NO_KEY, ignore, path_of
from sqlalchemy import insert

from imd_campaign.backup import archive, encryption, service
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.manifest import Entry
from imd_campaign.context import Context
from imd_campaign.petitions import count_audit
from imd_campaign.petitions.tables import ledger, signatures
from imd_campaign.sealing import new_key_pair, parse_public_key


def make(context: Context, file: Path, *, is_encrypted: bool = False) -> service.Contents:
    file.parent.mkdir(exist_ok=True)
    return service.make(context, file, ignore, is_encrypted=is_encrypted)


def read_members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}


# --- what is in it -------------------------------------------------------------------------------


def test_backup_has_a_manifest_the_database_and_the_files(backup: Path):
    names = list(read_members(backup))
    assert names[:3] == ["manifest.json", "manifest.hmac", "campaign.sqlite3"]
    assert all(name.startswith("posters/") for name in names[3:])
    assert len(names) > 3


def test_backup_is_private_and_alone_in_its_folder(backup: Path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(backup.parent.iterdir()) == [backup]


def test_backup_has_no_secrets(campaign: Context, backup: Path):
    secret = campaign.settings.secret.get_secret_value().encode()
    assert all(secret not in content for content in read_members(backup).values())


def test_deleted_data_is_not_in_the_backup(campaign: Context, file: Path):
    """SQLite keeps deleted rows in its file until something is written over them."""
    with closing(sqlite3.connect(path_of(campaign))) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # as in SQLite unless built otherwise
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.execute("INSERT INTO notes VALUES ('Deleted Sample Person')")
        connection.execute("DROP TABLE notes")
        connection.commit()
    assert b"Deleted Sample Person" in path_of(campaign).read_bytes()
    make(campaign, file)
    assert b"Deleted Sample Person" not in read_members(file)["campaign.sqlite3"]


def test_file_that_is_not_the_one_of_its_poster_is_reported(campaign: Context, file: Path):
    listed = [*campaign.settings.files_dir.rglob("*.*")]
    changed, removed = listed[0], listed[1]
    changed.write_bytes(b"another file")
    removed.unlink()
    made = make(campaign, file)
    names = {path.relative_to(campaign.settings.files_dir).as_posix() for path in listed[:2]}
    assert set(made.manifest.missing_files) == names
    assert not names & {entry.name for entry in made.manifest.entries}


# --- while servers write -------------------------------------------------------------------------


@contextmanager
def signing(context: Context):
    """Sign as fast as the database takes it, each signature with its row of the ledger."""
    stopped, number = threading.Event(), 0

    def sign() -> None:
        nonlocal number
        while not stopped.is_set():
            number += 1
            signature = {
                "id": f"sig_{number}",
                "petition_id": 1,
                "fingerprint": number.to_bytes(32, "big"),
                "country": "ES",
                "public": False,
                "updates": False,
                "sealed": "",
                "confirmed_at": context.now(),
            }
            row = {"petition_id": 1, "change": 1, "country": "ES", "line": "confirmed"}
            with context.database.write() as connection:
                connection.execute(insert(signatures).values(signature))
                connection.execute(insert(ledger).values(row | {"day": context.now().date()}))

    thread = threading.Thread(target=sign)
    thread.start()
    try:
        yield lambda: number
    finally:
        stopped.set()
        thread.join()


@pytest.mark.both_databases
def test_backup_under_load_is_of_one_moment(context: Context, petition: str, file: Path):
    with signing(context) as count:
        while count() < 50:
            time.sleep(0.01)
        before = count()
        made = make(context, file)
        after = count()
    assert after > before
    assert made.differences == []
    assert before - 1 <= made.manifest.rows["signatures"] == made.manifest.rows["ledger"] <= after
    assert count_audit.find_differences(context) == []


# --- interruptions -------------------------------------------------------------------------------

BACK_UP_AND_WAIT = """
import sys, time
from pathlib import Path
from imd_campaign.backup import service
from imd_campaign.context import Context
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault

def report(text):
    if text == "Reading the backup again":
        print(text, file=sys.stderr, flush=True)
        time.sleep(600)

settings = Settings()
context = Context(settings, open_database(settings), open_vault(settings))
service.make(context, Path(sys.argv[1]), report, is_encrypted=False)
"""


def test_killed_backup_is_no_backup_and_the_next_one_works(
    campaign: Context, file: Path, start_python: Callable[..., subprocess.Popen[bytes]]
):
    file.parent.mkdir()
    process = start_python(BACK_UP_AND_WAIT, str(file))
    assert process.stderr is not None
    assert process.stderr.readline() == b"Reading the backup again\n"
    with pytest.raises(BackupFailed, match="another command is writing"):
        make(campaign, file)
    process.kill()
    process.communicate()
    assert not file.exists()
    make(campaign, file)
    assert list(file.parent.iterdir()) == [file]


def test_existing_file_is_not_overwritten(campaign: Context, backup: Path):
    before = backup.read_bytes()
    with pytest.raises(BackupFailed, match="exists already; choose another name"):
        make(campaign, backup)
    assert backup.read_bytes() == before


def test_folder_in_place_of_a_file_is_one_error(campaign: Context):
    with pytest.raises(BackupFailed, match="exists already; choose another name"):
        make(campaign, Path())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder for somebody else")
def test_folder_of_somebody_else_is_not_used(campaign: Context, file: Path):
    file.parent.mkdir()
    part = file.with_name(f"{file.name}.part")
    part.mkdir()
    os.chown(part, 65534, 65534)
    with pytest.raises(BackupFailed, match="belongs to somebody else"):
        make(campaign, file)
    assert list(part.iterdir()) == []


def test_folder_that_does_not_exist_is_one_error(campaign: Context, tmp_path: Path):
    with pytest.raises(BackupFailed, match=r"cannot write .*No such file or directory"):
        service.make(campaign, tmp_path / "none" / "file", ignore, is_encrypted=False)


def test_missing_database_is_not_created(use, file: Path):
    elsewhere = use(is_new=True)
    with pytest.raises(BackupFailed, match="there is no database at the path"):
        make(elsewhere, file)
    assert not path_of(elsewhere).exists()


# --- damage and forgery --------------------------------------------------------------------------


def test_intact_backup_passes_the_check(campaign: Context, backup: Path):
    found = service.check(campaign, backup, NO_KEY)
    assert found.manifest.created_at == campaign.now()
    assert found.differences == []


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_truncated_backup_is_refused(campaign: Context, backup: Path, share: float):
    data = backup.read_bytes()
    backup.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BackupFailed, match=r"not a backup|incomplete"):
        service.check(campaign, backup, NO_KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:],
        lambda data: data + b"more",
        lambda data: data * 2,
    ],
    ids=["shorter", "other checksum", "longer", "twice"],
)
def test_end_of_a_backup_is_checked(campaign: Context, backup: Path, change):
    backup.write_bytes(change(backup.read_bytes()))
    with pytest.raises(BackupFailed, match=r"not a backup|incomplete"):
        service.check(campaign, backup, NO_KEY)


def repack(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    members = read_members(file)
    change(members)
    with tarfile.open(file, "w:gz") as opened:
        for name, content in members.items():
            described = tarfile.TarInfo(name)
            described.size = len(content)
            opened.addfile(described, io.BytesIO(content))


def change_manifest(members: dict[str, bytes]) -> None:
    members["manifest.json"] = members["manifest.json"].replace(b"2026", b"2025")


def change_database(members: dict[str, bytes]) -> None:
    members["campaign.sqlite3"] = members["campaign.sqlite3"][:-1] + b"\xff"


def add_entry(members: dict[str, bytes]) -> None:
    members["../outside"] = b""


def remove_entry(members: dict[str, bytes]) -> None:
    members.popitem()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_manifest, "made with other secrets, or was changed"),
        (change_database, r"campaign\.sqlite3 in the backup is not what its manifest says"),
        (add_entry, "not a backup"),
        (remove_entry, "incomplete"),
    ],
)
def test_changed_backup_is_refused(campaign: Context, backup: Path, change, message: str):
    repack(backup, change)
    with pytest.raises(BackupFailed, match=message):
        service.check(campaign, backup, NO_KEY)


@pytest.mark.parametrize("content", [b"", b"plain text", gzip.compress(b"plain text", mtime=0)])
def test_other_file_is_refused(campaign: Context, file: Path, content: bytes):
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(BackupFailed, match=r"not a backup|incomplete"):
        service.check(campaign, file, NO_KEY)


@pytest.mark.parametrize(
    "name", ["../outside", "posters/../outside", "posters/a/.b", "/posters/a/b", "posters/a\\b/c"]
)
def test_manifest_names_nothing_outside_its_folder(name: str):
    with pytest.raises(ValueError, match="is not a name in a backup"):
        Entry(name=name, bytes=0, sha256="0" * 64)


# --- encryption ----------------------------------------------------------------------------------


def test_encrypted_backup_is_opened_with_the_private_key_alone(
    campaign: Context, file: Path, private_key: str
):
    make(campaign, file, is_encrypted=True)
    assert service.check(campaign, file, archive.unlock_with(private_key)).differences == []
    with pytest.raises(BackupFailed, match="add --private-key FILE"):
        service.check(campaign, file, NO_KEY)
    with pytest.raises(BackupFailed, match="it was encrypted for another one"):
        service.check(campaign, file, archive.unlock_with(new_key_pair()[1]))
    with pytest.raises(BackupFailed, match="does not contain a private key"):
        service.check(campaign, file, archive.unlock_with("no key"))


@pytest.mark.parametrize("share", [0.001, 0.5, 1])
def test_truncated_or_changed_encrypted_backup_is_refused(
    campaign: Context, file: Path, private_key: str, share: float
):
    make(campaign, file, is_encrypted=True)
    data = file.read_bytes()
    file.write_bytes(data[:-17] if share == 1 else data[: int(len(data) * share)])
    with pytest.raises(BackupFailed, match="incomplete"):
        service.check(campaign, file, archive.unlock_with(private_key))


def test_chunks_in_another_order_are_refused(campaign: Context, file: Path, private_key: str):
    make(campaign, file, is_encrypted=True)
    data, start, size = bytearray(file.read_bytes()), 32 + 1 + 80 + 24, 64 * 1024 + 17
    first, second = data[start : start + size], data[start + size : start + 2 * size]
    data[start : start + 2 * size] = second + first
    file.write_bytes(data)
    with pytest.raises(BackupFailed, match="incomplete or damaged"):
        service.check(campaign, file, archive.unlock_with(private_key))


def test_each_private_key_of_the_organisation_opens_a_file():
    pairs = [new_key_pair() for _ in range(3)]
    key, file = encryption.new_key(), io.BytesIO()
    with encryption.EncryptingWriter(file, key, [parse_public_key(one) for one, _ in pairs[:2]]):
        pass
    file.seek(len(encryption.MAGIC))
    sealed_keys = encryption.read_sealed_keys(file)
    assert [encryption.open_key(sealed_keys, private) for _, private in pairs[:2]] == [key, key]
    with pytest.raises(BackupFailed, match="encrypted for another one"):
        encryption.open_key(sealed_keys, pairs[2][1])


def test_header_that_would_fill_the_memory_is_refused(campaign: Context, file: Path):
    file.parent.mkdir()
    with tarfile.open(file, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("a" * 100_000))
    with pytest.raises(BackupFailed, match="not a backup"):
        service.check(campaign, file, NO_KEY)
