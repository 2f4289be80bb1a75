from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imd_widgets.languages import Language
from imd_widgets.migrants_day import MIGRANTS_DAY


@dataclass(frozen=True)
class WidgetSummary:
    """A widget's content in brief: written as an image, a line of text or JSON."""

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


def summarise_day(language: Language) -> WidgetSummary:
    return WidgetSummary(language.day(MIGRANTS_DAY), "", (), f"/?lang={language.tag}")
