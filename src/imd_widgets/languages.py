import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from imd_locale.babel_locales import load_locale
from imd_locale.language import Language as LocaleLanguage
from imd_locale.language_loader import SOURCE, load_languages
from imd_locale.negotiation import find_language
from imd_widgets.collation import sort_key

COUNTS = range(200)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


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


class CatalogueError(ValueError):
    """A translation whose placeholders cannot be filled in."""


@cache
def read_languages(folder: Traversable | None = None) -> Languages:
    folder = folder or files("imd_widgets") / "locales"
    names = [entry.name for entry in folder.iterdir()]
    tags = [name.removesuffix(".po") for name in names if name.endswith(".po")]
    return Languages(load_languages(tags, partial(_read_language, folder), used_for="the widgets"))


def _read_language(folder: Traversable, tag: str) -> Language:
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
    """Find errors that would otherwise appear while a page is rendered."""
    for number in COUNTS:
        translations.plural(number)
    for message in catalogue:
        if message.id and not _has_same_placeholders(
            _list_forms(message.id), _list_forms(message.string)
        ):
            raise CatalogueError(f"the translation of {message.id!r} has other placeholders")


def _has_same_placeholders(originals: Sequence[str], translated: Sequence[str]) -> bool:
    values = dict.fromkeys(PLACEHOLDER.findall("".join(originals)), "")
    try:
        return all(isinstance(form % values, str) for form in translated)
    except (KeyError, ValueError, TypeError):
        return False


def _list_forms(text: Any) -> Sequence[str]:
    return text if isinstance(text, tuple | list) else (text,)
