"""Formats numbers, prices, dates, times, zones and names for a language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_datetime_format,
    get_timezone_gmt,
    get_timezone_name,
)
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.units import format_unit

from imd_locale.babel_locales import load_locale, parse_locale
from imd_locale.bidi import LEFT_TO_RIGHT
from imd_locale.digits import PERCENT_SIGNS, make_digit_table

UTC_ZONE = ZoneInfo("UTC")
KILO = 1000
MINUTE = "duration-minute"
ABBREVIATED, WIDE = "a", "aaaa"
DAY_FIRST = "{1}, {0}"
OWN_NAMES = {"id": "Bahasa Indonesia"}
MAX_CACHED_TEXTS = 4096


@dataclass(frozen=True)
class Language:
    tag: str

    @cached_property
    def locale(self) -> Locale:
        return load_locale(self.tag)

    @property
    def dir(self) -> str:
        return self.locale.text_direction

    @property
    def name(self) -> str:
        own = OWN_NAMES.get(self.tag) or parse_locale(self.tag).display_name or self.tag
        return own[:1].upper() + own[1:]

    def number(self, value: float) -> str:
        return _format_number(self, value)

    def percent(self, share: float) -> str:
        text = format_percent(share, locale=self.locale, numbering_system="default")
        sign = PERCENT_SIGNS.get(self.locale.default_numbering_system, "%")
        return self.digits(text.replace("%", sign))

    def kilometres(self, value: float) -> str:
        whole = max(1, round(value))
        unit = format_unit(whole, "length-kilometer", "short", locale=self.locale)
        return self.digits(unit)

    def minutes(self, value: int) -> str:
        """Use the short form if the CLDR has no long one: Babel would return the identifier."""
        long = format_unit(value, MINUTE, "long", locale=self.locale)
        short = format_unit(value, MINUTE, "short", locale=self.locale)
        return self.digits(short if MINUTE in long else long)

    def file_size(self, value: int) -> str:
        if value < KILO * KILO:
            size, unit = float(max(1, round(value / KILO))), "digital-kilobyte"
        else:
            size, unit = round(value / KILO / KILO, 1), "digital-megabyte"
        return self.digits(format_unit(size, unit, "short", locale=self.locale))

    def price(self, amount: Decimal, currency: str) -> str:
        """Keep all digits of the amount, even those that the CLDR rounds away."""
        price = format_currency(amount, currency, locale=self.locale, decimal_quantization=False)
        symbol = get_currency_symbol(currency, self.locale)
        return self.digits(price.replace(symbol, self.left_to_right(symbol)))

    def left_to_right(self, text: str) -> str:
        """Add marks, so that `US$` does not become `$US` on lines that run to the left."""
        return f"{LEFT_TO_RIGHT}{text}{LEFT_TO_RIGHT}" if self.dir == "rtl" else text

    def listing(self, words: Sequence[str]) -> str:
        return format_list(words, locale=self.locale)

    def day(self, value: date) -> str:
        return self.digits(format_skeleton("MMMMd", value, locale=self.locale))

    def date(self, value: date, style: str = "long") -> str:
        return self.digits(format_date(value, style, locale=self.locale))

    def time(self, value: datetime, zone: ZoneInfo = UTC_ZONE) -> str:
        return _format_time(self, value.astimezone(zone).time())

    @cached_property
    def time_pattern(self) -> str:
        """Hours, minutes and AM or PM; without its wide name, Babel would use a single letter."""
        wide = self.locale.day_periods["format"].get("wide", {})
        half_of_day = WIDE if wide.get("am") else ABBREVIATED
        short: str = self.locale.time_formats["short"].pattern
        return short.replace("a", half_of_day)

    def moment(self, value: datetime, zone: ZoneInfo = UTC_ZONE, style: str = "long") -> str:
        """Put the time last, so that the zone can follow it."""
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = self.date(value.astimezone(zone).date(), style)
        ordered = pattern if pattern.startswith("{1}") else DAY_FIRST
        return ordered.format(self.time(value, zone), day)

    def zone_name(self, value: datetime) -> str:
        """Return the name of a moment's time zone, such as Central European Standard Time."""
        return _name_zone(self, value.tzinfo, value.replace(tzinfo=None), value.fold)

    def utc_offset(self, value: datetime) -> str:
        return self.digits(get_timezone_gmt(value, locale=self.locale))

    def city(self, zone: ZoneInfo) -> str:
        """Return the city of a zone; the CLDR lists `Asia/Kathmandu` under its former name."""
        name = get_global("zone_aliases").get(zone.key, zone.key)
        found = (self.locale.time_zones.get(key, {}) for key in (name, *_list_former_names(name)))
        city = next((entry["city"] for entry in found if "city" in entry), None)
        return str(city or name.rpartition("/")[2].replace("_", " "))

    @cached_property
    def territories(self) -> dict[str, str]:
        return {str(code): str(name) for code, name in self.locale.territories.items()}

    def territory(self, code: str) -> str:
        return self.territories.get(code, code)

    @cached_property
    def _table(self) -> dict[int, int]:
        return make_digit_table(self.locale.default_numbering_system)

    def digits(self, text: str) -> str:
        return text.translate(self._table)


def _list_former_names(zone: str) -> Iterator[str]:
    return (old for old, new in get_global("zone_aliases").items() if new == zone)


@lru_cache(MAX_CACHED_TEXTS, typed=True)
def _format_number(language: Language, value: float) -> str:
    text = format_decimal(value, locale=language.locale, numbering_system="default")
    return language.digits(text)


@lru_cache(MAX_CACHED_TEXTS)
def _format_time(language: Language, value: time) -> str:
    return language.digits(format_time(value, language.time_pattern, locale=language.locale))


@lru_cache(MAX_CACHED_TEXTS)
def _name_zone(language: Language, zone: tzinfo | None, local: datetime, fold: int) -> str:
    """Name a zone at a local time: moments alone are equal in all zones, and for both folds."""
    moment = local.replace(tzinfo=zone, fold=fold)
    return language.digits(get_timezone_name(moment, locale=language.locale))
