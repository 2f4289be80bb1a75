"""The journal of a bulk job: an append-only file that records each row before it is sent.

It holds no personal data. Its first line names the job and holds the salt of its keys. Each other
line says that a row is about to be sent, or what happened to it. A killed process can therefore be
continued: a row that it was sending is sent again with the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_sdk._atomic_file import O_BINARY
from imd_sdk.bulk._errors import JournalError
from imd_sdk.bulk._file_io import OWNER_ONLY, translate_os_errors, write_all
from imd_sdk.bulk._locking import try_lock
from imd_sdk.bulk._report import RowOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KIND = "imd-sdk.bulk"
MAGIC = f'{{"journal": "{KIND}", '.encode()
VERSION = 1
MAX_HEAD_BYTES = 1 << 16
KEY_LIFETIME = 24 * 3600
"""Seconds for which the campaign keeps an Idempotency-Key (docs/http-api.md)."""
SENDING = "sending"
UNRESOLVED = {SENDING, RowOutcome.UNKNOWN}
"""Last outcomes of a row that may or may not have arrived."""


@dataclass(frozen=True, slots=True)
class Job:
    campaign: str
    petition: str
    source: str | None
    attested: bool = False
    """Whether its signatures are sent as verified by the partner."""


@dataclass(frozen=True, slots=True)
class JournalHead:
    job: Job
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    row: int
    key: str | None
    """None if the row cannot be sent without a correction."""
    outcome: str
    at: int
    """Seconds since 1970."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    outcome: str
    since: int
    """When the campaign may first have received the key."""
    reason: str | None = None

    def has_expired(self, now: float) -> bool:
        """Whether the outcome is unknown and the campaign no longer keeps the key."""
        return self.outcome in UNRESOLVED and now - self.since >= KEY_LIFETIME


class KeyIndex:
    """The last outcome of each key, in a temporary SQLite database."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE keys (key TEXT PRIMARY KEY, outcome TEXT, since INTEGER, reason TEXT)"
            " WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def get(self, key: str) -> KnownOutcome | None:
        found = self._db.execute(
            "SELECT outcome, since, reason FROM keys WHERE key = ?", (key,)
        ).fetchone()
        return KnownOutcome(*found) if found else None

    def record(self, entry: JournalEntry) -> None:
        if entry.key is None:
            return
        before = self.get(entry.key)
        fresh = before is None or (entry.outcome == SENDING and _starts_again(before, entry.at))
        since = entry.at if fresh or before is None else before.since
        self._db.execute(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
            (entry.key, entry.outcome, since, entry.reason),
        )

    def close(self) -> None:
        self._db.close()


def _starts_again(before: KnownOutcome, at: int) -> bool:
    return before.outcome == RowOutcome.NOT_SENT or at - before.since >= KEY_LIFETIME


class Journal:
    """An open journal, locked against other processes."""

    def __init__(self, handle: int, path: Path, head: JournalHead, keys: KeyIndex) -> None:
        self._handle = handle
        self._path = path
        self._head = head
        self._keys = keys

    @property
    def is_attested(self) -> bool:
        return self._head.job.attested

    def known_outcome(self, key: str) -> KnownOutcome | None:
        return self._keys.get(key)

    def write(self, entry: JournalEntry) -> None:
        """Add a line, which survives the end of the process."""
        line = {name: value for name, value in asdict(entry).items() if value is not None}
        append_line(self._handle, json.dumps(line), self._path)
        self._keys.record(entry)

    def key(self, fields: Mapping[str, Any]) -> str:
        """Make the Idempotency-Key of a row: equal for equal contents, which it does not reveal.

        With the journal, which has the salt, a guess at a whole row can be checked; with the key
        alone it cannot.
        """
        job = self._head.job
        head_fields = [job.petition, {**fields, "source": fields.get("source") or job.source}]
        text = json.dumps(head_fields, sort_keys=True).encode()
        return hmac.new(self._head.salt, text, hashlib.sha256).hexdigest()[:32]


@contextmanager
def open_journal(file: str | os.PathLike[str], job: Job | None, *, now: float) -> Iterator[Journal]:
    path = Path(file)
    flags = os.O_RDWR | os.O_APPEND | O_BINARY | (os.O_CREAT if job else 0)
    with translate_os_errors(JournalError, f"the journal {path} cannot be opened"):
        handle = os.open(path, flags, OWNER_ONLY)
    try:
        if not try_lock(handle):
            raise JournalError(f"the journal {path} is in use by another process; let it finish")
        with closing(KeyIndex()) as keys:
            yield Journal(handle, path, _read_or_begin(handle, path, job, keys, now), keys)
    finally:
        os.close(handle)


def _read_or_begin(
    handle: int, path: Path, job: Job | None, keys: KeyIndex, now: float
) -> JournalHead:
    with os.fdopen(os.dup(handle), "rb") as file:
        line = file.readline(MAX_HEAD_BYTES)
        if line.endswith(b"\n"):
            head = _parse_head(line, path)
            _check_job(head.job, job or head.job, path)
            os.ftruncate(handle, len(line) + _read_entries(file, path, keys))
            return head
    if job is None or not (line.startswith(MAGIC) or MAGIC.startswith(line)):
        raise JournalError(f"{path} is not a journal of imd_sdk.bulk; it was left unchanged")
    os.ftruncate(handle, 0)
    return _write_head(handle, path, job, now)


def _write_head(handle: int, path: Path, job: Job, now: float) -> JournalHead:
    salt = secrets.token_bytes(32)
    job_fields = {name: value for name, value in asdict(job).items() if value is not False}
    head = {"journal": KIND, "version": VERSION, "salt": salt.hex(), "at": int(now), **job_fields}
    append_line(handle, json.dumps(head), path)
    with suppress(OSError):
        os.fsync(handle)
    return JournalHead(job, salt)


def _parse_head(line: bytes, path: Path) -> JournalHead:
    try:
        head_fields = json.loads(line)
        if (head_fields["journal"], head_fields["version"]) == (KIND, VERSION):
            job = Job(
                head_fields["campaign"],
                head_fields["petition"],
                head_fields["source"],
                head_fields.get("attested") is True,
            )
            return JournalHead(job, bytes.fromhex(head_fields["salt"]))
    except (ValueError, TypeError, KeyError):
        pass
    raise JournalError(f"{path} is not a journal of this version; it was left unchanged")


def _check_job(recorded: Job, now: Job, path: Path) -> None:
    for name, before in asdict(recorded).items():
        if before != getattr(now, name):
            raise JournalError(
                f"the journal {path} belongs to another {name} ({_describe(before)});"
                " use another journal"
            )


def _describe(value: object) -> str:
    """Name a field of a job: of attested signatures, whether it is for them."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "none")


def _read_entries(file: Any, path: Path, keys: KeyIndex) -> int:
    """Record all entries; return the size of complete lines: a crash may cut off the last one."""
    size = 0
    for number, line in enumerate(file, 2):
        if not line.endswith(b"\n"):
            break
        keys.record(_parse_entry(line, number, path))
        size += len(line)
    return size


def _parse_entry(line: bytes, number: int, path: Path) -> JournalEntry:
    try:
        entry = JournalEntry(**{"key": None, **json.loads(line)})
        if entry.outcome in {SENDING, *RowOutcome} and isinstance(entry.at, int):
            return entry
    except (ValueError, TypeError):
        pass
    raise JournalError(
        f"{path}, line {number}: not a line of a journal; the file was left unchanged"
    )


def append_line(handle: int, line: str, path: Path) -> None:
    """Write a line in one piece, so that the system has all of it when the process ends."""
    with translate_os_errors(JournalError, f"the journal {path} cannot be written"):
        write_all(handle, line.encode() + b"\n")
