from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_widgets.answers.cache import Reading
from imd_widgets.languages import Language


@dataclass(frozen=True)
class Dated:
    """As of when the campaign said what is shown, and whether it cannot be asked just now."""

    as_of: datetime
    as_of_text: str
    behind: bool


def dated(reading: Reading[Any], language: Language) -> Dated:
    return Dated(reading.at, language.moment(reading.at), reading.stale)
