from dataclasses import dataclass, field

Wording = tuple[str, ...]
"""A text, then what is drawn in its place where no font has its letters."""


@dataclass(frozen=True)
class TitleCard:
    """What a page is about, for the picture that is shown with a link to it."""

    title: Wording
    lang: str = ""
    facts: tuple[Wording, ...] = ()
    call: str = ""
    artwork_digest: str = ""
    artwork: bytes = field(default=b"", repr=False, compare=False)
