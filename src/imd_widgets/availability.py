"""Decides whether what a URL shows is over or switched off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imd_widgets.switches import Switches


class ClosedReason(StrEnum):
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class Availability:
    sunset: datetime | None
    switches: Callable[[datetime], Switches]

    def closed_reason(
        self, word: str, path_params: Mapping[str, str], now: datetime
    ) -> ClosedReason | None:
        """Return why something is closed, if it is; switched off comes before over."""
        if self.switches(now).is_off(word, path_params):
            return ClosedReason.OFF
        return ClosedReason.OVER if self.sunset is not None and now >= self.sunset else None


def parse_key(path: str) -> str:
    """Return the key of a path: `counter` of `/w/counter/…`, `events` of `/events.ics`."""
    return path.removeprefix("/w/").lstrip("/").partition("/")[0].partition(".")[0]
