"""Language negotiation: finds the available language that is closest to the wanted one."""

from collections.abc import Iterable, Iterator, Sequence

from babel.core import get_global

MAX_TAG_LENGTH = 35  # https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1
SHORT_TAG_LENGTH = 2


def find_language(available: Iterable[str], wanted: str | None) -> str | None:
    """Return the wanted language or a less specific form of it; None if neither is available."""
    if not wanted or len(wanted) > MAX_TAG_LENGTH:
        return None
    by_name = {tag.lower(): tag for tag in available}
    tags = _list_fallbacks(wanted.lower().replace("_", "-"))
    return next((by_name[tag] for tag in tags if tag in by_name), None)


def choose_language(available: Sequence[str], wanted: str | None) -> str:
    """Return the closest available language or, if there is none, the first."""
    return find_language(available, wanted) or available[0]


def list_aliases(available: Iterable[str]) -> dict[str, str]:
    """Map short aliases to available languages: `tl`, which WordPress uses, to `fil`."""
    tags = set(available)
    names = get_global("language_aliases").items()
    return {old: str(new) for old, new in names if new in tags and len(old) == SHORT_TAG_LENGTH}


def _list_fallbacks(tag: str) -> Iterator[str]:
    """List a tag and its fallbacks: for `tl-ph` also `tl` and `fil`, its name in the CLDR."""
    language = tag.partition("-")[0]
    yield from _list_prefixes(tag)
    alias = str(get_global("language_aliases").get(language, ""))
    yield from _list_prefixes(alias.lower().replace("_", "-"))


def _list_prefixes(tag: str) -> Iterator[str]:
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
