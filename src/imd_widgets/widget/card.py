from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from imd_widgets.languages import Language

THE_DAY = date(1990, 12, 18)
IMAGE_SIZE = (1200, 630)


@dataclass(frozen=True)
class Card:
    """A widget's content without a page: for an image, a line of text, a number."""

    number: str
    words: str
    facts: tuple[str, ...]
    link: str
    call: str = ""
    share: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def text(self) -> str:
        return " · ".join((f"{self.number} {self.words}", *self.facts))


def make_day_card(language: Language) -> Card:
    return Card(language.day(THE_DAY), "", (), f"/?lang={language.tag}")
