from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imd_widgets.caching.cached_campaign import CachedCampaign, Reads
from imd_widgets.responses.prepared_response import PreparedResponse

OVERHEAD_BYTES = 8 * 1024


@dataclass(frozen=True)
class RenderedWidget:
    """A response, and which data it was rendered from."""

    response: PreparedResponse
    view: Any
    reads: Reads
    step: int

    def is_current(self, step: int, source: CachedCampaign) -> bool:
        return self.step == step and source.is_current(self.reads)

    def find_fresh_until(self, step_seconds: int, source: CachedCampaign) -> datetime:
        """Return until when it is current, if it is now, unless the cache changes."""
        next_step = datetime.fromtimestamp((self.step + 1) * step_seconds, UTC)
        return min(next_step, source.find_fresh_until(self.reads))

    @property
    def size(self) -> int:
        """In bytes: the encoded bodies together are smaller than the page, as is the view."""
        return 3 * len(self.response.body) + OVERHEAD_BYTES


def compute_step(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) // seconds
