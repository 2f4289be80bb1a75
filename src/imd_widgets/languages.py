import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from babel.support import Translations
from babel.units import format_unit

from imd_locale.loading import SOURCE, load_languages
from imd_locale.locales import load_locale, parse_locale
from imd_widgets.alphabet import in_order

UTC_ZONE = ZoneInfo("UTC")
MARK = "\N{LEFT-TO-RIGHT MARK}"
KILO = 1000
MINUTE = "duration-minute"
LONGEST_TAG = 35  # https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1
ABBREVIATED, WIDE = "a", "aaaa"
DAY_FIRST = "{1}, {0}"
OWN_NAMES = {"id": "Bahasa Indonesia"}
COUNTS = range(200)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ZEROS = {
    "adlm": "\N{ADLAM DIGIT ZERO}",
    "arab": "\N{ARABIC-INDIC DIGIT ZERO}",
    "arabext": "\N{EXTENDED ARABIC-INDIC DIGIT ZERO}",
    "beng": "\N{BENGALI DIGIT ZERO}",
    "cakm": "\N{CHAKMA DIGIT ZERO}",
    "deva": "\N{DEVANAGARI DIGIT ZERO}",
    "gujr": "\N{GUJARATI DIGIT ZERO}",
    "khmr": "\N{KHMER DIGIT ZERO}",
    "laoo": "\N{LAO DIGIT ZERO}",
    "mymr": "\N{MYANMAR DIGIT ZERO}",
    "olck": "\N{OL CHIKI DIGIT ZERO}",
    "tibt": "\N{TIBETAN DIGIT ZERO}",
}
PERCENT_SIGNS = {
    "arab": "\N{ARABIC PERCENT SIGN}",
    "arabext": "\N{ARABIC PERCENT SIGN}",
}


@dataclass(frozen=True)
class Language:
    tag: str
    translations: Translations

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

    def gettext(self, message: str, **values: object) -> str:
        text: str = self.translations.ugettext(message) if message else ""
        return text % values if values else text

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        text: str = self.translations.ungettext(one, many, num)
        return text % {"num": self.number(num), **values}

    def number(self, value: float) -> str:
        return self.digits(format_decimal(value, locale=self.locale, numbering_system="default"))

    def percent(self, share: float) -> str:
        written = format_percent(share, locale=self.locale, numbering_system="default")
        sign = PERCENT_SIGNS.get(self.locale.default_numbering_system, "%")
        return self.digits(written.replace("%", sign))

    def kilometres(self, value: float) -> str:
        whole = max(1, round(value))
        unit = format_unit(whole, "length-kilometer", "short", locale=self.locale)
        return self.digits(unit)

    def minutes(self, value: int) -> str:
        """Where the CLDR has no long form, Babel would write the identifier."""
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
        """With all the digits that the amount has, whatever the CLDR rounds the currency to."""
        price = format_currency(amount, currency, locale=self.locale, decimal_quantization=False)
        symbol = get_currency_symbol(currency, self.locale)
        return self.digits(price.replace(symbol, self.left_to_right(symbol)))

    def left_to_right(self, text: str) -> str:
        """So that `US$` is not read as `$US` where lines run to the left."""
        return f"{MARK}{text}{MARK}" if self.dir == "rtl" else text

    def listing(self, words: Sequence[str]) -> str:
        return format_list(words, locale=self.locale)

    def day(self, value: date) -> str:
        return self.digits(format_skeleton("MMMMd", value, locale=self.locale))

    def date(self, value: date, style: str = "long") -> str:
        return self.digits(format_date(value, style, locale=self.locale))

    def time(self, value: datetime, zone: ZoneInfo = UTC_ZONE) -> str:
        pattern = self.locale.time_formats["short"].pattern.replace("a", self._half_of_day)
        return self.digits(format_time(value, pattern, tzinfo=zone, locale=self.locale))

    @property
    def _half_of_day(self) -> str:
        """Where the CLDR has no wide name, Babel would take a single letter."""
        wide = self.locale.day_periods["format"].get("wide", {})
        return WIDE if wide.get("am") else ABBREVIATED

    def moment(self, value: datetime, zone: ZoneInfo = UTC_ZONE, style: str = "long") -> str:
        """The time is last, so that the zone may follow it."""
        pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
        day = self.date(value.astimezone(zone).date(), style)
        ordered = pattern if pattern.startswith("{1}") else DAY_FIRST
        return ordered.format(self.time(value, zone), day)

    def city(self, zone: ZoneInfo) -> str:
        """Whose zone it is; the CLDR has `Asia/Kathmandu` under the name that it once had."""
        name = get_global("zone_aliases").get(zone.key, zone.key)
        found = (self.locale.time_zones.get(each, {}) for each in (name, *_former(name)))
        city = next((each["city"] for each in found if "city" in each), None)
        return str(city or name.rpartition("/")[2].replace("_", " "))

    @cached_property
    def territories(self) -> dict[str, str]:
        return {str(code): str(name) for code, name in self.locale.territories.items()}

    def territory(self, code: str) -> str:
        return self.territories.get(code, code)

    @cached_property
    def _table(self) -> dict[int, int]:
        zero = ord(ZEROS.get(self.locale.default_numbering_system, "0"))
        return {ord("0") + digit: zero + digit for digit in range(10)}

    def digits(self, text: str) -> str:
        return text.translate(self._table)


def _former(zone: str) -> Iterator[str]:
    return (old for old, new in get_global("zone_aliases").items() if new == zone)


class Languages(Mapping[str, Language]):
    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = dict(languages)

    def __getitem__(self, tag: str) -> Language:
        return self._languages[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)

    @property
    def source(self) -> Language:
        return self._languages[SOURCE]

    @cached_property
    def by_name(self) -> tuple[Language, ...]:
        spoken = self._languages.values()
        return tuple(sorted(spoken, key=lambda language: in_order(language.name, SOURCE)))

    def nearest(self, wanted: str) -> Language | None:
        if len(wanted) > LONGEST_TAG:
            return None
        given, *more = wanted.replace("_", "-").lower().split("-")
        parts = [get_global("language_aliases").get(given, given), *more]
        tags = {tag.lower(): language for tag, language in self._languages.items()}
        heads = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((tags[head] for head in heads if head in tags), None)


class CatalogueError(ValueError):
    """A translation that cannot be filled in."""


@cache
def read_languages(folder: Traversable | None = None) -> Languages:
    folder = folder or files("imd_widgets") / "locales"
    names = [entry.name for entry in folder.iterdir()]
    tags = [name.removesuffix(".po") for name in names if name.endswith(".po")]
    return Languages(load_languages(tags, partial(_read, folder), used_for="the widgets"))


def _read(folder: Traversable, tag: str) -> Language:
    load_locale(tag)
    with (folder / f"{tag}.po").open("rb") as lines:
        catalogue = read_po(lines, locale=tag.replace("-", "_"), abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = Translations(compiled)
    _check(catalogue, translations)
    return Language(tag, translations)


def _check(catalogue: Catalog, translations: Translations) -> None:
    """Find what would fail later, while a page is rendered."""
    for number in COUNTS:
        translations.plural(number)
    for message in catalogue:
        if message.id and not _can_be_filled_in(_forms(message.id), _forms(message.string)):
            raise CatalogueError(f"the translation of {message.id!r} has other placeholders")


def _can_be_filled_in(originals: Sequence[str], translated: Sequence[str]) -> bool:
    values = dict.fromkeys(PLACEHOLDER.findall("".join(originals)), "")
    try:
        return all(isinstance(form % values, str) for form in translated)
    except (KeyError, ValueError, TypeError):
        return False


def _forms(text: Any) -> Sequence[str]:
    return text if isinstance(text, tuple | list) else (text,)
