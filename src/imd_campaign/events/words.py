from unicodedata import category, normalize

MOST_WORDS = 8


def folded(text: str) -> str:
    """How texts and searches are compared: without case, accents or other marks."""
    bare = "".join(sign for sign in normalize("NFKD", text) if category(sign) != "Mn")
    return " ".join(bare.casefold().split())


def words(search: str) -> list[str]:
    return folded(search).split()[:MOST_WORDS]


def pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
