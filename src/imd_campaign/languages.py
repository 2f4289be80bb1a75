from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from imd_locale.locales import load_locale

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
MARKS = {"ltr": LEFT_TO_RIGHT, "rtl": "\N{RIGHT-TO-LEFT MARK}"}
DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
ABBREVIATED, WIDE = "a", "aaaa"
DAY_FIRST = "{1}, {0}"
ZEROS = {
    "arab": "\N{ARABIC-INDIC DIGIT ZERO}",
    "arabext": "\N{EXTENDED ARABIC-INDIC DIGIT ZERO}",
    "beng": "\N{BENGALI DIGIT ZERO}",
    "deva": "\N{DEVANAGARI DIGIT ZERO}",
    "mymr": "\N{MYANMAR DIGIT ZERO}",
}


def chosen(available: Sequence[str], wanted: str | None) -> str:
    """The wanted language, else the language it is a form of, else the first there is."""
    by_name = {tag.lower(): tag for tag in available}
    tags = _forms((wanted or "").lower())
    return next((by_name[tag] for tag in tags if tag in by_name), available[0])


def _forms(tag: str) -> Iterator[str]:
    """`tl-ph`: itself, `tl`, and `fil`, by which the CLDR knows it."""
    spoken = tag
    while tag:
        yield (spoken := tag)
        tag = tag.rpartition("-")[0]
    alias = str(get_global("language_aliases").get(spoken, "")).lower().replace("_", "-")
    while alias:
        yield alias
        alias = alias.rpartition("-")[0]


@dataclass(frozen=True)
class Language:
    """Numbers, prices, days and names, as the widgets write them too."""

    tag: str

    @cached_property
    def locale(self) -> Locale:
        return load_locale(self.tag)

    @property
    def dir(self) -> str:
        return self.locale.text_direction

    def number(self, value: int) -> str:
        return self._digits(format_decimal(value, locale=self.locale, numbering_system="default"))

    def listing(self, words: Sequence[str]) -> str:
        return format_list(words, locale=self.locale)

    def price(self, amount: Decimal, currency: str) -> str:
        """With all the digits that the amount has, whatever the CLDR rounds the currency to."""
        price = format_currency(amount, currency, locale=self.locale, decimal_quantization=False)
        symbol = get_currency_symbol(currency, self.locale)
        mark = LEFT_TO_RIGHT if self.dir == "rtl" else ""
        return self._digits(price.replace(symbol, f"{mark}{symbol}{mark}"))

    def moment(self, value: datetime, zone: ZoneInfo) -> str:
        there = value.astimezone(zone)
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        ordered = pattern if pattern.startswith("{1}") else DAY_FIRST
        hour = format_time(there, self._hours, locale=self.locale)
        day = format_date(there.date(), "full", locale=self.locale)
        return self._digits(ordered.format(hour, day))

    @property
    def _hours(self) -> str:
        """Where the CLDR has no wide name of a half of the day, Babel would take a letter."""
        names = self.locale.day_periods["format"].get("wide", {})
        half = WIDE if names.get("am") else ABBREVIATED
        return str(self.locale.time_formats["short"].pattern.replace("a", half))

    def city(self, zone: ZoneInfo) -> str:
        """Whose zone it is; the CLDR has `Asia/Kathmandu` under the name that it once had."""
        name = get_global("zone_aliases").get(zone.key, zone.key)
        found = (self.locale.time_zones.get(each, {}) for each in (name, *_former(name)))
        city = next((each["city"] for each in found if "city" in each), None)
        return str(city or name.rpartition("/")[2].replace("_", " "))

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))

    def set_off(self, text: str) -> str:
        """Between marks where it runs the other way, so that its full stop stays its own.

        Not where it stands on lines of its own: there its first letter decides, and of a web
        address the mark would be taken for a part.
        """
        way = _direction(text)
        if way is None or way == self.dir or "\n" in text or "://" in text:
            return text
        return f"{MARKS[way]}{text}{MARKS[way]}"

    def _digits(self, text: str) -> str:
        zero = ord(ZEROS.get(self.locale.default_numbering_system, "0"))
        return text.translate({ord("0") + digit: zero + digit for digit in range(10)})


def _former(zone: str) -> Iterator[str]:
    return (old for old, new in get_global("zone_aliases").items() if new == zone)


def _direction(text: str) -> str | None:
    """That of the first letter (UAX #9, P2)."""
    found = (DIRECTIONS.get(bidirectional(character)) for character in text)
    return next((way for way in found if way), None)
