"""The locale of a language tag, checked once: Babel's own, or ours where Babel has none."""

from functools import cache

from babel import Locale, localedata

from imd_locale.haitian_creole import HaitianCreole

OWN_LOCALES = {"ht": HaitianCreole}
FORMATS = {"en": "en-001"}


class LocaleError(LookupError):
    """A locale without the words that dates and addresses need."""


@cache
def parse_locale(tag: str) -> Locale:
    own = OWN_LOCALES.get(tag.partition("-")[0].lower())
    return own() if own else Locale.parse(tag, sep="-")


@cache
def load_locale(tag: str) -> Locale:
    """The locale whose formats a language uses."""
    locale = parse_locale(FORMATS.get(tag, tag))
    if missing := _missing(locale):
        raise LocaleError(f"Babel has no {' and no '.join(missing)}")
    return locale


def _missing(locale: Locale) -> list[str]:
    """What an empty locale has from `root`, where December is M12 and Monday Mon."""
    # As Babel loads it: `Locale("root")` would change the data that all other locales inherit.
    root = localedata.load("root")
    missing = [
        f"names of {names}"
        for names in ("months", "days")
        if dict(getattr(locale, names)["format"]["wide"]) == root[names]["format"]["wide"]
    ]
    return missing if locale.territories else [*missing, "names of countries"]
