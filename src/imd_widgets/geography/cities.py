"""Cities by name in many scripts, looked up without a request to anybody.

The names and places are from GeoNames (CC BY 4.0), made into cities.tsv by scripts/make_cities.py:
one city a line, the largest first, each with its country, place and names.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MAX_LENGTH = 60
COMMENT = "#"
# Letters that keyboards of one script write in several ways.
ALIKE = str.maketrans("یکىةہھےۆۇ", "يكيهههيوو")


class City(NamedTuple):
    name: str
    """As it was searched for; `own` is the name in GeoNames."""
    own: str
    country: str
    lat: float
    lon: float


def fold(name: str) -> str:
    """Keep letters and digits only, without case and accents."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in apart if letter.isalnum()).translate(ALIKE)


def find(text: str) -> City | None:
    """Find the largest city of this name; "Lagos,PT" is the largest in Portugal."""
    name, country = _split_country(text)
    if len(text) > MAX_LENGTH:
        return None
    return next(_find_by_name(fold(name), country), None)


def find_similar(text: str) -> City | None:
    """Find the largest city whose name differs by one typing error."""
    name, country = _split_country(text)
    if len(text) > MAX_LENGTH or len(folded := fold(name)) > MAX_LENGTH:
        return None
    return next(
        (city for slip in _list_typos(folded) for city in _find_by_name(slip, country)), None
    )


def _split_country(text: str) -> tuple[str, str]:
    name, comma, country = text.rpartition(",")
    code = country.strip().upper()
    return (name, code) if comma and len(code) == len("NG") and code.isascii() else (text, "")


def _find_by_name(folded: str, country: str) -> Iterator[City]:
    cities = _read_index().get(folded, ())
    return (city for city in cities if country in ("", city.country))


def _list_typos(name: str) -> Iterator[str]:
    """List names one typing error away: https://norvig.com/spell-correct.html"""
    halves = [(name[:cut], name[cut:]) for cut in range(len(name) + 1)]
    yield from (left + right[1:] for left, right in halves if right)
    yield from (left + right[1] + right[0] + right[2:] for left, right in halves if right[1:])
    yield from (left + new + right[1:] for left, right in halves if right for new in LETTERS)
    yield from (left + new + right for left, right in halves for new in LETTERS)


@cache
def _read_index() -> dict[str, list[City]]:
    index: dict[str, list[City]] = {}
    for line in _read_lines():
        country, lat, lon, *names = line.split("\t")
        for name in names:
            city = City(name, names[0], country, float(lat), float(lon))
            index.setdefault(fold(name), []).append(city)
    return index


def _read_lines() -> list[str]:
    return [line for line in _read_text().splitlines() if not line.startswith(COMMENT)]


def _read_text() -> str:
    return (files("imd_widgets.geography") / "cities.tsv").read_text(encoding="utf-8")
