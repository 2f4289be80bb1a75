"""Which of the languages there are is the nearest to the one that somebody asks for."""

from collections.abc import Iterable, Iterator, Sequence

from babel.core import get_global

MAX_TAG_LENGTH = 35  # https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1


def find_language(available: Iterable[str], wanted: str | None) -> str | None:
    """The wanted language, else the language that it is a form of, else None."""
    if not wanted or len(wanted) > MAX_TAG_LENGTH:
        return None
    by_name = {tag.lower(): tag for tag in available}
    tags = _fallbacks(wanted.lower().replace("_", "-"))
    return next((by_name[tag] for tag in tags if tag in by_name), None)


def choose_language(available: Sequence[str], wanted: str | None) -> str:
    """The nearest language, else the first."""
    return find_language(available, wanted) or available[0]


def _fallbacks(tag: str) -> Iterator[str]:
    """`tl-ph`: itself, `tl`, and `fil`, which is its name in the CLDR."""
    language = tag.partition("-")[0]
    yield from _shortened(tag)
    alias = str(get_global("language_aliases").get(language, ""))
    yield from _shortened(alias.lower().replace("_", "-"))


def _shortened(tag: str) -> Iterator[str]:
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
