from dataclasses import dataclass
from datetime import datetime
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

    @property
    def size(self) -> int:
        """In bytes: the encoded bodies together are smaller than the page, as is the view."""
        return 3 * len(self.response.body) + OVERHEAD_BYTES


def compute_step(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) // seconds
