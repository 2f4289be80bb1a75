"""Finds the columns that make up a name, and joins them in the order of their language.

No part of a name is left out. If it is unclear how columns make up a name, `TableError` is raised.
A row in which a part is empty cannot be sent.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from imd_sdk.bulk._errors import TableError
from imd_sdk.bulk._headings import field_of, heading_key, heading_words, is_no_name
from imd_sdk.bulk._name_headings import FAMILY_NAME_FIRST, VOCABULARIES, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Readings = dict[str, frozenset[Role]]
"""What a heading may mean, by language."""

WHOLE = frozenset({Role.WHOLE})
UNCLEAR = frozenset({Role.WHOLE, Role.GIVEN, Role.FAMILY})
FAMILY_LAST = (Role.WHOLE, Role.GIVEN, Role.MIDDLE, Role.FAMILY, Role.SECOND_FAMILY)
FAMILY_FIRST = (Role.WHOLE, Role.FAMILY, Role.SECOND_FAMILY, Role.MIDDLE, Role.GIVEN)
OPTIONAL = frozenset({Role.MIDDLE, Role.SECOND_FAMILY})
AT_MOST_ONE = frozenset(Role) - {Role.MIDDLE}
SHORTEST_SURE_WORD = 4
LONGEST_PART, LONGEST_HEADING = 4, 8
"""In words."""

AND = """
    and & و y e et und en och og ja i и та й ve u اور और र व ও နှင့် 和 及 và dan at na da iyo ak
    și dhe és και እና
"""
CONNECTORS = frozenset(map(heading_key, AND.split()))
ARABIC_AND = re.compile(r"(?<!\w)و(?=\w{3})")
ALTERNATIVES = re.compile(r"[/|()\n（）]|\s[-–—]\s")  # noqa: RUF001 what people type
WITHOUT_SPACES = re.compile(
    "[々〇\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Han, hiragana and Hangul; names in katakana are written with a space."""


@dataclass(frozen=True, slots=True)
class NameColumns:
    """The columns of a name, and how their cells become one."""

    places: tuple[int, ...]
    titles: tuple[str, ...]
    roles: tuple[Role, ...]
    family_first: bool = False
    keep_order: bool = False
    """Whether the caller has chosen the order."""
    single_names: bool = False
    unnamed: tuple[int, ...] = ()
    """Columns without a heading right after these, as where cells were merged."""

    def read(self, cells: Sequence[str], lang: str) -> str:
        """Join the name; raise ValueError if a required part of it is empty."""
        if any(cells[place].strip() for place in self.unnamed):
            raise ValueError(
                f"name: the column after {self.titles[-1]!r} has no heading and may hold a part "
                "of the name; give it a heading"
            )
        texts = [cells[place].strip() for place in self.places]
        if empty := [] if self.single_names else self._empty(texts):
            raise ValueError(
                f"name: {empty[0]!r} is empty; allow single names if the rest is the whole name"
            )
        parts = [(role, text) for role, text in zip(self.roles, texts, strict=True) if text]
        if not self.keep_order:
            family_first = self.family_first or _speaks_family_first(lang, parts)
            order = FAMILY_FIRST if family_first else FAMILY_LAST
            parts.sort(key=lambda part: order.index(part[0]))
        return join_parts(text for _, text in parts)

    def _empty(self, texts: Sequence[str]) -> list[str]:
        """List the headings of required parts that are empty in a row that has a name."""
        if not any(texts):
            return []
        cells = zip(self.titles, self.roles, texts, strict=True)
        return [title for title, role, text in cells if not text and role not in OPTIONAL]


def join_parts(parts: Iterable[str]) -> str:
    """Join parts with spaces, except in scripts that write names without spaces."""
    joined = ""
    for part in parts:
        bare = WITHOUT_SPACES.fullmatch(joined[-1:] + part[:1])
        joined += part if bare or not joined else f" {part}"
    return joined


def _speaks_family_first(lang: str, parts: Sequence[tuple[Role, str]]) -> bool:
    if lang.partition("-")[0].casefold() in FAMILY_NAME_FIRST:
        return True
    return all(WITHOUT_SPACES.fullmatch(text) for _, text in parts)


# --- which columns -----------------------------------------------------------------------------


def chosen_name_columns(
    places: Sequence[int], heading: Sequence[str], *, single_names: bool
) -> NameColumns:
    """Make a name of the columns that the caller has chosen, in that order."""
    roles = []
    for place in places:
        meant = set(_possible_roles(name_readings(heading[place]).values()))
        roles.append(next(iter(meant)) if len(meant) == 1 else Role.WHOLE)
    titles = tuple(heading[place].strip() for place in places)
    return NameColumns(
        tuple(places),
        titles,
        tuple(roles),
        keep_order=True,
        single_names=single_names,
        unnamed=_columns_without_heading(places, heading),
    )


def guess_name_columns(
    places: Iterable[int], heading: Sequence[str], *, single_names: bool
) -> NameColumns | None:
    """Find the columns that make up a name by their headings; TableError if it is unclear."""
    titles = {place: heading[place] for place in places}
    found, doubtful = _find_name_columns(titles)
    if not found:
        return None
    if len(found) == 1:
        doubtful += _unknown_neighbours(found, titles)
    roles = {} if doubtful else _roles(found)
    if not roles:
        raise _unclear_columns([heading[place].strip() for place in sorted({*found, *doubtful})])
    order = FAMILY_FIRST if (family_first := _family_first(found.values())) else FAMILY_LAST
    ordered = sorted(roles, key=lambda place: order.index(roles[place]))
    return NameColumns(
        tuple(ordered),
        tuple(heading[place].strip() for place in ordered),
        tuple(roles[place] for place in ordered),
        family_first=family_first,
        single_names=single_names,
        unnamed=_columns_without_heading(ordered, heading),
    )


def _columns_without_heading(places: Iterable[int], heading: Sequence[str]) -> tuple[int, ...]:
    found = list[int]()
    for place in places:
        for after in range(place + 1, len(heading)):
            if heading[after].strip():
                break
            found.append(after)
    return tuple(found)


def _unclear_columns(titles: Sequence[str]) -> TableError:
    named = ", ".join(map(repr, titles))
    if len(titles) == 1:
        what = f"{named} is one part of a name, and no column holds the other"
    else:
        what = f"it is unclear how {named} make up one name"
    return TableError(
        f"{what}; list the columns of the name in order with columns", line=1, field="name"
    )


def _find_name_columns(titles: Mapping[int, str]) -> tuple[dict[int, Readings], list[int]]:
    """Find the columns of names, and those that may also belong to a name."""
    sure = {place: known for place, title in titles.items() if (known := name_readings(title))}
    rest = {place: heading_key(title) for place, title in titles.items() if place not in sure}
    short = {place: _known().short[key] for place, key in rest.items() if key in _known().short}
    parts = {place: _part_readings(known) for place, known in sure.items()} | short
    found, doubtful = dict(sure), list[int]()
    for place, known in short.items():
        if known.keys() & _languages(parts, but=place):
            found[place] = known
        elif sure:
            doubtful.append(place)
    doubtful += [
        place for place, title in titles.items() if place not in found and _has_part(title)
    ]
    return found, doubtful


def _unknown_neighbours(found: Mapping[int, Readings], titles: Mapping[int, str]) -> list[int]:
    """Find unknown columns beside a column that may hold a part only: ``Nombre, Paterno``."""
    ((place, known),) = found.items()
    if all(roles == WHOLE for roles in known.values()):
        return []
    beside = [*_unknown_run(titles, place, -1), *_unknown_run(titles, place, 1)]
    return sorted(beside)


def _unknown_run(titles: Mapping[int, str], place: int, step: int) -> Iterator[int]:
    while (place := place + step) in titles and _is_unknown(titles[place]):
        yield place


def _is_unknown(title: str) -> bool:
    return bool(heading_key(title)) and not field_of(title) and not is_no_name(title)


def _part_readings(readings: Readings) -> Readings:
    return {language: roles for language, roles in readings.items() if Role.WHOLE not in roles}


def _languages(readings: Mapping[int, Readings], *, but: int) -> set[str]:
    return {language for place, known in readings.items() if place != but for language in known}


def _roles(found: Mapping[int, Readings]) -> dict[int, Role]:
    """What each column holds; nothing, where they do not make exactly one name."""
    shared = _shared(found.values())
    possible = {
        place: _possible_roles(
            roles for language, roles in known.items() if language in shared or not shared
        )
        for place, known in found.items()
    }
    if len(possible) == 1:
        return {place: Role.WHOLE for place, roles in possible.items() if Role.WHOLE in roles}
    sure = {place: next(iter(roles)) for place, roles in possible.items() if len(roles) == 1}
    missing = {Role.GIVEN, Role.FAMILY} - set(sure.values())
    open_places = [place for place in possible if place not in sure]
    if len(open_places) != len(missing) or len(missing) > 1:
        return {}
    filled = {place: missing.pop() for place in open_places if possible[place] >= missing}
    times = Counter({**sure, **filled}.values())
    once = all(times[role] <= 1 for role in AT_MOST_ONE)
    return {**sure, **filled} if once and not missing and not times[Role.WHOLE] else {}


def _possible_roles(readings: Iterable[frozenset[Role]]) -> frozenset[Role]:
    return frozenset().union(*readings)


def _family_first(readings: Iterable[Readings]) -> bool:
    """Whether all the languages that have these headings write the family name first."""
    languages = _shared(readings)
    return bool(languages) and languages <= FAMILY_NAME_FIRST


def _shared(readings: Iterable[Readings]) -> set[str]:
    return set.intersection(*map(set, readings))


# --- what a heading may mean -------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """Keys of headings with their meaning."""

    sure: dict[str, Readings]
    short: dict[str, Readings]


@cache
def _known() -> _Known:
    known = _Known({}, {})
    for language, words in VOCABULARIES.items():
        for keys, titles, roles in (
            (known.sure, words.whole, WHOLE),
            (known.sure, words.unclear, UNCLEAR),
            (known.sure, words.given, frozenset({Role.GIVEN})),
            (known.sure, words.middle, frozenset({Role.MIDDLE})),
            (known.sure, words.family, frozenset({Role.FAMILY})),
            (known.sure, words.second_family, frozenset({Role.SECOND_FAMILY})),
            (known.short, words.short_given, frozenset({Role.GIVEN})),
            (known.short, words.short_middle, frozenset({Role.MIDDLE})),
            (known.short, words.short_family, frozenset({Role.FAMILY})),
        ):
            for title in filter(None, titles.split(",")):
                keys.setdefault(heading_key(title), {})[language] = roles
    return known


def name_readings(title: str) -> Readings:
    """What a heading may mean of a name; nothing, where it is not about one."""
    if known := _readings_of_words(title):
        return known
    several = [known for part in ALTERNATIVES.split(title) if (known := _readings_of_words(part))]
    return _common_readings(several) if several else {}


def _readings_of_words(title: str) -> Readings:
    if known := _known().sure.get(heading_key(title)):
        return known
    words = _words(title)
    if len(words) > LONGEST_HEADING:
        return {}
    return {language: WHOLE for language in VOCABULARIES if _is_whole(words, language)}


def _common_readings(several: Sequence[Readings]) -> Readings:
    """What all the translations in one heading may mean: ``First name / Prénom``."""
    common = frozenset.intersection(*(_possible_roles(known.values()) for known in several))
    both = {language: roles & common for known in several for language, roles in known.items()}
    return {language: roles for language, roles in both.items() if roles}


def _is_whole(words: Sequence[str], language: str) -> bool:
    """Whether one heading names both parts: ``Nom et prénom``."""
    groups = next(_groups(words, language), [])
    sure = {role for roles in groups if roles != UNCLEAR for role in roles}
    parts = len(sure & {Role.GIVEN, Role.FAMILY}) + (UNCLEAR in groups)
    return bool(sure) and parts > 1


def _groups(words: Sequence[str], language: str) -> Iterator[list[frozenset[Role]]]:
    """Words as a sequence of headings, the longest first."""
    if not words:
        yield []
        return
    for end in range(len(words), 0, -1):
        if roles := _role_in(language, "".join(words[:end])):
            yield from ([roles, *rest] for rest in _groups(words[end:], language))
    if words[0] in CONNECTORS:
        yield from _groups(words[1:], language)


def _role_in(language: str, key: str) -> frozenset[Role] | None:
    known = _known()
    return known.sure.get(key, {}).get(language) or known.short.get(key, {}).get(language)


def _has_part(title: str) -> bool:
    """Whether an unknown heading seems to be about a part of a name: ``Spouse's surname``."""
    words = _words(title)
    if _known().sure.get("".join(words).rstrip("0123456789")):
        return True
    ends = range(1, LONGEST_PART + 1)
    return any(
        _is_sure_part("".join(words[at : at + end])) for at in range(len(words)) for end in ends
    )


def _is_sure_part(key: str) -> bool:
    readings = _known().sure.get(key, {}).values()
    return len(key) >= SHORTEST_SURE_WORD and any(Role.WHOLE not in roles for roles in readings)


def _words(title: str) -> list[str]:
    return heading_words(ARABIC_AND.sub("و ", title))
