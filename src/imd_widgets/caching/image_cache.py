"""Images that are drawn once, in a thread, so that other requests need not wait."""

import asyncio
from collections.abc import Callable, Hashable

from anyio import CapacityLimiter, to_thread

from imd_widgets.caching.cache import Unavailable
from imd_widgets.caching.two_queue_cache import TwoQueueCache

MAX_BYTES = 24 * 1024 * 1024
MAX_CONCURRENT, MAX_WAITING = 1, 32


class ImageCache:
    """Draws one image at a time, with few waiting, and caches all of them.

    Drawing takes 0.2 s of processor time. If somebody requests every event in every language, other
    readers still get their images.
    """

    def __init__(self) -> None:
        self._images: TwoQueueCache[bytes] = TwoQueueCache(MAX_BYTES, len)
        self._limiter = CapacityLimiter(MAX_CONCURRENT)
        self._tasks: dict[Hashable, asyncio.Task[bytes]] = {}

    async def get(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        image = self._images.get(key)
        return image if image is not None else await asyncio.shield(self._get_task(key, draw))

    def _get_task(self, key: Hashable, draw: Callable[[], bytes]) -> asyncio.Task[bytes]:
        task = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= MAX_WAITING:
                raise Unavailable
            task = self._tasks[key] = asyncio.create_task(self._draw(key, draw))
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def _draw(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        drawn = await to_thread.run_sync(draw, limiter=self._limiter)
        self._images.put(key, drawn)
        return drawn

    async def close(self) -> None:
        """Wait for the image that is being drawn: a thread cannot be stopped."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
