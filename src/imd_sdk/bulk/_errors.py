"""Exceptions of bulk jobs."""

from __future__ import annotations


class BulkError(Exception):
    """A file of a bulk job cannot be used; the message says what to do and contains no cell."""


class TableError(BulkError):
    """A CSV file cannot be read."""

    def __init__(self, message: str, *, line: int | None = None, field: str | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
        """The line, from 1; None if the error concerns the whole file."""
        self.field = field
        """The field to add to ``columns``, if that is all that is missing."""


class JournalError(BulkError):
    """A journal is in use by another process, belongs to another job, or is not a journal."""


class ExportError(BulkError):
    """An export cannot be written, or an earlier export of something else is unfinished."""
