"""Decides which column of a sheet holds which field, by what the caller says and by headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imd_sdk.bulk._files import TableError
from imd_sdk.bulk._headings import field_of
from imd_sdk.bulk._names import NameColumns, guess_name_columns, name_readings, said_name_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Said = Mapping[str, str | Sequence[str]]

REQUIRED = ("name", "email", "country")
FIELDS = (*REQUIRED, "lang", "public", "updates", "source")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields of a row are; a name may be in several columns."""

    name: NameColumns | None
    places: Mapping[str, int]
    """Of every other field."""

    def titles(self, heading: Sequence[str]) -> dict[str, str]:
        """Which heading each field is read from."""
        name = {"name": " + ".join(self.name.titles)} if self.name else {}
        return name | {field: heading[place] for field, place in self.places.items()}

    def ignored(self, heading: Sequence[str]) -> tuple[str, ...]:
        used = {*self.places.values(), *(self.name.places if self.name else ())}
        others = (title for place, title in enumerate(heading) if place not in used)
        return tuple(title for title in others if title.strip())


def find_columns(heading: Sequence[str], said: Said, *, single_names: bool) -> Columns:
    """What the caller has named, and the rest by its headings; TableError where it is unclear."""
    named = {field: _named(field, titles, heading) for field, titles in said.items()}
    used = {place for places in named.values() for place in places}
    free = [place for place in range(len(heading)) if place not in used]
    name = (
        said_name_columns(named["name"], heading, single_names=single_names)
        if "name" in named
        else guess_name_columns(
            () if _is_a_person(heading) else free, heading, single_names=single_names
        )
    )
    places = {field: places[0] for field, places in named.items() if field != "name"}
    return Columns(name, places | _guess(heading, free, but=named))


def _guess(
    heading: Sequence[str], free: Sequence[int], but: Mapping[str, object]
) -> dict[str, int]:
    places = dict[str, int]()
    for field in FIELDS:
        found = [place for place in free if field not in but and field_of(heading[place]) == field]
        if len(found) > 1:
            titles = ", ".join(repr(heading[place].strip()) for place in found)
            raise TableError(
                f"{len(found)} columns look like {field}: {titles}; say which (columns)",
                line=1,
                field=field,
            )
        if found:
            places[field] = found[0]
    return places


def _named(field: str, said: str | Sequence[str], heading: Sequence[str]) -> tuple[int, ...]:
    trimmed, titles = [title.strip() for title in heading], _titles(said)
    if len(titles) != 1 and field != "name":
        raise TableError(f"columns: {field} has one column; only a name may have several")
    for title in titles:
        if (times := trimmed.count(title)) != 1:
            how_many = f"{times} columns are" if times else "no column is"
            raise TableError(
                f"{how_many} headed {title!r} (for {field}); {name_headings(heading, {})}",
                line=1,
            )
    return tuple(map(trimmed.index, titles))


def _titles(said: str | Sequence[str]) -> list[str]:
    return [title.strip() for title in ([said] if isinstance(said, str) else said)]


def count_known(heading: Sequence[str], said: Said) -> int:
    """How many headings mean something, here or to the caller."""
    titles = {title.strip() for title in heading}
    known = sum(bool(field_of(title) or name_readings(title)) for title in heading)
    return known + sum(title in titles for wanted in said.values() for title in _titles(wanted))


def name_headings(heading: Sequence[str], said: Said) -> str:
    """Name them, if they are any: where a file has none, its first row is somebody."""
    if count_known(heading, said) and not _is_a_person(heading):
        return f"the headings are {', '.join(heading)}"
    return "the first row has to name the columns"


def _is_a_person(heading: Sequence[str]) -> bool:
    return any(EMAIL.fullmatch(title.strip()) for title in heading)
