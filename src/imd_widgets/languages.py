from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from imd_locale.translated_language import Languages, read_folder
from imd_locale.translated_language import TranslatedLanguage as Language

__all__ = ["Language", "Languages", "read_languages"]


@cache
def read_languages(folder: Traversable | None = None) -> Languages:
    return read_folder(folder or files("imd_widgets") / "locales", used_for="the widgets")
