"""Tables that people have made: read as they are found, and what was not sent given back."""

from __future__ import annotations

import codecs
import csv
import re
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from imd_sdk._atomic_file import atomic_write
from imd_sdk._countries import COUNTRIES
from imd_sdk.bulk import _files
from imd_sdk.bulk._columns import (
    EMAIL,
    FIELDS,
    REQUIRED,
    Columns,
    count_known,
    find_columns,
    name_headings,
)
from imd_sdk.bulk._files import PRIVATE, Outcome, TableError, told

if TYPE_CHECKING:
    import io
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from imd_sdk.bulk._columns import Said

YES = {"yes", "y", "true", "1", "x", "on", "sí", "si", "verdadero", "oui", "vrai", "نعم"}
NO = {"", "no", "n", "false", "0", "off", "falso", "non", "faux", "لا"}

LONGEST_NAME, LONGEST_EMAIL, LONGEST_LANG = 100, 254, 35
LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SOURCE = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, as it was read."""

    number: int
    """The line of the file on which it begins, or the position in an iterable, from 1."""
    values: Mapping[str, Any] = field(repr=False)
    """By the names of the arguments of ``petitions.sign``."""
    fault: str | None = None
    """Why it cannot be read; None when it can."""
    cells: tuple[str, ...] = field(default=(), repr=False)
    """The row as it stands in its file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row; the value itself is never repeated."""

    row: int
    """The number of the row."""
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a look at all rows has found, without sending any."""

    rows: int
    """How many there are."""
    faulty: int
    """How many of them cannot be sent as they are."""
    faults: tuple[Fault, ...]
    """The first thousand; ``faulty`` counts them all."""


MOST_FAULTS = 1000


def check(rows: Iterable[Mapping[str, Any] | Row]) -> Check:
    """Look at every row as `sign_many` would, and send nothing.

    The campaign may still refuse what passes here. Raises `TableError` at a line that cannot be
    read.
    """
    total, faulty, faults = 0, 0, list[Fault]()
    for row in numbered(rows):
        total += 1
        try:
            signer(row)
        except ValueError as error:
            faulty += 1
            if len(faults) < MOST_FAULTS:
                faults.append(Fault(row.number, str(error)))
    return Check(total, faulty, tuple(faults))


def numbered(rows: Iterable[Mapping[str, Any] | Row]) -> Iterator[Row]:
    return (as_row(number, row) for number, row in enumerate(rows, 1))


def as_row(number: int, row: Mapping[str, Any] | Row) -> Row:
    if isinstance(row, Row):
        return row
    if not hasattr(row, "keys"):
        raise TypeError(
            "rows must be those of read_csv, or mappings with the arguments of petitions.sign,"
            f" and not {type(row).__name__}"
        )
    return Row(number, dict(row))


def signer(row: Row) -> dict[str, Any]:
    """The arguments for ``petitions.sign``; ValueError says everything that is wrong, once."""
    if row.fault:
        raise ValueError(row.fault)
    fields, wrong = dict[str, Any](), list[str]()
    for name, read in READ.items():
        try:
            fields[name] = read(row.values.get(name))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    wrong += _strange(row)
    if wrong:
        raise ValueError("; ".join(wrong))
    return fields


def _strange(row: Row) -> list[str]:
    """Names that the caller of an iterable misspelt; they may be cells of a file without any."""
    names = sorted(str(name) for name in row.values if name not in READ)
    if all(re.fullmatch("[A-Za-z_-]+", name) for name in names):
        return [f"{name}: is not a field of a signature" for name in names]
    return [f"a row has the fields {', '.join(READ)}, and no others"]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("has to be a text")
    return " ".join(unicodedata.normalize("NFC", value).split())


def _name(value: Any) -> str:
    text = _needed(value)
    if len(text) > LONGEST_NAME:
        raise ValueError(f"is longer than {LONGEST_NAME} characters")
    return text


def _needed(value: Any) -> str:
    text = _text(value)
    if not text:
        raise ValueError("is missing")
    return text


def _email(value: Any) -> str:
    text = _needed(value)
    if len(text) > LONGEST_EMAIL or not EMAIL.fullmatch(text):
        raise ValueError("does not look like an e-mail address")
    return text


def _country(value: Any) -> str:
    code = _needed(value).upper()
    if code not in COUNTRIES:
        raise ValueError("is not a country code of ISO 3166-1 (two letters, such as ES)")
    return code


def _lang(value: Any) -> str | None:
    tag = _text(value)
    if tag and (len(tag) > LONGEST_LANG or not LANG.fullmatch(tag)):
        raise ValueError("is not a language tag of BCP 47 (such as es or pt-BR)")
    return tag or None


def _source(value: Any) -> str | None:
    slug = _text(value)
    if slug and not SOURCE.fullmatch(slug):
        raise ValueError("has to be 1 to 64 of a–z, 0–9 and -")
    return slug or None


def _flag(value: Any) -> bool:
    """Consent is what says yes; nothing there is no."""
    if value in (0, 1):
        return bool(value)
    word = _text(value).casefold()
    if word not in YES | NO:
        raise ValueError("is neither yes nor no")
    return word in YES


READ: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "email": _email,
    "country": _country,
    "lang": _lang,
    "public": _flag,
    "updates": _flag,
    "source": _source,
}


T = TypeVar("T")

DELIMITERS = (",", ";", "\t")

PROBLEM = "problem"
"""The heading under which `write_unsent` says why."""


@dataclass(frozen=True, repr=False)
class Table:
    """A CSV file as rows for `sign_many` and `check`; each iteration reads it anew."""

    path: Path
    heading: tuple[str, ...]
    """The first row, as it stands there."""
    delimiter: str
    encoding: str
    _columns: Columns
    _defaults: Mapping[str, str]

    @property
    def columns(self) -> dict[str, str]:
        """Which heading each field is read from; a name may be joined from several."""
        return self._columns.titles(self.heading)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The headings from which nothing is read."""
        return self._columns.ignored(self.heading)

    def __iter__(self) -> Iterator[Row]:
        for number, cells in _records(self.path, self.encoding, self.delimiter, skip=True):
            if any(cell.strip() for cell in cells):
                yield self._row(number, cells)

    def __repr__(self) -> str:
        return f"<Table {self.path} {self.columns}>"

    def _row(self, number: int, cells: Sequence[str]) -> Row:
        if any(cell.strip() for cell in cells[len(self.heading) :]):
            fault = f"{len(cells)} cells under {len(self.heading)} headings; quotes may be missing"
            return Row(number, {}, fault, tuple(cells))
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
    columns: Said | None = None,
    defaults: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    single_names: bool = False,
) -> Table:
    """Open a CSV file whose first row names the columns; its rows are read as they are needed.

    ``columns`` says under which heading a field stands: ``{"email": "E-mail"}``, or
    ``{"name": ["First name", "Last name"]}`` for a name in parts, in this order. Fields that are
    not in it are guessed from common headings; a name in parts is joined in the order of the
    language. ``defaults`` is for what is the same in all rows, or where a cell is empty:
    ``{"country": "ES"}``. ``delimiter`` is ``,``, ``;`` or a tab, else found out; ``encoding`` is
    UTF-8, or UTF-16 with a byte order mark, unless it is named.

    A row with half a name cannot be sent: a cell for a given or a family name is empty.
    ``single_names`` allows it, for people who have one name.

    ``public`` and ``updates`` are consent: without a yes they are no. Rows without a single cell
    are passed over. Raises `TableError`, here or while the rows are read.
    """
    where = Path(path)
    fixed = _known(defaults, "defaults")
    wanted = _known(columns, "columns")
    written = encoding or _encoding(where)
    chosen = [delimiter] if delimiter else DELIMITERS
    mark, heading = _headed(where, written, chosen, wanted)
    found = find_columns(heading, wanted, single_names=single_names)
    missing = [field for field in REQUIRED if field not in {*found.titles(heading), *fixed}]
    if missing:
        raise TableError(
            f"no column for {', '.join(missing)}; {name_headings(heading, wanted)}; "
            "say which it is (columns), or give one value for all rows (defaults)",
            line=1,
            field=missing[0],
        )
    return Table(where, heading, mark, written, found, fixed)


def write_unsent(
    table: Table,
    journal: str | os.PathLike[str],
    to: str | os.PathLike[str],
) -> int:
    """Write the rows of a table that were not sent to a CSV file, and give their number.

    They stand there as in their own file, and a last column, ``problem``, says why; correct them
    and send the new file with the same journal. It can be read by its owner alone. A cell that
    begins with ``=`` may be a formula to a spreadsheet, as in the first file. Raises
    `JournalError`, `TableError`.
    """
    goal = Path(to)
    if goal.exists() and goal.samefile(table.path):
        raise TableError(f"{goal} is the table itself; name another file")
    with (
        _files.opened(journal, None, now=time.time()) as book,
        told(TableError, f"{goal} cannot be written"),
        atomic_write(goal, PRIVATE, encoding="utf-8-sig", newline="") as file,
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


def _problem(row: Row, book: _files.Journal) -> str | None:
    try:
        fields = signer(row)
    except ValueError as error:
        return str(error)
    known = book.known(book.key(fields))
    if known is None:
        return "not sent yet"
    if known.outcome == Outcome.SENT:
        return None
    return known.reason or "no whole answer came"


def _known(given: Mapping[str, T] | None, where: str) -> dict[str, T]:
    strange = sorted(set(given or ()) - set(FIELDS))
    if strange:
        fields = ", ".join(FIELDS)
        raise TableError(f"{where}: {', '.join(strange)} is no field; there are {fields}")
    return dict(given or {})


class _QuoteError(TableError):
    """What is there cannot be parted into cells."""


# --- what the file is --------------------------------------------------------------------------


def _encoding(path: Path) -> str:
    with told(TableError, f"{path} cannot be read"), path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0\0" not in start:
        return "utf-16"
    if b"\0" in start:
        raise _strange_to("UTF-8", 1)
    return "utf-8-sig"


def _records(
    path: Path, encoding: str, delimiter: str, *, skip: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Every record with the line on which it begins; ``skip`` leaves the headings out."""
    with _open(path, encoding) as file:
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
                raise _misread(path, encoding) from None
            if not skip:
                yield line, cells
            skip = False


def _open(path: Path, encoding: str) -> io.TextIOWrapper:
    try:
        with told(TableError, f"{path} cannot be read"):
            return path.open(encoding=encoding, newline="")
    except LookupError:
        raise TableError(f"there is no encoding {encoding!r}") from None


def _misread(path: Path, encoding: str) -> TableError:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        line = next((at for at, text in enumerate(file, 1) if "\ufffd" in text), 1)
    return _strange_to(encoding.removesuffix("-sig").upper(), line)


def _strange_to(encoding: str, line: int) -> TableError:
    return TableError(
        f"this is not {encoding}; save the file as CSV in UTF-8, or name its encoding", line=line
    )


# --- which column is what ----------------------------------------------------------------------


def _headed(
    path: Path, encoding: str, delimiters: Sequence[str], columns: Said
) -> tuple[str, tuple[str, ...]]:
    found, faults = list[tuple[str, tuple[str, ...]]](), list[_QuoteError]()
    for mark in delimiters:
        try:
            _, cells = next(_records(path, encoding, mark), (1, []))
        except _QuoteError as error:
            faults.append(error)
        else:
            found.append((mark, tuple(cells)))
    if not found:
        raise faults[0]
    return max(found, key=lambda pair: (count_known(pair[1], columns), len(pair[1])))
