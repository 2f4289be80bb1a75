"""Exports of lists to a file, page by page; an interrupted export is continued."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from imd_sdk._atomic_file import O_BINARY, atomic_write
from imd_sdk.bulk._errors import ExportError
from imd_sdk.bulk._file_io import OWNER_ONLY, translate_os_errors, write_all
from imd_sdk.bulk._locking import try_lock
from imd_sdk.models import AttendanceReview, Event, Money, Order, Place, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imd_sdk._paging import AsyncPager, Pager
    from imd_sdk.client import AsyncClient, Client
    from imd_sdk.models import Model, Page
    from imd_sdk.options import EventFilters

PAGE_SIZE = 100
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
FORMULA_MARK = r" *[=+\-@\uff1d\uff0b\uff0d\uff20]"
FORMULA = re.compile(rf"^(?={FORMULA_MARK}|[\t\r])|(?<=[;,\t\r\n])(?={FORMULA_MARK})")
"""Where a spreadsheet would read a formula (OWASP, CSV Injection): also after a separator, because
spreadsheets in many languages split lines at semicolons, and then quotes protect nothing."""
SIGNATURE_COLUMNS = tuple(Signature.model_fields)
EVENT_COLUMNS = (
    *(name for name in Event.model_fields if name != "place"),
    *(f"place.{name}" for name in Place.model_fields),
)
ORDER_COLUMNS = (
    *(f"order.{name}" for name in Order.model_fields if name not in {"total", "payment"}),
    *(f"order.total.{name}" for name in Money.model_fields),
    "order.payment.state",
    "sealed",
)
ATTENDANCE_COLUMNS = tuple(AttendanceReview.model_fields)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """The progress of an export; the returned one is complete."""

    path: Path
    items: int
    """How many items are in the file."""


def export_signatures(
    client: Client,
    petition: str,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write all signatures of a petition to a file; names and e-mail addresses stay encrypted.

    Needs a key with the scope ``signatures:read``. The suffix of the file chooses the format: JSON
    Lines (``.jsonl``) or CSV (``.csv``). In CSV, text that a spreadsheet would read as a formula
    gets a ``'`` in front.

    At most one page is in memory. The file appears once it is complete, readable by its owner only.
    Until then a hidden file next to it holds the pages so far, and the same call continues from
    there. ``progress`` is called after each page. Raises `ExportError` and `ImdError`.
    """
    what = f"{client.base_url} signatures {petition}"
    with _open_part(path, what, SIGNATURE_COLUMNS, progress) as part:
        _save(client.petitions.signatures(petition, limit=PAGE_SIZE, cursor=part.cursor), part)
    return part.exported


async def export_signatures_async(
    client: AsyncClient,
    petition: str,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write all signatures of a petition to a file, like `export_signatures`."""
    what = f"{client.base_url} signatures {petition}"
    with _open_part(path, what, SIGNATURE_COLUMNS, progress) as part:
        pages = client.petitions.signatures(petition, limit=PAGE_SIZE, cursor=part.cursor)
        await _save_async(pages, part)
    return part.exported


def export_events(
    client: Client,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[ExportedFile], object] | None = None,
    **filters: Unpack[EventFilters],
) -> ExportedFile:
    """Write events to a file, with the filters of ``events.list``, like `export_signatures`.

    Needs no key. In CSV, each part of a place has its own column (``place.locality``).
    """
    what = f"{client.base_url} events {_describe_filters(filters)}"
    with _open_part(path, what, EVENT_COLUMNS, progress) as part:
        _save(client.events.list(limit=PAGE_SIZE, cursor=part.cursor, **filters), part)
    return part.exported


async def export_events_async(
    client: AsyncClient,
    path: str | os.PathLike[str],
    *,
    progress: Callable[[ExportedFile], object] | None = None,
    **filters: Unpack[EventFilters],
) -> ExportedFile:
    """Write events to a file, with the filters of ``events.list``, like `export_events`."""
    what = f"{client.base_url} events {_describe_filters(filters)}"
    with _open_part(path, what, EVENT_COLUMNS, progress) as part:
        await _save_async(client.events.list(limit=PAGE_SIZE, cursor=part.cursor, **filters), part)
    return part.exported


def export_orders(
    client: Client,
    path: str | os.PathLike[str],
    *,
    state: str | None = None,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write orders to a file, like `export_signatures`; their buyers stay encrypted.

    ``state`` is that of ``moderation.orders``. Needs a key with the scope ``orders:manage``.
    """
    with _open_part(path, f"{client.base_url} orders {state}", ORDER_COLUMNS, progress) as part:
        _save(client.moderation.orders(state=state, limit=PAGE_SIZE, cursor=part.cursor), part)
    return part.exported


async def export_orders_async(
    client: AsyncClient,
    path: str | os.PathLike[str],
    *,
    state: str | None = None,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write orders to a file, like `export_orders`."""
    with _open_part(path, f"{client.base_url} orders {state}", ORDER_COLUMNS, progress) as part:
        pages = client.moderation.orders(state=state, limit=PAGE_SIZE, cursor=part.cursor)
        await _save_async(pages, part)
    return part.exported


def export_attendances(
    client: Client,
    path: str | os.PathLike[str],
    *,
    event: str | None = None,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write the guests of events to a file, like `export_signatures`; they are not encrypted.

    ``event`` is an event's id. Names, addresses and messages are there for private homes only.
    Needs a key with the scope ``events:moderate``.
    """
    what = f"{client.base_url} attendances {event}"
    with _open_part(path, what, ATTENDANCE_COLUMNS, progress) as part:
        _save(client.moderation.attendances(event=event, limit=PAGE_SIZE, cursor=part.cursor), part)
    return part.exported


async def export_attendances_async(
    client: AsyncClient,
    path: str | os.PathLike[str],
    *,
    event: str | None = None,
    progress: Callable[[ExportedFile], object] | None = None,
) -> ExportedFile:
    """Write the guests of events to a file, like `export_attendances`."""
    what = f"{client.base_url} attendances {event}"
    with _open_part(path, what, ATTENDANCE_COLUMNS, progress) as part:
        pages = client.moderation.attendances(event=event, limit=PAGE_SIZE, cursor=part.cursor)
        await _save_async(pages, part)
    return part.exported


def _describe_filters(filters: object) -> str:
    return json.dumps(filters, default=str, sort_keys=True)


def _save(pager: Pager[Any], part: _PartialFile) -> None:
    for page in pager.pages():
        part.add(page)


async def _save_async(pager: AsyncPager[Any], part: _PartialFile) -> None:
    async for page in pager.pages():
        part.add(page)


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """The state of an unfinished export: its complete bytes, and the cursor of the next page."""

    what: str
    size: int = 0
    items: int = 0
    cursor: str | None = None


@contextmanager
def _open_part(
    path: str | os.PathLike[str],
    what: str,
    columns: tuple[str, ...],
    progress: Callable[[ExportedFile], object] | None,
) -> Iterator[_PartialFile]:
    goal = Path(path)
    write = _writer(goal, columns)
    hidden = goal.with_name(f".{goal.name}.part")
    with translate_os_errors(ExportError, f"{hidden} cannot be written"):
        handle = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_APPEND | O_BINARY, OWNER_ONLY)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        if not try_lock(handle):
            raise ExportError(f"another process is exporting to {goal}; let it finish")
        part = _PartialFile(
            goal, file, write, _read_checkpoint(goal, what, os.fstat(handle).st_size)
        )
        part.progress = progress
        yield part
        part.finish(hidden)


def _read_checkpoint(goal: Path, what: str, size: int) -> _Checkpoint:
    try:
        checkpoint = _Checkpoint(**json.loads(_checkpoint_file(goal).read_bytes()))
    except FileNotFoundError:
        return _Checkpoint(what)
    except (ValueError, TypeError):
        raise ExportError(
            f"{_checkpoint_file(goal)} cannot be read; delete it to start again"
        ) from None
    if checkpoint.what != what:
        raise ExportError(
            f"an export of something else to {goal} is unfinished: finish it,"
            f" or delete {_checkpoint_file(goal)} to start again"
        )
    return checkpoint if size >= checkpoint.size else _Checkpoint(what)


def _checkpoint_file(goal: Path) -> Path:
    return goal.with_name(f".{goal.name}.cursor")


class _PartialFile:
    progress: Callable[[ExportedFile], object] | None = None

    def __init__(
        self, goal: Path, file: io.FileIO, write: _Writer, checkpoint: _Checkpoint
    ) -> None:
        self._goal = goal
        self._file = file
        self._write = write
        self._checkpoint = checkpoint
        file.truncate(checkpoint.size)

    @property
    def cursor(self) -> str | None:
        return self._checkpoint.cursor

    @property
    def exported(self) -> ExportedFile:
        return ExportedFile(self._goal, self._checkpoint.items)

    def add(self, page: Page[Any]) -> None:
        with translate_os_errors(ExportError, f"{self._goal} cannot be written"):
            self._write_page(page)
        if self.progress:
            self.progress(self.exported)

    def _write_page(self, page: Page[Any]) -> None:
        handle, checkpoint = self._file.fileno(), self._checkpoint
        head = b"" if checkpoint.size else self._write.head
        write_all(handle, head + b"".join(map(self._write.line, page.items)))
        size, items = os.fstat(handle).st_size, checkpoint.items + len(page.items)
        self._checkpoint = _Checkpoint(checkpoint.what, size, items, page.next)
        os.fsync(handle)
        if page.next is not None:
            with atomic_write(_checkpoint_file(self._goal), OWNER_ONLY, encoding="utf-8") as file:
                json.dump(asdict(self._checkpoint), file)

    def finish(self, hidden: Path) -> None:
        _checkpoint_file(self._goal).unlink(missing_ok=True)
        if sys.platform == "win32":
            self._file.close()
        with translate_os_errors(ExportError, f"{self._goal} cannot be written"):
            hidden.replace(self._goal)


@dataclass(frozen=True, slots=True)
class _Writer:
    head: bytes
    line: Callable[[Model], bytes]


def _writer(goal: Path, columns: tuple[str, ...]) -> _Writer:
    kind = FORMATS.get(goal.suffix.lower())
    if kind is None:
        raise ExportError(f"{goal.name} must end in .jsonl or .csv, which chooses the format")
    if kind == "jsonl":
        return _Writer(b"", lambda item: item.model_dump_json(by_alias=True).encode() + b"\n")
    return _Writer(_csv_row(columns), lambda item: _csv_row(_csv_cells(item, columns)))


def _csv_cells(item: Model, columns: tuple[str, ...]) -> list[object]:
    flat = dict(_flatten(item.model_dump(mode="json")))
    return [_csv_cell(flat.get(name)) for name in columns]


def _flatten(values: dict[str, Any], parent: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of nested objects by names such as ``place.locality``."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{parent}{name}.")
        else:
            yield f"{parent}{name}", value


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        value = " ".join(map(str, value))
    if isinstance(value, str):
        return FORMULA.sub("'", value)
    return "" if value is None else value


def _csv_row(cells: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    return text.getvalue().encode()
