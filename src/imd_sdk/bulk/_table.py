"""CSV files: read as they are, and written again with the rows that were not sent."""

from __future__ import annotations

import codecs
import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from imd_sdk._atomic_file import atomic_write
from imd_sdk.bulk._column_mapping import (
    ATTESTED_FIELDS,
    FIELDS,
    REQUIRED,
    Columns,
    count_known_headings,
    describe_headings,
    find_columns,
)
from imd_sdk.bulk._errors import TableError
from imd_sdk.bulk._file_io import OWNER_ONLY, translate_os_errors
from imd_sdk.bulk._headings import is_consent
from imd_sdk.bulk._journal import open_journal
from imd_sdk.bulk._report import RowOutcome
from imd_sdk.bulk._rows import Row, parse_row

if TYPE_CHECKING:
    import io
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from imd_sdk.bulk._column_mapping import ColumnOption
    from imd_sdk.bulk._journal import Journal

T = TypeVar("T")
DELIMITERS = (",", ";", "\t")
PROBLEM = "problem"
"""The heading of the reasons in the file of `write_unsent`."""


@dataclass(frozen=True, repr=False)
class Table:
    """A CSV file as rows for `sign_many` and `check`; each iteration reads the file again."""

    path: Path
    heading: tuple[str, ...]
    """The first row of the file."""
    delimiter: str
    encoding: str
    _columns: Columns
    _defaults: Mapping[str, str]

    @property
    def columns(self) -> dict[str, str]:
        """The heading that each field is read from; a name may be joined from several."""
        return self._columns.titles(self.heading)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headings that are not used."""
        return self._columns.ignored(self.heading)

    @property
    def advice(self) -> str | None:
        """Why columns with consent are not used, in a sentence or two; None if there are none."""
        consent = ", ".join(title.strip() for title in self.ignored if is_consent(title))
        return f"Not sent: {consent}. People are asked when they confirm." if consent else None

    def __iter__(self) -> Iterator[Row]:
        for number, cells in _read_records(self.path, self.encoding, self.delimiter, skip=True):
            if any(cell.strip() for cell in cells):
                yield self._row(number, cells)

    def __repr__(self) -> str:
        return f"<Table {self.path} {self.columns}>"

    def _row(self, number: int, cells: Sequence[str]) -> Row:
        if any(cell.strip() for cell in cells[len(self.heading) :]):
            error = f"{len(cells)} cells but {len(self.heading)} headings; a quote may be missing"
            return Row(number, {}, error, tuple(cells))
        padded = (*cells, *("" for _ in self.heading))
        found = {field: padded[at].strip() for field, at in self._columns.places.items()}
        values = {**self._defaults, **{field: text for field, text in found.items() if text}}
        if self._columns.name:
            try:
                name = self._columns.name.read(padded, values.get("lang", ""))
            except ValueError as error:
                return Row(number, {}, str(error), tuple(cells))
            values |= {"name": name} if name else {}
        return Row(number, values, None, tuple(cells))


def read_csv(
    path: str | os.PathLike[str],
    *,
    columns: ColumnOption | None = None,
    defaults: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    single_names: bool = False,
) -> Table:
    """Open a CSV file whose first row holds the headings; rows are read as they are needed.

    ``columns`` maps fields to headings: ``{"email": "E-mail"}``, or
    ``{"name": ["First name", "Last name"]}`` for a name in parts, in this order. Other fields are
    found by common headings; the parts of a name are joined in the order of the language.
    ``defaults`` holds values for empty cells and missing columns: ``{"country": "ES"}``.
    ``delimiter`` is ``,``, ``;`` or a tab, and is detected by default. ``encoding`` is by default
    UTF-8, or UTF-16 with a byte order mark.

    A row in which the given name or the family name is empty cannot be sent. ``single_names``
    allows such rows, for people who have one name.

    Whether names are shown, and who gets news, is not read: people are asked when they confirm.
    For attested signatures only, ``columns`` may name ``reference``, ``public`` and ``updates``.
    Empty rows are skipped. Raises `TableError`, here or while rows are read.
    """
    where = Path(path)
    fixed = _check_fields(defaults, "defaults")
    wanted = _check_fields(columns, "columns")
    chosen_encoding = encoding or _detect_encoding(where)
    chosen = [delimiter] if delimiter else DELIMITERS
    found_delimiter, heading = _read_heading(where, chosen_encoding, chosen, wanted)
    found = find_columns(heading, wanted, single_names=single_names)
    there = {*found.titles(heading), *fixed}
    replaced = {"email"} if "reference" in there else set()
    missing = [field for field in REQUIRED if field not in there | replaced]
    if missing:
        raise TableError(
            f"no column for {', '.join(missing)}; {describe_headings(heading, wanted)}; "
            "choose one with columns, or set one value for all rows with defaults",
            line=1,
            field=missing[0],
        )
    return Table(where, heading, found_delimiter, chosen_encoding, found, fixed)


def write_unsent(
    table: Table,
    journal: str | os.PathLike[str],
    to: str | os.PathLike[str],
) -> int:
    """Write the rows of a table that were not sent to a CSV file, and return their number.

    The rows are unchanged except for a last column, ``problem``, with the reason. Correct them and
    send the new file with the same journal. Only its owner can read the file. As in the first
    file, a spreadsheet may read a cell that begins with ``=`` as a formula. Raises `JournalError`
    and `TableError`.
    """
    goal = Path(to)
    if goal.exists() and goal.samefile(table.path):
        raise TableError(f"{goal} is the table itself; choose another file")
    with (
        open_journal(journal, None, now=time.time()) as book,
        translate_os_errors(TableError, f"{goal} cannot be written"),
        atomic_write(goal, OWNER_ONLY, encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=table.delimiter)
        own = table.heading[:-1] if table.heading[-1] == PROBLEM else table.heading
        writer.writerow((*own, PROBLEM))
        count = 0
        for row in table:
            if problem := _problem(row, book):
                writer.writerow(_with_problem(row, len(own), problem))
                count += 1
    return count


def _with_problem(row: Row, width: int, problem: str) -> tuple[str, ...]:
    if len(row.cells) > width + 1:
        return (*row.cells, problem)
    return (*row.cells[:width], *("" for _ in range(width - len(row.cells))), problem)


def _problem(row: Row, book: Journal) -> str | None:
    try:
        fields = parse_row(row, attested=book.is_attested)
    except ValueError as error:
        return str(error)
    known = book.known_outcome(book.key(fields))
    if known is None:
        return "not sent yet"
    if known.outcome == RowOutcome.SENT:
        return None
    return known.reason or "no complete response arrived"


def _check_fields(given: Mapping[str, T] | None, where: str) -> dict[str, T]:
    strange = sorted(set(given or ()) - {*FIELDS, *ATTESTED_FIELDS})
    if strange:
        fields = ", ".join((*FIELDS, *ATTESTED_FIELDS))
        raise TableError(f"{where}: {', '.join(strange)} is not a field; valid fields are {fields}")
    return dict(given or {})


class _QuoteError(TableError):
    """A line cannot be split into cells."""


def _detect_encoding(path: Path) -> str:
    with translate_os_errors(TableError, f"{path} cannot be read"), path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0\0" not in start:
        return "utf-16"
    if b"\0" in start:
        raise _not_encoded_as("UTF-8", 1)
    return "utf-8-sig"


def _read_records(
    path: Path, encoding: str, delimiter: str, *, skip: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Read records, each with the line on which it begins; ``skip`` omits the headings."""
    with _open_text(path, encoding) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _QuoteError(f"{error}; a quote may be missing", line=line) from None
            except UnicodeError:
                raise _decoding_error(path, encoding) from None
            if not skip:
                yield line, cells
            skip = False


def _open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    try:
        with translate_os_errors(TableError, f"{path} cannot be read"):
            return path.open(encoding=encoding, newline="")
    except LookupError:
        raise TableError(f"unknown encoding {encoding!r}") from None


def _decoding_error(path: Path, encoding: str) -> TableError:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        line = next((at for at, text in enumerate(file, 1) if "\ufffd" in text), 1)
    return _not_encoded_as(encoding.removesuffix("-sig").upper(), line)


def _not_encoded_as(encoding: str, line: int) -> TableError:
    return TableError(
        f"the file is not {encoding}; save it as CSV in UTF-8, or pass its encoding", line=line
    )


def _read_heading(
    path: Path, encoding: str, delimiters: Sequence[str], columns: ColumnOption
) -> tuple[str, tuple[str, ...]]:
    found, errors = list[tuple[str, tuple[str, ...]]](), list[_QuoteError]()
    for found_delimiter in delimiters:
        try:
            _, cells = next(_read_records(path, encoding, found_delimiter), (1, []))
        except _QuoteError as error:
            errors.append(error)
        else:
            found.append((found_delimiter, tuple(cells)))
    if not found:
        raise errors[0]
    return max(found, key=lambda pair: (count_known_headings(pair[1], columns), len(pair[1])))
