"""Languages with a catalogue of translated messages, one `.po` file each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources.abc import Traversable

from babel.support import Translations

from imd_locale.babel_locales import load_locale
from imd_locale.catalogues import read_translations
from imd_locale.collation import sort_key
from imd_locale.language import Language
from imd_locale.language_loader import SOURCE, load_languages
from imd_locale.negotiation import find_language


@dataclass(frozen=True)
class TranslatedLanguage(Language):
    """A language with the catalogue of one package."""

    translations: Translations

    def gettext(self, message: str, **values: object) -> str:
        text: str = self.translations.ugettext(message) if message else ""
        return text % values if values else text

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        text: str = self.translations.ungettext(one, many, num)
        return text % {"num": self.number(num), **values}


class Languages(Mapping[str, TranslatedLanguage]):
    def __init__(self, languages: Mapping[str, TranslatedLanguage]) -> None:
        self._languages = dict(languages)

    def __getitem__(self, tag: str) -> TranslatedLanguage:
        return self._languages[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._languages)

    def __len__(self) -> int:
        return len(self._languages)

    @property
    def source(self) -> TranslatedLanguage:
        return self._languages[SOURCE]

    @cached_property
    def by_name(self) -> tuple[TranslatedLanguage, ...]:
        spoken = self._languages.values()
        return tuple(sorted(spoken, key=lambda language: sort_key(language.name, SOURCE)))

    def find_nearest(self, wanted: str) -> TranslatedLanguage | None:
        tag = find_language(self._languages, wanted)
        return self._languages[tag] if tag else None


def read_folder(folder: Traversable, *, used_for: str) -> Languages:
    """Read the catalogues of a folder; leave out what cannot be loaded, with a log line."""
    names = [entry.name for entry in folder.iterdir()]
    tags = [name.removesuffix(".po") for name in names if name.endswith(".po")]
    return Languages(load_languages(tags, partial(_read_language, folder), used_for=used_for))


def _read_language(folder: Traversable, tag: str) -> TranslatedLanguage:
    load_locale(tag)
    return TranslatedLanguage(tag, read_translations(folder / f"{tag}.po", tag))
