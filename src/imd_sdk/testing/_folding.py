# ruff: noqa: RUF001 letters of many scripts
"""Folds texts as the campaign server does, so that searches find the same events."""

from __future__ import annotations

from unicodedata import category, decimal, normalize

LETTERS = {
    **dict(zip("ıɩłđðɖøħŧɓɗƙƴŋɲǝəɛɔƒɣʊʋ", "iildddohtbdkynneeeofguv", strict=True)),
    **dict(zip("æœþß", ("ae", "oe", "th", "ss"), strict=True)),
    **dict(zip("كيىےةۃەہھٱں", "کییی" + 5 * "ه" + "ان", strict=True)),
    **dict.fromkeys("ءـ", ""),
    **dict.fromkeys("’‘ʼʻʾʿʹ′`׳՚", "'"),
    **dict.fromkeys('"“”„‟«»‹›״', ""),
    "−": "-",
}


def fold(text: str) -> str:
    """Return a text without case, accents and variants of letters."""
    bare = normalize("NFKD", normalize("NFKD", text).casefold())
    return " ".join("".join(map(_fold_character, bare)).split())


def _fold_character(character: str) -> str:
    kind = category(character)
    if character in LETTERS:
        return LETTERS[character]
    if kind in ("Mn", "Cf"):
        return ""
    if kind == "Nd":
        return str(decimal(character))
    if kind == "Pd":
        return "-"
    return " " if kind.startswith("C") else character
