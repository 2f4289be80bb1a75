from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeAlias

from imd_locale.language_loader import SOURCE
from imd_sdk import AsyncClient
from imd_sdk.models import Campaign, Count, Event, Petition, PlaceCount, Poster, ShareKit, Signer
from imd_widgets.caching.cache import (
    AFTER_ALL,
    Cache,
    CachedValue,
    Load,
    Missing,
    T,
)
from imd_widgets.caching.two_queue_cache import TwoQueueCache

Reads: TypeAlias = dict[Hashable, tuple[Load[Any], CachedValue[None] | None]]
MAX_ITEMS = 100
MAX_POSTERS = 20
MAX_CURSORS = 20_000


def require_name(part: str) -> str:
    if not part.strip("."):
        raise Missing
    return part


def require_event_id(part: str) -> str:
    """Return the ID of an event; with `.ics`, the campaign would send its calendar file."""
    if part.endswith(".ics"):
        raise Missing
    return require_name(part)


@dataclass(frozen=True)
class CachedCampaign:
    """A campaign's data, read through the SDK and cached."""

    client: AsyncClient
    cache: Cache
    files: Cache
    """A cache of few entries, for large values."""
    cursors: TwoQueueCache[str] = field(
        default_factory=lambda: TwoQueueCache(MAX_CURSORS), repr=False
    )
    reads: Reads | None = field(default=None, repr=False)

    def start_recording(self) -> "CachedCampaign":
        """Return a copy that records what is read through it."""
        return replace(self, reads={})

    async def read(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        self._record(key, load, None)
        cached = await self.cache.read(key, load)
        self._record(key, load, cached)
        return cached

    def is_current(self, reads: Reads) -> bool:
        """Return whether a reader would see the same values again without waiting."""
        return all(
            cached is not None and cached.looks_same_as(self.cache.get_without_waiting(key, load))
            for key, (load, cached) in reads.items()
        )

    def find_fresh_until(self, reads: Reads) -> datetime:
        """Return until when `is_current` stays as it is, unless the cache changes."""
        return min(map(self.cache.find_fresh_until, reads), default=AFTER_ALL)

    async def read_localised(self, key: tuple[str, ...], load: Load[T]) -> CachedValue[T]:
        """Read a value whose key ends in a language; fall back to another language's."""
        if key not in self.cache and (other := self._find_in_another_language(key)):
            self.cache.put_fallback(key, other)
        return await self.read(key, load)

    def _find_in_another_language(self, key: tuple[str, ...]) -> CachedValue[Any] | None:
        candidates = [
            (other[-1] == SOURCE, cached.read_at, cached)
            for other, cached in self.cache.list_values()
            if isinstance(other, tuple) and other[:-1] == key[:-1]
        ]
        return max(candidates, key=itemgetter(0, 1))[-1] if candidates else None

    def _record(self, key: Hashable, load: Load[Any], cached: CachedValue[Any] | None) -> None:
        if self.reads is not None:
            self.reads[key] = load, cached and cached.without_value()

    async def read_file(self, key: Hashable, load: Load[bytes]) -> CachedValue[bytes]:
        return await self.files.read(key, load)

    async def get_campaign(self, lang: str) -> CachedValue[Campaign]:
        return await self.read_localised(
            ("campaign", lang), lambda: self.client.campaign.get(lang=lang)
        )

    async def get_petition(self, slug: str, lang: str) -> CachedValue[Petition]:
        return await self.read_localised(
            ("petition", slug, lang),
            lambda: self.client.petitions.get(require_name(slug), lang=lang),
        )

    async def list_petitions(self, lang: str) -> CachedValue[list[Petition]]:
        return await self.read_localised(("petitions", lang), lambda: self._load_petitions(lang))

    async def _load_petitions(self, lang: str) -> list[Petition]:
        async for page in self.client.petitions.list(lang=lang, limit=MAX_ITEMS).pages():
            return page.items
        return []

    async def get_count(self, slug: str) -> CachedValue[Count]:
        return await self.read(
            ("count", slug), lambda: self.client.petitions.count(require_name(slug))
        )

    async def list_places(self, slug: str) -> CachedValue[list[PlaceCount]]:
        return await self.read(("places", slug), lambda: self._load_places(require_name(slug)))

    async def _load_places(self, slug: str) -> list[PlaceCount]:
        return [place async for place in self.client.petitions.places(slug, limit=MAX_ITEMS)]

    async def list_signers(self, slug: str, limit: int) -> CachedValue[list[Signer]]:
        return await self.read(
            ("signers", slug, limit), lambda: self._load_signers(require_name(slug), limit)
        )

    async def _load_signers(self, slug: str, limit: int) -> list[Signer]:
        pages = self.client.petitions.signers(slug, limit=limit).pages()
        return (await anext(pages)).items

    async def get_share_kit(self, lang: str) -> CachedValue[ShareKit]:
        return await self.read_localised(
            ("share-kit", lang), lambda: self.client.share_kit.get(lang=lang)
        )

    async def get_event(self, event_id: str) -> CachedValue[Event]:
        return await self.read(
            ("event", event_id), lambda: self.client.events.get(require_event_id(event_id))
        )

    async def get_calendar(self, event_id: str) -> CachedValue[bytes]:
        return await self.read(
            ("calendar", event_id), lambda: self.client.events.event_ics(require_event_id(event_id))
        )

    async def get_poster(self, slug: str, lang: str) -> CachedValue[Poster]:
        return await self.read_localised(
            ("poster", slug, lang), lambda: self.client.posters.get(require_name(slug), lang=lang)
        )

    async def list_posters(self, lang: str) -> CachedValue[list[Poster]]:
        return await self.read_localised(("posters", lang), lambda: self._load_posters(lang))

    async def _load_posters(self, lang: str) -> list[Poster]:
        async for page in self.client.posters.list(lang=lang, limit=MAX_POSTERS).pages():
            return page.items
        return []
