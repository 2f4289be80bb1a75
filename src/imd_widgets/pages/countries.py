"""The countries of a form, sorted by name in a language."""

from functools import cache

from imd_locale.collation import sort_key
from imd_locale.countries import COUNTRIES
from imd_widgets.languages import Language


@cache
def list_countries(language: Language) -> list[tuple[str, str]]:
    named = [(code, language.territory(code)) for code in sorted(COUNTRIES)]
    return sorted(named, key=lambda pair: sort_key(pair[1], language.tag))
