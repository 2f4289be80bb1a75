from unicodedata import category, normalize

MAX_WORDS = 8


def fold(text: str) -> str:
    """How texts and searches are compared: without case, accents or other marks."""
    bare = (sign for sign in normalize("NFKD", text) if category(sign) != "Mn")
    shown = (" " if category(sign).startswith("C") else sign for sign in bare)
    return " ".join("".join(shown).casefold().split())


def words(search: str) -> list[str]:
    return fold(search).split()[:MAX_WORDS]


def pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
