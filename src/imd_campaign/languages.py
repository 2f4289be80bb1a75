from collections.abc import Sequence


def chosen(available: Sequence[str], wanted: str | None) -> str:
    """The wanted language, else the language it is a form of, else the first there is."""
    asked = (wanted or "").lower()
    by_name = {tag.lower(): tag for tag in available}
    while asked:
        if asked in by_name:
            return by_name[asked]
        asked = asked.rpartition("-")[0]
    return available[0]
