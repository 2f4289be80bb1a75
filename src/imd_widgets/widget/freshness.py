from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_widgets.caching.cache import CachedValue
from imd_widgets.languages import Language


@dataclass(frozen=True)
class Freshness:
    """When the data were read, and whether the campaign is unreachable."""

    as_of: datetime
    as_of_text: str
    is_stale: bool


def make_freshness(cached: CachedValue[Any], language: Language) -> Freshness:
    return Freshness(cached.as_of, language.moment(cached.as_of), cached.is_stale)
