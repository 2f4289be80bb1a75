"""Haitian Creole for Babel, from `haitian_creole.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, localedata
from babel.dates import parse_pattern as date_pattern
from babel.numbers import parse_pattern as number_pattern
from babel.plural import PluralRule

Data = dict[str, Any]

NOT_FRENCH = ("territories", "languages", "time_zones", "meta_zones")


class HaitianCreole(Locale):
    """Haiti's French forms with Creole words: Babel's own `ht` is missing, French or empty."""

    def __init__(self) -> None:
        super().__init__("fr", territory="HT")
        self.language, self.territory = "ht", None

    @property
    def _data(self) -> localedata.LocaleDataDict:
        """Replace the property from which Babel reads the data of a locale."""
        return _load_locale_data()


@cache
def _load_locale_data() -> localedata.LocaleDataDict:
    data: dict[Any, Any] = {**localedata.load("fr_HT"), **{words: {} for words in NOT_FRENCH}}
    localedata.merge(data, _to_babel_data(_read()))
    return localedata.LocaleDataDict(data)


def _read() -> Data:
    text = (files("imd_locale") / "haitian_creole.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _to_babel_data(own: Data) -> Data:
    """Convert our data to Babel's structure. Nouns have one form, whatever their number."""
    return {
        "plural_form": PluralRule({}),
        "languages": {"ht": own["name"]},
        "territories": own["territories"],
        "list_patterns": {"standard": _make_list_patterns(own["list"])},
        "number_symbols": {"latn": {"decimal": own["decimal"], "group": own["group"]}},
        "percent_formats": {None: number_pattern(own["percent"])},
        "unit_patterns": _make_unit_patterns(own["units"]),
        "months": _number_names(own["months"], first=1),
        "days": _number_names(own["days"], first=0),
        "date_formats": _parse_date_patterns(own["dates"]),
        "time_formats": _parse_date_patterns(own["times"]),
        "datetime_formats": own["moments"],
        "datetime_skeletons": _parse_date_patterns(own["skeletons"]),
        "time_zones": _make_zone_names(own),
        "meta_zones": {
            name: {"long": _make_clock_names(words)} for name, words in own["clocks"].items()
        },
    }


def _make_list_patterns(own: Data) -> Data:
    many, last = own["many"], own["last"]
    return {"start": many, "middle": many, "end": last, "2": last}


def _make_unit_patterns(own: Data) -> Data:
    return {
        unit: {length: {"one": pattern, "other": pattern} for length, pattern in patterns.items()}
        for unit, patterns in own.items()
    }


def _number_names(own: Data, *, first: int) -> Data:
    numbered = {width: dict(enumerate(names, first)) for width, names in own.items()}
    return {"format": numbered, "stand-alone": numbered}


def _parse_date_patterns(own: Data) -> Data:
    return {name: date_pattern(pattern) for name, pattern in own.items()}


def _make_zone_names(own: Data) -> Data:
    zones: Data = {zone: {"city": city} for zone, city in own["cities"].items()}
    for zone, names in own["zones"].items():
        zones.setdefault(zone, {})["long"] = names
    return zones


def _make_clock_names(region: str) -> Data:
    usual = f"lè {region}"
    return {"generic": usual, "standard": usual, "daylight": f"lè ete {region}"}
