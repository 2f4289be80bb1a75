"""The languages spoken at an event, which are searched by language tag."""

from collections.abc import Sequence


def list_tags(languages: Sequence[str]) -> set[str]:
    """Return each tag and its first part, so that "pt" finds "pt-BR" (RFC 4647, 3.3.1)."""
    tags = {tag.lower() for tag in languages}
    return tags | {tag.split("-")[0] for tag in tags}
