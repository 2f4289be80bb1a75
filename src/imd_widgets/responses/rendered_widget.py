from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_widgets.caching.source import Seen, Source
from imd_widgets.responses.prepared_response import PreparedResponse

BESIDE_THE_BODY = 8 * 1024


@dataclass(frozen=True)
class RenderedWidget:
    """An answer and what it was made from."""

    answer: PreparedResponse
    view: Any
    seen: Seen
    step: int

    def holds(self, step: int, source: Source) -> bool:
        return self.step == step and source.stand(self.seen)

    @property
    def weight(self) -> int:
        """In bytes; the three codings of a page take up less than the page itself."""
        return 2 * len(self.answer.body) + BESIDE_THE_BODY


def step_of(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) // seconds
