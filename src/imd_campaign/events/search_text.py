from unicodedata import category, normalize

MAX_WORDS = 8


def fold(text: str) -> str:
    """Return a text without case, accents and other marks, for comparing it with a search."""
    bare = (character for character in normalize("NFKD", text) if category(character) != "Mn")
    shown = (" " if category(character).startswith("C") else character for character in bare)
    return " ".join("".join(shown).casefold().split())


def split_words(search: str) -> list[str]:
    return fold(search).split()[:MAX_WORDS]


def make_like_pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
