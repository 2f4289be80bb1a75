"""Lists of a campaign into a file: page by page, and on from where an earlier try was cut off."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from imd_sdk.bulk._journal import BINARY, PRIVATE, ExportError, lock, whole
from imd_sdk.models import Event, Place, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imd_sdk import AsyncClient, AsyncPager, Client, Pager
    from imd_sdk.models import Model, Page
    from imd_sdk.options import EventFilters

__all__ = [
    "Exported",
    "export_events",
    "export_events_async",
    "export_signatures",
    "export_signatures_async",
]

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
    shape = _Shape(f"{client.base_url} signatures {petition}", SIGNATURE_COLUMNS)
    with _begun(path, shape, progress) as part:
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
    shape = _Shape(f"{client.base_url} signatures {petition}", SIGNATURE_COLUMNS)
    with _begun(path, shape, progress) as part:
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
    shape = _Shape(f"{client.base_url} events {_said(filters)}", EVENT_COLUMNS)
    with _begun(path, shape, progress) as part:
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
    shape = _Shape(f"{client.base_url} events {_said(filters)}", EVENT_COLUMNS)
    with _begun(path, shape, progress) as part:
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
class _Shape:
    what: str
    columns: tuple[str, ...]


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
    shape: _Shape,
    progress: Callable[[Exported], object] | None,
) -> Iterator[_Part]:
    goal = Path(path)
    write = _writer(goal, shape.columns)
    hidden = goal.with_name(f".{goal.name}.part")
    try:
        handle = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, PRIVATE)
    except OSError as error:
        raise ExportError(f"{hidden} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "r+b") as file:
        if not lock(handle):
            raise ExportError(f"another process exports to {goal}; let it finish")
        part = _Part(goal, file, write, _found(goal, shape, os.fstat(handle).st_size))
        part.progress = progress
        yield part
        part.end(hidden)


def _found(goal: Path, shape: _Shape, size: int) -> _Mark:
    try:
        mark = _Mark(**json.loads(_beside(goal).read_bytes()))
    except FileNotFoundError:
        return _Mark(shape.what)
    except (ValueError, TypeError):
        raise ExportError(f"{_beside(goal)} cannot be read; delete it to begin anew") from None
    if mark.what != shape.what:
        raise ExportError(
            f"an export of something else was begun at {goal}: finish it,"
            f" or delete {_beside(goal)} to begin anew"
        )
    return mark if size >= mark.size else _Mark(shape.what)


def _beside(goal: Path) -> Path:
    return goal.with_name(f".{goal.name}.cursor")


class _Part:
    progress: Callable[[Exported], object] | None = None

    def __init__(self, goal: Path, file: io.BufferedRandom, write: _Writer, mark: _Mark) -> None:
        self._goal = goal
        self._file = file
        self._write = write
        self._mark = mark
        file.truncate(mark.size)
        if mark.size == 0:
            file.write(write.head)

    @property
    def cursor(self) -> str | None:
        return self._mark.cursor

    @property
    def exported(self) -> Exported:
        return Exported(self._goal, self._mark.items)

    def add(self, page: Page[Any]) -> None:
        for item in page.items:
            self._file.write(self._write.line(item))
        self._file.flush()
        size, items = self._file.seek(0, io.SEEK_END), self._mark.items + len(page.items)
        self._mark = _Mark(self._mark.what, size, items, page.next)
        if page.next is not None:
            self._keep()
        if self.progress:
            self.progress(self.exported)

    def _keep(self) -> None:
        os.fsync(self._file.fileno())
        with whole(_beside(self._goal), encoding="utf-8") as file:
            json.dump(asdict(self._mark), file)

    def end(self, hidden: Path) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        _beside(self._goal).unlink(missing_ok=True)
        if sys.platform == "win32":
            self._file.close()
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
