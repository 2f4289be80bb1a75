"""What a job leaves behind: its journal, its report, and files that are whole or not there.

::

    BulkError
    ├── TableError      a CSV file cannot be read
    ├── JournalError    a journal is in use, or of another job, or none
    └── ExportError     an export cannot go on where it was

A journal is an append-only file in which nothing personal stands. Its first line says which job it
is of, and holds the salt of its keys; every other says what is about to happen to a row, or what
came of it. A line is written before the row is sent, so what a killed process was at is known: it
is sent again, with the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["BulkError", "ExportError", "Failure", "JournalError", "Outcome", "Report", "TableError"]


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


ROWS_NAMED = 100


class Outcome(StrEnum):
    """What became of a row."""

    SENT = "sent"
    """The campaign took it (202); it counts once the person has followed the mailed link."""
    SKIPPED = "skipped"
    """Sent before, by an earlier run or as an earlier row with the same contents."""
    INVALID = "invalid"
    """Not sent: a column is missing or cannot be read."""
    REFUSED = "refused"
    """The campaign said no; the same row would be refused again."""
    NOT_SENT = "not_sent"
    """Nothing reached the campaign; the next run sends it."""
    UNKNOWN = "unknown"
    """It left and no whole answer came; the next run asks again with the same key."""


TO_FIX = (Outcome.INVALID, Outcome.REFUSED)
TO_RESUME = (Outcome.NOT_SENT, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows that were not sent for the same reason."""

    outcome: Outcome
    reason: str
    """A problem type with the fields it names, or a sentence; never a value."""
    count: int
    rows: tuple[int, ...]
    """The numbers of the first hundred of them."""


class Report:
    """What came of a job so far; the one that `sign_many` returns is final."""

    def __init__(self) -> None:
        self.read: int = 0
        """How many rows were read."""
        self.late: int = 0
        """Rows of unknown outcome that were sent again after the campaign had forgotten their key.

        It still counts nobody twice, as it knows the mailbox, but may have mailed them twice.
        """
        self.stopped: str | None = None
        """Why the job was stopped before its end; None when it was not."""
        self.ended: bool = False
        """Whether all rows were read."""
        self._counts = dict.fromkeys(Outcome, 0)
        self._failures: dict[tuple[Outcome, str], list[int]] = {}
        self._totals: dict[tuple[Outcome, str], int] = {}

    def note(self, outcome: Outcome, row: int, reason: str | None = None) -> None:
        """Count a row, and with a reason name it; the job does this."""
        self._counts[outcome] += 1
        if reason is None:
            return
        kind = (outcome, reason)
        self._totals[kind] = self._totals.get(kind, 0) + 1
        rows = self._failures.setdefault(kind, [])
        if len(rows) < ROWS_NAMED:
            rows.append(row)

    @property
    def sent(self) -> int:
        """How many rows the campaign took in this run."""
        return self._counts[Outcome.SENT]

    @property
    def skipped(self) -> int:
        """How many rows had been sent before."""
        return self._counts[Outcome.SKIPPED]

    @property
    def invalid(self) -> int:
        """How many rows cannot be sent as they are."""
        return self._counts[Outcome.INVALID]

    @property
    def refused(self) -> int:
        """How many rows the campaign refused."""
        return self._counts[Outcome.REFUSED]

    @property
    def not_sent(self) -> int:
        """How many rows did not reach the campaign."""
        return self._counts[Outcome.NOT_SENT]

    @property
    def unknown(self) -> int:
        """How many rows left and had no whole answer."""
        return self._counts[Outcome.UNKNOWN]

    @property
    def to_fix(self) -> int:
        """How many rows need a correction."""
        return self.invalid + self.refused

    @property
    def to_resume(self) -> int:
        """How many of the rows that were read a next run would send again as they are."""
        return self.not_sent + self.unknown

    @property
    def complete(self) -> bool:
        """Whether every row was sent, now or before."""
        return self.ended and not self.stopped and not self.to_fix and not self.to_resume

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The rows that were not sent, by reason, the most frequent first."""
        found = [
            Failure(outcome, reason, self._totals[outcome, reason], tuple(sorted(rows)))
            for (outcome, reason), rows in self._failures.items()
        ]
        return tuple(sorted(found, key=lambda failure: -failure.count))

    @property
    def advice(self) -> str:
        """How to go on, in a sentence or two."""
        if self.complete:
            return "Every row was sent. Delete the file with the signatures when you can."
        steps = []
        if self.stopped or not self.ended or self.to_resume:
            steps.append("Run the same again with the same journal: it goes on where it was.")
        if self.to_fix:
            steps.append(
                "Write the rows that were not sent to a file (write_unsent, --unsent FILE),"
                " correct them and send that file with the same journal."
            )
        if self.late:
            steps.append("Some rows may have been mailed twice; nobody is counted twice.")
        return " ".join(steps)

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values, for JSON."""
        return {
            "read": self.read,
            **{str(outcome): count for outcome, count in self._counts.items()},
            "late": self.late,
            "complete": self.complete,
            "stopped": self.stopped,
            "failures": [
                {"outcome": str(f.outcome), "reason": f.reason, "count": f.count, "rows": f.rows}
                for f in self.failures
            ],
            "advice": self.advice,
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in self._counts.items() if n)
        return f"<Report {counts or 'nothing yet'}{'' if self.complete else ', not complete'}>"


KIND = "imd-sdk.bulk"
MAGIC = f'{{"journal": "{KIND}", '.encode()
VERSION = 1
LONGEST_HEAD = 1 << 16
KEPT = 24 * 3600
"""Seconds for which the campaign keeps an Idempotency-Key (docs/http-api.md)."""

SENDING = "sending"
OPEN = {SENDING, Outcome.UNKNOWN}
"""What a row's last line says when nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class Job:
    campaign: str
    petition: str
    source: str | None


@dataclass(frozen=True, slots=True)
class Start:
    job: Job
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    row: int
    key: str | None
    """None: the row cannot be sent as it is."""
    outcome: str
    at: int
    """Seconds since 1970."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    outcome: str
    since: int
    """When the campaign may first have seen the key."""
    reason: str | None = None

    def late(self, now: float) -> bool:
        """Whether the campaign has forgotten the key, and nobody knows what became of it."""
        return self.outcome in OPEN and now - self.since >= KEPT


class Keys:
    """The last outcome of each key, in a file of SQLite's that has no name and goes away."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE keys (key TEXT PRIMARY KEY, outcome TEXT, since INTEGER, reason TEXT)"
            " WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def get(self, key: str) -> Known | None:
        found = self._db.execute(
            "SELECT outcome, since, reason FROM keys WHERE key = ?", (key,)
        ).fetchone()
        return Known(*found) if found else None

    def learn(self, entry: Entry) -> None:
        if entry.key is None:
            return
        before = self.get(entry.key)
        fresh = before is None or (entry.outcome == SENDING and _starts_anew(before, entry.at))
        since = entry.at if fresh or before is None else before.since
        self._db.execute(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
            (entry.key, entry.outcome, since, entry.reason),
        )

    def close(self) -> None:
        self._db.close()


def _starts_anew(before: Known, at: int) -> bool:
    return before.outcome == Outcome.NOT_SENT or at - before.since >= KEPT


class Journal:
    """An open journal; no other process can open it in the meantime."""

    def __init__(self, handle: int, path: Path, start: Start, keys: Keys) -> None:
        self._handle = handle
        self._path = path
        self._start = start
        self._keys = keys

    def known(self, key: str) -> Known | None:
        return self._keys.get(key)

    def write(self, entry: Entry) -> None:
        """Add a line; when this returns, it outlives the process."""
        line = {name: value for name, value in asdict(entry).items() if value is not None}
        append(self._handle, json.dumps(line), self._path)
        self._keys.learn(entry)

    def key(self, fields: Mapping[str, Any]) -> str:
        """The Idempotency-Key of a row: the same for the same contents, and tells nothing of them.

        Who has the journal and a guess at a whole row can try the guess (the salt is there); who
        has the key alone cannot.
        """
        job = self._start.job
        said = [job.petition, {**fields, "source": fields.get("source") or job.source}]
        text = json.dumps(said, sort_keys=True).encode()
        return hmac.new(self._start.salt, text, hashlib.sha256).hexdigest()[:32]


@contextmanager
def opened(path: str | os.PathLike[str], job: Job | None, *, now: float) -> Iterator[Journal]:
    where = Path(path)
    flags = os.O_RDWR | os.O_APPEND | BINARY | (os.O_CREAT if job else 0)
    try:
        handle = os.open(where, flags, PRIVATE)
    except OSError as error:
        raise JournalError(f"the journal {where} cannot be opened: {error.strerror}") from error
    try:
        if not lock(handle):
            raise JournalError(f"the journal {where} is in use by another process; let it finish")
        with closing(Keys()) as keys:
            yield Journal(handle, where, _started(handle, where, job, keys, now), keys)
    finally:
        os.close(handle)


def _started(handle: int, path: Path, job: Job | None, keys: Keys, now: float) -> Start:
    with os.fdopen(os.dup(handle), "rb") as file:
        head = file.readline(LONGEST_HEAD)
        if head.endswith(b"\n"):
            start = _start(head, path)
            _check(start.job, job or start.job, path)
            os.ftruncate(handle, len(head) + _learned(file, path, keys))
            return start
    if job is None or not (head.startswith(MAGIC) or MAGIC.startswith(head)):
        raise JournalError(f"{path} is not a journal of imd_sdk.bulk; nothing in it was changed")
    os.ftruncate(handle, 0)
    return _begin(handle, path, job, now)


def _begin(handle: int, path: Path, job: Job, now: float) -> Start:
    salt = secrets.token_bytes(32)
    start = {"journal": KIND, "version": VERSION, "salt": salt.hex(), "at": int(now), **asdict(job)}
    append(handle, json.dumps(start), path)
    with suppress(OSError):
        os.fsync(handle)
    return Start(job, salt)


def _start(head: bytes, path: Path) -> Start:
    try:
        said = json.loads(head)
        if (said["journal"], said["version"]) == (KIND, VERSION):
            job = Job(said["campaign"], said["petition"], said["source"])
            return Start(job, bytes.fromhex(said["salt"]))
    except (ValueError, TypeError, KeyError):
        pass
    raise JournalError(f"{path} is not a journal of this version; nothing in it was changed")


def _check(was: Job, now: Job, path: Path) -> None:
    for name, before in asdict(was).items():
        if before != getattr(now, name):
            raise JournalError(
                f"the journal {path} is of another {name} ({before or 'none'}); use another journal"
            )


def _learned(file: Any, path: Path, keys: Keys) -> int:
    """How many bytes are whole lines; a last line without an end was torn by a crash."""
    size = 0
    for number, line in enumerate(file, 2):
        if not line.endswith(b"\n"):
            break
        keys.learn(_entry(line, number, path))
        size += len(line)
    return size


def _entry(line: bytes, number: int, path: Path) -> Entry:
    try:
        entry = Entry(**{"key": None, **json.loads(line)})
        if entry.outcome in {SENDING, *Outcome} and isinstance(entry.at, int):
            return entry
    except (ValueError, TypeError):
        pass
    raise JournalError(f"{path}, line {number}: not a line of a journal; nothing was changed")


def append(handle: int, line: str, path: Path) -> None:
    """Write a line in one piece: whatever is written is in the hands of the system."""
    data = line.encode() + b"\n"
    try:
        written = os.write(handle, data)
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be written: {error.strerror}") from error
    if written != len(data):
        raise JournalError(f"the journal {path} cannot be written: the disk is full")
