"""When a URL is closed on purpose: past the sunset date, or switched off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imd_widgets.switches import Switches


class ClosedReason(StrEnum):
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class ClosingRules:
    sunset: datetime | None
    switches: Callable[[datetime], Switches]

    def closed_reason(
        self, key: str, path_params: Mapping[str, str], now: datetime
    ) -> ClosedReason | None:
        """Return why something is closed, if it is; switched off comes before over."""
        if self.switches(now).is_off(key, path_params):
            return ClosedReason.OFF
        return ClosedReason.OVER if self.sunset is not None and now >= self.sunset else None
