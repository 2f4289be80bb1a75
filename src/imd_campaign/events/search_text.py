# ruff: noqa: RUF001 letters of many scripts
"""Folded text, and the grams by which the words in it are found."""

from functools import lru_cache
from itertools import pairwise
from unicodedata import category, decimal, normalize

MAX_WORDS = 8
GRAM_LENGTH = 3

# Letters that people replace with others when they search, and that Unicode does not decompose.
LETTERS = {
    **dict(zip("ıɩłđðɖøħŧɓɗƙƴŋɲǝəɛɔƒɣʊʋ", "iildddohtbdkynneeeofguv", strict=True)),
    **dict(zip("æœþß", ("ae", "oe", "th", "ss"), strict=True)),
    # Arabic, Persian, Urdu and Kurdish write the same letters with different characters.
    **dict(zip("كيىےةۃەہھٱں", "کییی" + 5 * "ه" + "ان", strict=True)),
    **dict.fromkeys("ءـ", ""),
    **dict.fromkeys("’‘ʼʻʾʿʹ′`׳՚", "'"),
    **dict.fromkeys('"“”„‟«»‹›״', ""),
    "−": "-",
}
IGNORED = ("Mn", "Cf")


class _FoldedCharacters(dict[int, str]):
    def __missing__(self, code: int) -> str:
        return _fold_character(code)


@lru_cache(maxsize=4096)
def _fold_character(code: int) -> str:
    character = chr(code)
    kind = category(character)
    if character in LETTERS:
        return LETTERS[character]
    if kind in IGNORED:
        return ""
    if kind == "Nd":
        return str(decimal(character))
    if kind == "Pd":
        return "-"
    return " " if kind.startswith("C") else character


FOLDED = _FoldedCharacters({code: _fold_character(code) for code in range(128)})


def fold(text: str) -> str:
    """Return a text without case, accents and variants of letters, to compare it with a search."""
    bare = normalize("NFKD", normalize("NFKD", text).casefold())
    return " ".join(bare.translate(FOLDED).split())


def split_words(search: str) -> list[str]:
    return fold(search).split()[:MAX_WORDS]


def list_grams(text: str) -> set[str]:
    """Return the parts of up to three characters of each word in a folded text."""
    grams: set[str] = set()
    return grams.union(*map(_list_word_grams, set(text.split())))


@lru_cache(maxsize=8192)
def _list_word_grams(word: str) -> frozenset[str]:
    pairs = pairwise(word)
    triples = zip(word, word[1:], word[2:], strict=False)
    return frozenset((*word, *map("".join, pairs), *map("".join, triples)))


def choose_grams(word: str) -> set[str]:
    """Return the grams that together cover a word: every text with the word has all of them."""
    last = max(0, len(word) - GRAM_LENGTH)
    return {word[start : start + GRAM_LENGTH] for start in (*range(0, last, GRAM_LENGTH), last)}


def is_gram(word: str) -> bool:
    return len(word) <= GRAM_LENGTH


def make_like_pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
