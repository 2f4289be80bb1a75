"""Files that hold what must not be lost, nor read by others, and what can be wrong with them.

::

    BulkError
    ├── TableError      a CSV file cannot be read
    ├── JournalError    a journal is in use, or of another job, or none
    └── ExportError     an export cannot go on where it was
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BulkError", "ExportError", "JournalError", "TableError"]


class BulkError(Exception):
    """A file of a bulk job cannot be used; the message says what to do, and repeats no cell."""


class TableError(BulkError):
    """A CSV file cannot be read."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
        """Where, counted from 1; None when the whole file is meant."""


class JournalError(BulkError):
    """A journal is used by another process, belongs to another job, or is none."""


class ExportError(BulkError):
    """What is left of an earlier export does not fit this one."""


PRIVATE = 0o600
BINARY = getattr(os, "O_BINARY", 0)
"""On Windows: write what is written, and no other line ends."""
FAR_AWAY = 1 << 40


def lock(handle: int) -> bool:
    """Hold a file for this process until it is closed; False: another one holds it."""
    try:
        _lock(handle)
    except OSError:
        return False
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        """Windows keeps others from the very bytes, so the lock lies where none are."""
        os.lseek(handle, FAR_AWAY, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def whole(goal: Path, encoding: str) -> Iterator[IO[str]]:
    """Write a text that others cannot read and that takes its name when it is whole."""
    handle, part = mkstemp(prefix=f".{goal.name}.", suffix=".part", dir=goal.parent)
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
            yield file
            file.flush()
            os.fsync(handle)
        Path(part).replace(goal)
    finally:
        Path(part).unlink(missing_ok=True)
