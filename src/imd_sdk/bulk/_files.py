"""What a job leaves behind: journals, reports and exports, in files that are whole or not there.

A journal is an append-only file in which nothing personal stands. Its first line says which job it
is of, and holds the salt of its keys; every other says what is about to happen to a row, or what
came of it. A line is written before the row is sent, so what a killed process was at is known: it
is sent again, with the same key.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import os
import secrets
import sqlite3
import sys
from collections import Counter, defaultdict
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from imd_sdk._atomic_file import O_BINARY, atomic_write
from imd_sdk.models import Event, Place, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from imd_sdk import AsyncClient, AsyncPager, Client, Pager
    from imd_sdk.models import Model, Page
    from imd_sdk.options import EventFilters


class BulkError(Exception):
    """A file of a bulk job cannot be used; the message says what to do, and repeats no cell."""


class TableError(BulkError):
    """A CSV file cannot be read."""

    def __init__(self, message: str, *, line: int | None = None, field: str | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
        """Where, counted from 1; None when the whole file is meant."""
        self.field = field
        """The field whose column ``columns`` has to name, where that is all that is missing."""


class JournalError(BulkError):
    """A journal is used by another process, belongs to another job, or is none."""


class ExportError(BulkError):
    """What is left of an earlier export does not fit this one."""


PRIVATE = 0o600
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
def told(kind: type[BulkError], what: str) -> Iterator[None]:
    """Tell what the system says of a file in the words of a job."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what}: {error.strerror}") from error


def put(handle: int, data: bytes) -> None:
    """Write all of it, or nothing: half a line would spoil the next one."""
    left = data
    try:
        while left:
            left = left[os.write(handle, left) :]
    except OSError:
        os.ftruncate(handle, os.fstat(handle).st_size - len(data) + len(left))
        raise


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
        self._totals: Counter[tuple[Outcome, str]] = Counter()
        self._rows: defaultdict[tuple[Outcome, str], list[int]] = defaultdict(list)

    def note(self, outcome: Outcome, row: int, reason: str | None = None) -> None:
        """Count a row, and with a reason name it; the job does this."""
        self._counts[outcome] += 1
        if reason is None:
            return
        self._totals[kind := (outcome, reason)] += 1
        if len(self._rows[kind]) < ROWS_NAMED:
            self._rows[kind].append(row)

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
        return tuple(
            Failure(*kind, count, tuple(sorted(self._rows[kind])))
            for kind, count in self._totals.most_common()
        )

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
            "failures": [asdict(failure) for failure in self.failures],
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
    flags = os.O_RDWR | os.O_APPEND | O_BINARY | (os.O_CREAT if job else 0)
    with told(JournalError, f"the journal {where} cannot be opened"):
        handle = os.open(where, flags, PRIVATE)
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
    with told(JournalError, f"the journal {path} cannot be written"):
        put(handle, line.encode() + b"\n")


PAGE = 100
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""

SIGNATURE_COLUMNS = tuple(Signature.model_fields)
EVENT_COLUMNS = (
    *(name for name in Event.model_fields if name != "place"),
    *(f"place.{name}" for name in Place.model_fields),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """An export so far; the one that is returned is whole."""

    path: Path
    items: int
    """How many are in the file."""


def export_signatures(
    client: Client,
    petition: str,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[Exported], object] | None = None,
) -> Exported:
    """Write all signatures of a petition to a file, names and addresses sealed.

    Needs a key with the scope ``signatures:read``. The name of the file says the format: JSON
    Lines (``.jsonl``) or CSV (``.csv``), in which a text that a spreadsheet would take for a
    formula has a ``'`` in front.

    No more than a page is held. The file appears when it is whole, for its owner alone; until then
    a hidden file beside it has what came, and the same call goes on from there. ``progress`` is
    called after each page. Raises `ExportError`, and what `imd_sdk.errors` draws.
    """
    what = f"{client.base_url} signatures {petition}"
    with _begun(path, what, SIGNATURE_COLUMNS, progress) as part:
        _save(client.petitions.signatures(petition, limit=PAGE, cursor=part.cursor), part)
    return part.exported


async def export_signatures_async(
    client: AsyncClient,
    petition: str,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[Exported], object] | None = None,
) -> Exported:
    """Write all signatures of a petition to a file; as `export_signatures`."""
    what = f"{client.base_url} signatures {petition}"
    with _begun(path, what, SIGNATURE_COLUMNS, progress) as part:
        pages = client.petitions.signatures(petition, limit=PAGE, cursor=part.cursor)
        await _save_async(pages, part)
    return part.exported


def export_events(
    client: Client,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[Exported], object] | None = None,
    **filters: Unpack[EventFilters],
) -> Exported:
    """Write events to a file, with the filters of ``events.list``; as `export_signatures`.

    Needs no key. In CSV, the parts of a place are columns of their own (``place.locality``).
    """
    what = f"{client.base_url} events {_said(filters)}"
    with _begun(path, what, EVENT_COLUMNS, progress) as part:
        _save(client.events.list(limit=PAGE, cursor=part.cursor, **filters), part)
    return part.exported


async def export_events_async(
    client: AsyncClient,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[Exported], object] | None = None,
    **filters: Unpack[EventFilters],
) -> Exported:
    """Write events to a file, with the filters of ``events.list``; as `export_events`."""
    what = f"{client.base_url} events {_said(filters)}"
    with _begun(path, what, EVENT_COLUMNS, progress) as part:
        await _save_async(client.events.list(limit=PAGE, cursor=part.cursor, **filters), part)
    return part.exported


def _said(filters: object) -> str:
    return json.dumps(filters, default=str, sort_keys=True)


def _save(pager: Pager[Any], part: _Part) -> None:
    for page in pager.pages():
        part.add(page)


async def _save_async(pager: AsyncPager[Any], part: _Part) -> None:
    async for page in pager.pages():
        part.add(page)


# --- the file on its way -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far an export has come: so many bytes are good, and the list goes on at the cursor."""

    what: str
    size: int = 0
    items: int = 0
    cursor: str | None = None


@contextmanager
def _begun(
    path: str | os.PathLike[str],
    what: str,
    columns: tuple[str, ...],
    progress: Callable[[Exported], object] | None,
) -> Iterator[_Part]:
    goal = Path(path)
    write = _writer(goal, columns)
    hidden = goal.with_name(f".{goal.name}.part")
    with told(ExportError, f"{hidden} cannot be written"):
        handle = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_APPEND | O_BINARY, PRIVATE)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        if not lock(handle):
            raise ExportError(f"another process exports to {goal}; let it finish")
        part = _Part(goal, file, write, _found(goal, what, os.fstat(handle).st_size))
        part.progress = progress
        yield part
        part.end(hidden)


def _found(goal: Path, what: str, size: int) -> _Mark:
    try:
        mark = _Mark(**json.loads(_beside(goal).read_bytes()))
    except FileNotFoundError:
        return _Mark(what)
    except (ValueError, TypeError):
        raise ExportError(f"{_beside(goal)} cannot be read; delete it to begin anew") from None
    if mark.what != what:
        raise ExportError(
            f"an export of something else was begun at {goal}: finish it,"
            f" or delete {_beside(goal)} to begin anew"
        )
    return mark if size >= mark.size else _Mark(what)


def _beside(goal: Path) -> Path:
    return goal.with_name(f".{goal.name}.cursor")


class _Part:
    progress: Callable[[Exported], object] | None = None

    def __init__(self, goal: Path, file: io.FileIO, write: _Writer, mark: _Mark) -> None:
        self._goal = goal
        self._file = file
        self._write = write
        self._mark = mark
        file.truncate(mark.size)

    @property
    def cursor(self) -> str | None:
        return self._mark.cursor

    @property
    def exported(self) -> Exported:
        return Exported(self._goal, self._mark.items)

    def add(self, page: Page[Any]) -> None:
        with told(ExportError, f"{self._goal} cannot be written"):
            self._put(page)
        if self.progress:
            self.progress(self.exported)

    def _put(self, page: Page[Any]) -> None:
        handle, mark = self._file.fileno(), self._mark
        head = b"" if mark.size else self._write.head
        put(handle, head + b"".join(map(self._write.line, page.items)))
        size, items = os.fstat(handle).st_size, mark.items + len(page.items)
        self._mark = _Mark(mark.what, size, items, page.next)
        os.fsync(handle)
        if page.next is not None:
            with atomic_write(_beside(self._goal), PRIVATE, encoding="utf-8") as file:
                json.dump(asdict(self._mark), file)

    def end(self, hidden: Path) -> None:
        _beside(self._goal).unlink(missing_ok=True)
        if sys.platform == "win32":
            self._file.close()
        with told(ExportError, f"{self._goal} cannot be written"):
            hidden.replace(self._goal)


# --- a line ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Writer:
    head: bytes
    line: Callable[[Model], bytes]


def _writer(goal: Path, columns: tuple[str, ...]) -> _Writer:
    kind = FORMATS.get(goal.suffix.lower())
    if kind is None:
        raise ExportError(f"{goal.name} has to end in .jsonl or .csv, which says the format")
    if kind == "jsonl":
        return _Writer(b"", lambda item: item.model_dump_json(by_alias=True).encode() + b"\n")
    return _Writer(_row(columns), lambda item: _row(_cells(item, columns)))


def _cells(item: Model, columns: tuple[str, ...]) -> list[object]:
    values = item.model_dump(mode="json")
    place = values.pop("place", None) or {}
    flat = values | {f"place.{name}": value for name, value in place.items()}
    return [_cell(flat.get(name)) for name in columns]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        value = " ".join(map(str, value))
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return "" if value is None else value


def _row(cells: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    return text.getvalue().encode()
