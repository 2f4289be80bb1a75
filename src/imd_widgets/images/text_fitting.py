"""Checks which texts can be drawn, and breaks lines."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from imd_widgets.images.fonts import font
from imd_widgets.languages import Language

MAX_LENGTH = 200
PROBE_SIZE = 40
ELLIPSIS = "..."
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
# Symbols such as emoji; controls, also of direction; code points that mean nothing.
DROPPED = frozenset(("So", "Sk", "Cc", "Cf", "Co", "Cs", "Cn"))
RIGHT_TO_LEFT = frozenset(("R", "AL"))
STRONG = RIGHT_TO_LEFT | {"L"}
EMOJI_STYLE = "\N{VARIATION SELECTOR-16}"
CLOSING = frozenset(("Po", "Pe", "Pf", "Lm"))


def tidy(text: str) -> str:
    """Return one line of bounded length without emoji and control characters."""
    letters = unicodedata.normalize("NFC", text[: 4 * MAX_LENGTH])
    visible = "".join(letter for letter in letters if letter.isspace() or _is_kept(letter))
    line = " ".join(visible.split())
    return line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH].rstrip() + ELLIPSIS


def _is_kept(letter: str) -> bool:
    if letter in JOINERS:
        return True
    return unicodedata.category(letter) not in DROPPED and letter != EMOJI_STYLE


def find_language(text: str, own: Language, others: Iterable[Language]) -> Language | None:
    """Find a language whose font has all characters: its own, or another of its direction."""
    if can_draw(own.tag, text):
        return own
    direction = get_direction(text)
    return next(
        (
            language
            for language in others
            if direction in ("", language.dir) and can_draw(language.tag, text)
        ),
        None,
    )


def get_direction(text: str) -> str:
    """Return the direction of the first strong character, as `dir="auto"` does."""
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    strong = next((kind for kind in kinds if kind in STRONG), "")
    return ("rtl" if strong in RIGHT_TO_LEFT else "ltr") if strong else ""


def can_draw(tag: str, text: str) -> bool:
    return all(letter in JOINERS or letter.isspace() or _has_ink(tag, letter) for letter in text)


@lru_cache(16384)
def _has_ink(tag: str, letter: str) -> bool:
    """Return whether the font draws a character: missing ones are empty in these fonts."""
    return font(tag, PROBE_SIZE).getmask(letter).getbbox() is not None


def shorten(text: str, fits: Callable[[str], bool]) -> str:
    """Return the text, or as much of it as fits before an ellipsis that every font has."""
    if fits(text):
        return text
    clusters = list(_list_clusters(text))
    while clusters and not fits("".join(clusters).rstrip() + ELLIPSIS):
        clusters.pop()
    return "".join(clusters).rstrip() + ELLIPSIS


def wrap(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Break a text into lines at spaces, and within a word only if it is wider than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if fits(longer):
            lines[-1] = longer
        elif fits(word):
            lines.append(word)
        else:
            lines += _break_word(word, fits)
    return [line for line in lines if line]


def _break_word(word: str, fits: Callable[[str], bool]) -> list[str]:
    lines = [""]
    for cluster in _list_clusters(word):
        if lines[-1] and not fits(lines[-1] + cluster):
            lines.append("")
        lines[-1] += cluster
    return lines


def _list_clusters(word: str) -> Iterator[str]:
    """Split a word into letters with their marks and the punctuation that may begin no line."""
    cluster = ""
    for letter in word:
        if cluster and not _hangs_on(letter):
            yield cluster
            cluster = ""
        cluster += letter
    yield cluster


def _hangs_on(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind.startswith("M") or kind in CLOSING or letter in JOINERS
