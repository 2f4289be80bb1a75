"""Rows of a table, checked and turned into the arguments of a signature."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imd_sdk._countries import COUNTRIES
from imd_sdk.bulk._column_mapping import EMAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MAX_NAME_LENGTH, MAX_EMAIL_LENGTH, MAX_LANG_LENGTH = 100, 254, 35
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SOURCE = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, as it was read."""

    number: int
    """The line of the file on which it begins, or its position in an iterable, from 1."""
    values: Mapping[str, Any] = field(repr=False)
    """Values by argument name of ``petitions.sign``."""
    error: str | None = None
    """Why the row cannot be read; None if it can."""
    cells: tuple[str, ...] = field(default=(), repr=False)
    """The cells of the row in its file."""


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row; the message never contains the value."""

    row: int
    """The number of the row."""
    message: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of `check`."""

    rows: int
    """How many rows there are."""
    invalid: int
    """How many rows cannot be sent without a correction."""
    errors: tuple[RowError, ...]
    """The first thousand errors; ``invalid`` counts all rows."""


MAX_ERRORS_LISTED = 1000


def check(rows: Iterable[Mapping[str, Any] | Row], *, attested: bool = False) -> CheckResult:
    """Check every row as `sign_many` would, and send nothing.

    The campaign may still reject a row that passes here. Raises `TableError` at a line that cannot
    be read.
    """
    total, invalid, errors = 0, 0, list[RowError]()
    for row in number_rows(rows):
        total += 1
        try:
            parse_row(row, attested=attested)
        except ValueError as error:
            invalid += 1
            if len(errors) < MAX_ERRORS_LISTED:
                errors.append(RowError(row.number, str(error)))
    return CheckResult(total, invalid, tuple(errors))


def number_rows(rows: Iterable[Mapping[str, Any] | Row]) -> Iterator[Row]:
    return (to_row(number, row) for number, row in enumerate(rows, 1))


def to_row(number: int, row: Mapping[str, Any] | Row) -> Row:
    if isinstance(row, Row):
        return row
    if not hasattr(row, "keys"):
        raise TypeError(
            "rows must come from read_csv or be mappings of the arguments of petitions.sign,"
            f" not {type(row).__name__}"
        )
    return Row(number, dict(row))


def parse_row(row: Row, *, attested: bool = False) -> dict[str, Any]:
    """Return the arguments of ``petitions.sign``, or of ``petitions.attest`` and the source.

    ValueError lists everything that is wrong.
    """
    if row.error:
        raise ValueError(row.error)
    readers = ATTESTED_READERS if attested else READERS
    fields, wrong = dict[str, Any](), list[str]()
    for name, read in readers.items():
        try:
            fields[name] = read(row.values.get(name))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    wrong += _unknown_fields(row, readers)
    if attested and not wrong and not (fields["email"] or fields["reference"]):
        wrong.append("reference: is required without an e-mail address")
    if wrong:
        raise ValueError("; ".join(wrong))
    return fields


def _unknown_fields(row: Row, readers: Mapping[str, object]) -> list[str]:
    """Report misspelt field names; without headings they may be cells, which are not shown."""
    names = sorted(str(name) for name in row.values if name not in readers)
    if all(re.fullmatch("[A-Za-z_-]+", name) for name in names):
        return [f"{name}: is not a field of a signature" for name in names]
    return [f"a row has the fields {', '.join(readers)}, and no others"]


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("must be text")
    return " ".join(unicodedata.normalize("NFC", value).split())


def _to_name(value: Any) -> str:
    text = _required(value)
    if len(text) > MAX_NAME_LENGTH:
        raise ValueError(f"is longer than {MAX_NAME_LENGTH} characters")
    return text


def _required(value: Any) -> str:
    text = _to_text(value)
    if not text:
        raise ValueError("is missing")
    return text


def _to_email(value: Any) -> str:
    text = _required(value)
    if len(text) > MAX_EMAIL_LENGTH or not EMAIL.fullmatch(text):
        raise ValueError("is not an e-mail address")
    return text


def _to_country(value: Any) -> str:
    code = _required(value).upper()
    if code not in COUNTRIES:
        raise ValueError("is not an ISO 3166-1 country code (two letters, such as ES)")
    return code


def _to_lang(value: Any) -> str | None:
    tag = _to_text(value)
    if tag and (len(tag) > MAX_LANG_LENGTH or not LANG.fullmatch(tag)):
        raise ValueError("is not a BCP 47 language tag (such as es or pt-BR)")
    return tag or None


def _to_source(value: Any) -> str | None:
    slug = _to_text(value)
    if slug and not SOURCE.fullmatch(slug):
        raise ValueError("must be 1 to 64 characters of a–z, 0–9 and -")
    return slug or None


def _to_optional_email(value: Any) -> str | None:
    return _to_email(value) if _to_text(value) else None


def _to_reference(value: Any) -> str | None:
    text = _to_text(value)
    if text and not REFERENCE.fullmatch(text):
        raise ValueError("must be 1 to 64 letters, digits, dots, hyphens or underscores")
    return text or None


def _to_consent(value: Any) -> bool:
    """Read a consent: only a clear yes is one."""
    text = value if isinstance(value, bool) else _to_text(value).casefold()
    if text in {True, "yes", "true", "1", "x"}:
        return True
    if text in {False, "no", "false", "0", ""}:
        return False
    raise ValueError("must be yes or no")


READERS: dict[str, Callable[[Any], Any]] = {
    "name": _to_name,
    "email": _to_email,
    "country": _to_country,
    "lang": _to_lang,
    "source": _to_source,
}
ATTESTED_READERS: dict[str, Callable[[Any], Any]] = {
    **READERS,
    "email": _to_optional_email,
    "reference": _to_reference,
    "public": _to_consent,
    "updates": _to_consent,
}
