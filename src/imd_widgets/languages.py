from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel.support import Translations

from imd_locale.babel_locales import load_locale
from imd_locale.language import Language as LocaleLanguage
from imd_locale.language_loader import SOURCE, load_languages
from imd_locale.negotiation import find_language
from imd_widgets.catalogues import read_translations
from imd_widgets.collation import sort_key


@dataclass(frozen=True)
class Language(LocaleLanguage):
    """A language with the widgets' catalogue."""

    translations: Translations

    def gettext(self, message: str, **values: object) -> str:
        text: str = self.translations.ugettext(message) if message else ""
        return text % values if values else text

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        text: str = self.translations.ungettext(one, many, num)
        return text % {"num": self.number(num), **values}


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
        return tuple(sorted(spoken, key=lambda language: sort_key(language.name, SOURCE)))

    def find_nearest(self, wanted: str) -> Language | None:
        tag = find_language(self._languages, wanted)
        return self._languages[tag] if tag else None


@cache
def read_languages(folder: Traversable | None = None) -> Languages:
    folder = folder or files("imd_widgets") / "locales"
    names = [entry.name for entry in folder.iterdir()]
    tags = [name.removesuffix(".po") for name in names if name.endswith(".po")]
    return Languages(load_languages(tags, partial(_read_language, folder), used_for="the widgets"))


def _read_language(folder: Traversable, tag: str) -> Language:
    load_locale(tag)
    return Language(tag, read_translations(folder / f"{tag}.po", tag))
