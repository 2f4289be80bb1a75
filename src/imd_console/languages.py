"""The languages of the console, and which one a reader gets."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from imd_locale.translated_language import Languages, TranslatedLanguage, read_folder

MAX_HEADER_LENGTH = 500


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    return message


@cache
def read_languages() -> Languages:
    return read_folder(files("imd_console") / "locales", used_for="the staff console")


def choose_language(*wanted: str | None, accepted: str) -> TranslatedLanguage:
    """Return the first wanted language that is available, else the best of Accept-Language."""
    languages = read_languages()
    tags = [tag for tag in (*wanted, *_list_accepted(accepted)) if tag]
    found = (languages.find_nearest(tag) for tag in tags)
    return next((language for language in found if language), languages.source)


def _list_accepted(header: str) -> Iterator[str]:
    """List the languages of the header, the best first."""
    ranges = [part.partition(";") for part in header[:MAX_HEADER_LENGTH].split(",")]
    weighted = [(_read_weight(parameters), tag.strip()) for tag, _, parameters in ranges]
    yield from (tag for weight, tag in sorted(weighted, key=_get_rank) if tag and weight > 0)


def _get_rank(pair: tuple[float, str]) -> float:
    return -pair[0]


def _read_weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
