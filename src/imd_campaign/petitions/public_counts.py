"""The public number of signatures from a country: in steps of ten, with secret thresholds."""

from dataclasses import dataclass
from secrets import randbelow

STEP = 10


@dataclass(frozen=True, slots=True)
class PublicCount:
    """The number shown, and how far the true one may be from it before it changes."""

    count: int
    raise_after: int
    lower_after: int

    def update(self, total: int) -> "PublicCount":
        """Return the number to publish now that there are `total` signatures."""
        rounded = max(0, (total - self.raise_after) // STEP * STEP + STEP)
        if rounded > self.count or total <= self.count - self.lower_after:
            return make_public_count(rounded)
        return self


def make_public_count(count: int = 0) -> PublicCount:
    return PublicCount(count, _draw_threshold(), _draw_threshold())


def _draw_threshold() -> int:
    return STEP + randbelow(STEP)
