"""The languages spoken at an event, in one column that is searched by language tag."""

from collections.abc import Sequence


def join_tags(languages: Sequence[str]) -> str:
    """Return each tag and its first part, so that "pt" finds "pt-BR" (RFC 4647, 3.3.1)."""
    tags = {tag.lower() for tag in languages}
    parts = {delimit(part) for tag in tags for part in (tag, tag.split("-")[0])}
    return "".join(sorted(parts))


def delimit(tag: str) -> str:
    return f"({tag.lower()})"
