"""What one row is, and whether it can be sent; no I/O."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imd_sdk._countries import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Check", "Fault", "Row", "check"]

REQUIRED = ("name", "email", "country")
FIELDS = (*REQUIRED, "lang", "public", "updates", "source")

YES = {"yes", "y", "true", "1", "x", "on", "sí", "si", "verdadero", "oui", "vrai", "نعم"}
NO = {"", "no", "n", "false", "0", "off", "falso", "non", "faux", "لا"}

LONGEST_NAME, LONGEST_EMAIL, LONGEST_LANG = 100, 254, 35
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
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

    Looked at are the columns, the country (ISO 3166-1 alpha-2), the rough shape of the address,
    the lengths, and the words in ``public`` and ``updates``. The campaign may still refuse what
    passes here. Raises `TableError` at a line that cannot be read.
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
    return row if isinstance(row, Row) else Row(number, row)


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
    wrong += [f"{name}: is not a field of a signature" for name in _strange(row)]
    if wrong:
        raise ValueError("; ".join(wrong))
    return fields


def _strange(row: Row) -> list[str]:
    """Names that the caller of an iterable misspelt; a table has none."""
    return sorted(str(name) for name in row.values if name not in READ)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("has to be a text")  # noqa: TRY004 one kind of fault for a row
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
    if isinstance(value, bool):
        return value
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
