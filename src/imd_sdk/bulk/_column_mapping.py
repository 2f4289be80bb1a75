"""Finds which column of a table holds which field: from the caller's choice, then from headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imd_sdk.bulk._errors import TableError
from imd_sdk.bulk._headings import field_of
from imd_sdk.bulk._names import NameColumns, chosen_name_columns, guess_name_columns, name_readings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    ColumnOption = Mapping[str, str | Sequence[str]]

REQUIRED = ("name", "email", "country")
FIELDS = (*REQUIRED, "lang", "source")
ATTESTED_FIELDS = ("reference", "public", "updates")
"""Fields of attested signatures, which are never guessed from headings."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields of a row are; a name may be in several columns."""

    name: NameColumns | None
    places: Mapping[str, int]
    """The column of each other field."""

    def titles(self, heading: Sequence[str]) -> dict[str, str]:
        """The heading that each field is read from."""
        name = {"name": " + ".join(self.name.titles)} if self.name else {}
        return name | {field: heading[place] for field, place in self.places.items()}

    def ignored(self, heading: Sequence[str]) -> tuple[str, ...]:
        used = {*self.places.values(), *(self.name.places if self.name else ())}
        others = (title for place, title in enumerate(heading) if place not in used)
        return tuple(title for title in others if title.strip())


def find_columns(heading: Sequence[str], chosen: ColumnOption, *, single_names: bool) -> Columns:
    """Use the caller's columns, and guess the rest from headings; TableError if it is unclear."""
    named = {field: _chosen_places(field, titles, heading) for field, titles in chosen.items()}
    used = {place for places in named.values() for place in places}
    free = [place for place in range(len(heading)) if place not in used]
    name = (
        chosen_name_columns(named["name"], heading, single_names=single_names)
        if "name" in named
        else guess_name_columns(
            () if _is_personal(heading) else free, heading, single_names=single_names
        )
    )
    places = {field: places[0] for field, places in named.items() if field != "name"}
    return Columns(name, places | _guess_places(heading, free, but=named))


def _guess_places(
    heading: Sequence[str], free: Sequence[int], but: Mapping[str, object]
) -> dict[str, int]:
    places = dict[str, int]()
    for field in FIELDS:
        found = [place for place in free if field not in but and field_of(heading[place]) == field]
        if len(found) > 1:
            titles = ", ".join(repr(heading[place].strip()) for place in found)
            raise TableError(
                f"{len(found)} columns look like {field}: {titles}; choose one with columns",
                line=1,
                field=field,
            )
        if found:
            places[field] = found[0]
    return places


def _chosen_places(
    field: str, chosen: str | Sequence[str], heading: Sequence[str]
) -> tuple[int, ...]:
    trimmed, titles = [title.strip() for title in heading], _as_titles(chosen)
    if len(titles) != 1 and field != "name":
        raise TableError(f"columns: only name may have several columns, not {field}")
    for title in titles:
        if (times := trimmed.count(title)) != 1:
            how_many = f"{times} columns are" if times else "no column is"
            raise TableError(
                f"{how_many} headed {title!r} (for {field}); {describe_headings(heading, {})}",
                line=1,
            )
    return tuple(map(trimmed.index, titles))


def _as_titles(chosen: str | Sequence[str]) -> list[str]:
    return [title.strip() for title in ([chosen] if isinstance(chosen, str) else chosen)]


def count_known_headings(heading: Sequence[str], chosen: ColumnOption) -> int:
    """Count the headings that are known, or that the caller has chosen."""
    titles = {title.strip() for title in heading}
    known = sum(bool(field_of(title) or name_readings(title)) for title in heading)
    return known + sum(
        title in titles for wanted in chosen.values() for title in _as_titles(wanted)
    )


def describe_headings(heading: Sequence[str], chosen: ColumnOption) -> str:
    """List the headings, unless the first row is a person instead of headings."""
    if count_known_headings(heading, chosen) and not _is_personal(heading):
        return f"the headings are {', '.join(heading)}"
    return "the first row must hold the headings"


def _is_personal(heading: Sequence[str]) -> bool:
    return any(EMAIL.fullmatch(title.strip()) for title in heading)
