"""The formats of an export: CSV for spreadsheets, JSON Lines for programs, HTML for paper."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from imd_cli.campaign.print_page import make_facts, make_page, make_table, name_country
from imd_cli.errors import CommandError
from imd_sdk._atomic_file import atomic_write
from imd_sdk.bulk._export import FORMULA
from imd_sdk.bulk._file_io import OWNER_ONLY

Row: TypeAlias = Mapping[str, Any]

BYTE_ORDER_MARK = "\ufeff"
CSV, JSON_LINES, HTML = "csv", "jsonl", "html"
FORMATS = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".html": HTML}
TIME_COLUMNS = {"confirmed_at", "created_at", "consented_at"}
HEADINGS = {
    "confirmed_at": "Date",
    "created_at": "Date",
    "consented_at": "Consent",
    "email": "E-mail",
    "lang": "Language",
    "postal_code": "Postal code",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a printed list."""

    title: str
    lang: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are written; `is_for_excel` puts a byte order mark in front of CSV."""

    columns: Sequence[str]
    heading: Heading
    is_for_excel: bool = False


def choose_format(goal: Path) -> str:
    kind = FORMATS.get(goal.suffix.lower())
    if kind is None:
        raise CommandError(
            f"{goal.name} must end in .csv, .jsonl or .html, which chooses the format", status=2
        )
    return kind


def write(goal: Path, layout: Layout, read_rows: Callable[[], Iterator[Row]]) -> int:
    """Write a file that its owner alone can read, whole or not at all; return how many rows."""
    writer = _WRITERS[choose_format(goal)]
    counter = _Counter()
    with atomic_write(goal, OWNER_ONLY, encoding="utf-8", newline="") as file:
        for text in writer(layout, lambda: counter.count(read_rows())):
            file.write(text)
    return counter.rows


class _Counter:
    """Counts the rows of the last run through them."""

    rows = 0

    def count(self, rows: Iterator[Row]) -> Iterator[Row]:
        self.rows = 0
        for row in rows:
            self.rows += 1
            yield row


# --- CSV -----------------------------------------------------------------------------------------


def _write_csv(layout: Layout, read_rows: Callable[[], Iterator[Row]]) -> Iterator[str]:
    if layout.is_for_excel:
        yield BYTE_ORDER_MARK
    yield _make_csv_line(layout.columns)
    for row in read_rows():
        yield _make_csv_line([make_cell(row[name]) for name in layout.columns])


def make_cell(value: object) -> object:
    """Return the value of a cell that no spreadsheet reads as a formula."""
    return FORMULA.sub("'", format_value(value))


def format_value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)


def _make_csv_line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue()


# --- JSON Lines ----------------------------------------------------------------------------------


def _write_json_lines(layout: Layout, read_rows: Callable[[], Iterator[Row]]) -> Iterator[str]:
    for row in read_rows():
        yield json.dumps({name: row[name] for name in layout.columns}, ensure_ascii=False) + "\n"


# --- HTML ----------------------------------------------------------------------------------------


def _write_html(layout: Layout, read_rows: Callable[[], Iterator[Row]]) -> Iterator[str]:
    total = sum(1 for _ in read_rows())
    heading = layout.heading
    facts = make_facts([*heading.facts, ("Total", f"{total:,}")])
    cells = ([_print_value(name, row[name]) for name in layout.columns] for row in read_rows())
    table = make_table([_name_column(name) for name in layout.columns], cells)
    yield from make_page(heading.title, heading.lang, chain([facts], table))


def _name_column(column: str) -> str:
    return HEADINGS.get(column) or column.replace("_", " ").capitalize()


def _print_value(column: str, value: object) -> str:
    if column in TIME_COLUMNS and isinstance(value, str):
        return f"{datetime.fromisoformat(value):%Y-%m-%d}"
    if column == "country" and isinstance(value, str):
        return name_country(value)
    return format_value(value)


_WRITERS: Mapping[str, Callable[[Layout, Callable[[], Iterator[Row]]], Iterator[str]]] = {
    CSV: _write_csv,
    JSON_LINES: _write_json_lines,
    HTML: _write_html,
}
