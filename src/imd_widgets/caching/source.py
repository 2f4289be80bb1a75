from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, TypeAlias

from imd_locale.loading import SOURCE
from imd_sdk import AsyncClient
from imd_sdk.models import Campaign, Count, Event, Petition, PlaceCount, Poster, ShareKit, Signer
from imd_widgets.caching.cache import (
    Cache,
    CachedValue,
    Load,
    Missing,
    T,
)
from imd_widgets.caching.two_queue import TwoQueueCache

Seen: TypeAlias = dict[Hashable, tuple[Load[Any], CachedValue[Any] | None]]
MOST = 100
MOST_POSTERS = 20
CURSORS = 20_000


def named(part: str) -> str:
    if not part.strip("."):
        raise Missing
    return part


@dataclass(frozen=True)
class Source:
    """What a campaign says, read through the SDK and kept by the cache."""

    client: AsyncClient
    cache: Cache
    files: Cache
    """For what is large: a few, so that no number of addresses fills the memory."""
    cursors: TwoQueueCache[str] = field(default_factory=lambda: TwoQueueCache(CURSORS), repr=False)
    seen: Seen | None = field(default=None, repr=False)

    def watched(self) -> "Source":
        """The same, with a note of its own of what is read through it."""
        return replace(self, seen={})

    async def read(self, key: Hashable, load: Load[T]) -> CachedValue[T]:
        self._note(key, load, None)
        reading = await self.cache.read(key, load)
        self._note(key, load, reading)
        return reading

    def stand(self, seen: Seen) -> bool:
        """Whether a reader would see the same again, and need not wait for it."""
        return all(
            reading is not None and reading.like(self.cache.at_once(key, load))
            for key, (load, reading) in seen.items()
        )

    async def told(self, key: tuple[str, ...], load: Load[T]) -> CachedValue[T]:
        """What is told in a language, the key's last word; in another while that cannot be had."""
        if key not in self.cache and (other := self._in_another_language(key)):
            self.cache.lend(key, other)
        return await self.read(key, load)

    def _in_another_language(self, key: tuple[str, ...]) -> CachedValue[Any] | None:
        kept = [
            (other[-1] == SOURCE, reading.read_at, reading)
            for other, reading in self.cache.readings()
            if isinstance(other, tuple) and other[:-1] == key[:-1]
        ]
        return max(kept, key=itemgetter(0, 1))[-1] if kept else None

    def _note(self, key: Hashable, load: Load[Any], reading: CachedValue[Any] | None) -> None:
        if self.seen is not None:
            self.seen[key] = load, reading

    async def file(self, key: Hashable, load: Load[bytes]) -> CachedValue[bytes]:
        return await self.files.read(key, load)

    async def campaign(self, lang: str) -> CachedValue[Campaign]:
        return await self.told(("campaign", lang), lambda: self.client.campaign.get(lang=lang))

    async def petition(self, slug: str, lang: str) -> CachedValue[Petition]:
        return await self.told(
            ("petition", slug, lang), lambda: self.client.petitions.get(named(slug), lang=lang)
        )

    async def petitions(self, lang: str) -> CachedValue[list[Petition]]:
        return await self.told(("petitions", lang), lambda: self._petitions(lang))

    async def _petitions(self, lang: str) -> list[Petition]:
        async for page in self.client.petitions.list(lang=lang, limit=MOST).pages():
            return page.items
        return []

    async def count(self, slug: str) -> CachedValue[Count]:
        return await self.read(("count", slug), lambda: self.client.petitions.count(named(slug)))

    async def places(self, slug: str) -> CachedValue[list[PlaceCount]]:
        return await self.read(("places", slug), lambda: self._places(named(slug)))

    async def _places(self, slug: str) -> list[PlaceCount]:
        return [place async for place in self.client.petitions.places(slug, limit=MOST)]

    async def signers(self, slug: str, limit: int) -> CachedValue[list[Signer]]:
        return await self.read(("signers", slug, limit), lambda: self._signers(named(slug), limit))

    async def _signers(self, slug: str, limit: int) -> list[Signer]:
        pages = self.client.petitions.signers(slug, limit=limit).pages()
        return (await anext(pages)).items

    async def share_kit(self, lang: str) -> CachedValue[ShareKit]:
        return await self.told(("share-kit", lang), lambda: self.client.share_kit.get(lang=lang))

    async def event(self, event_id: str) -> CachedValue[Event]:
        return await self.read(("event", event_id), lambda: self.client.events.get(named(event_id)))

    async def calendar(self, event_id: str) -> CachedValue[bytes]:
        return await self.read(
            ("calendar", event_id), lambda: self.client.events.event_ics(named(event_id))
        )

    async def poster(self, slug: str, lang: str) -> CachedValue[Poster]:
        return await self.told(
            ("poster", slug, lang), lambda: self.client.posters.get(named(slug), lang=lang)
        )

    async def posters(self, lang: str) -> CachedValue[list[Poster]]:
        return await self.told(("posters", lang), lambda: self._posters(lang))

    async def _posters(self, lang: str) -> list[Poster]:
        async for page in self.client.posters.list(lang=lang, limit=MOST_POSTERS).pages():
            return page.items
        return []
