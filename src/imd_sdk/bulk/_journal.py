"""The journal of a job: an append-only file in which nothing personal stands.

The first line says which job it is of, and holds the salt of its keys; every other line says what
is about to happen to a row, or what came of it. A line is written before the row is sent, so what
a killed process was at is known: it is sent again, with the same key.
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

from imd_sdk.bulk._files import BINARY, PRIVATE, JournalError, lock
from imd_sdk.bulk._report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
