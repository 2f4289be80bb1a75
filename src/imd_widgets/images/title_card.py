from dataclasses import dataclass, field

Wording = tuple[str, ...]
"""A text, then what is drawn in its place where no font has its letters."""


@dataclass(frozen=True)
class TitleCard:
    """The title and facts of a page, for the image that is shown with links to it."""

    title: Wording
    lang: str = ""
    facts: tuple[Wording, ...] = ()
    call: str = ""
    artwork_digest: str = ""
    artwork: bytes = field(default=b"", repr=False, compare=False)
