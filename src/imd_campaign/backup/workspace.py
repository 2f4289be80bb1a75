"""The folder beside a backup in which it is written, so that nobody sees half of one."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imd_campaign.backup.errors import BackupFailed

if sys.platform != "win32":
    import fcntl

SUFFIX = ".part"

EXISTS = "{file} exists already; choose another name, so that no backup is overwritten"
IN_USE = "another command is writing {file}"
NOT_OURS = "the folder {folder} belongs to somebody else; write the backup to another folder"
CANNOT_WRITE = "cannot write {file}: {reason}"


@contextmanager
def open_workspace(file: Path) -> Iterator[Path]:
    """Make an empty folder that only its owner can read; delete what a killed command left."""
    if file.exists():
        raise BackupFailed(EXISTS.format(file=file))
    folder = file.with_name(f"{file.name}{SUFFIX}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with _lock(folder, file):
            _empty(folder)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise BackupFailed(CANNOT_WRITE.format(file=file, reason=error.strerror)) from error


@contextmanager
def _lock(folder: Path, file: Path) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise BackupFailed(NOT_OURS.format(folder=folder))
        os.fchmod(descriptor, 0o700)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupFailed(IN_USE.format(file=file)) from None
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def publish(finished: Path, file: Path) -> None:
    """Give a file its name once all of it is on the disk."""
    with finished.open("rb+") as opened:
        os.fsync(opened.fileno())
    finished.replace(file)
    if sys.platform == "win32":
        return
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
