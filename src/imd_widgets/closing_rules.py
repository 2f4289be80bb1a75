"""When a URL is closed on purpose: past the sunset date, or switched off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imd_widgets.switches import SwitchFile


class ClosedReason(StrEnum):
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class ClosingRules:
    sunset: datetime | None
    switches: SwitchFile

    def closed_reason(
        self, key: str, path_params: Mapping[str, str], now: datetime
    ) -> ClosedReason | None:
        """Return why something is closed, if it is; switched off comes before over."""
        if self.switches(now).is_off(key, path_params):
            return ClosedReason.OFF
        return ClosedReason.OVER if self.sunset is not None and now >= self.sunset else None

    def list_changes(self) -> Iterator[datetime]:
        """Yield the moments at which something may close or open."""
        if self.sunset is not None:
            yield self.sunset
        next_check = self.switches.find_next_check()
        if next_check is not None:
            yield next_check
