"""The one place that decides whether what an address shows is over or switched off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imd_widgets.answers.switches import Switches


class End(StrEnum):
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class Ends:
    sunset: datetime | None
    switches: Callable[[datetime], Switches]

    def of(self, word: str, places: Mapping[str, str], now: datetime) -> End | None:
        """What is switched off says nothing, not even goodbye."""
        if self.switches(now).off(word, places):
            return End.OFF
        return End.OVER if self.sunset is not None and now >= self.sunset else None


def word_of(path: str) -> str:
    """What an address is about: `counter` of `/w/counter/…`, `events` of `/events.ics`."""
    return path.removeprefix("/w/").lstrip("/").partition("/")[0].partition(".")[0]
