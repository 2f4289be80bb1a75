"""What can be wrong with the files of a bulk job.

::

    BulkError
    ├── TableError      a CSV file cannot be read
    ├── JournalError    a journal is in use, or of another job, or none
    └── ExportError     an export cannot go on where it was
"""

from __future__ import annotations

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
