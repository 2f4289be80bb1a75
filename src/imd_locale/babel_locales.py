"""Loads and checks the locale of a language: Babel's or, where Babel has none, our own."""

from functools import cache

from babel import Locale, localedata

from imd_locale.haitian_creole import HaitianCreole

OWN_LOCALES = {"ht": HaitianCreole}
FORMATS = {"en": "en-001"}


class LocaleError(LookupError):
    """A locale lacks names that dates and addresses need."""


@cache
def parse_locale(tag: str) -> Locale:
    own = OWN_LOCALES.get(tag.partition("-")[0].lower())
    return own() if own else Locale.parse(tag, sep="-")


@cache
def load_locale(tag: str) -> Locale:
    """Return the locale whose formats a language uses."""
    locale = parse_locale(FORMATS.get(tag, tag))
    if missing := _find_missing(locale):
        raise LocaleError(f"Babel has no {' and no '.join(missing)}")
    return locale


def _find_missing(locale: Locale) -> list[str]:
    """List names that a locale only inherits from `root`, where December is M12."""
    # As Babel loads it: `Locale("root")` would change the data that all other locales inherit.
    root = localedata.load("root")
    missing = [
        f"names of {names}"
        for names in ("months", "days")
        if dict(getattr(locale, names)["format"]["wide"]) == root[names]["format"]["wide"]
    ]
    return missing if locale.territories else [*missing, "names of countries"]
