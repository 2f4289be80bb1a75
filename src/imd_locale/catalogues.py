import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

COUNTS = range(200)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class CatalogueError(ValueError):
    """A translation whose placeholders cannot be filled in."""


def read_translations(file: Traversable, tag: str) -> Translations:
    with file.open("rb") as lines:
        catalogue = read_po(lines, locale=tag.replace("-", "_"), abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = Translations(compiled)
    _check(catalogue, translations)
    return translations


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
