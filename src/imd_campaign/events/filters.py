from dataclasses import dataclass
from datetime import date

from imd_campaign.events.geography import Box, Circle


@dataclass(frozen=True)
class Filters:
    """What events have to match; filters that are not set match every event."""

    box: Box | None = None
    circle: Circle | None = None
    first: date | None = None
    last: date | None = None
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    online: bool | None = None
    words: tuple[str, ...] = ()
