"""Whether the campaign responds."""

import asyncio
import time

from imd_sdk import AsyncClient, ImdError

MAX_AGE = 1.0
TIMEOUT = 2.0


class CampaignCheck:
    """Whether the campaign responds, asked at most once a second."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._is_reachable = False
        self._checked_at = -MAX_AGE

    async def run(self) -> bool:
        async with self._lock:
            if time.monotonic() - self._checked_at >= MAX_AGE:
                self._is_reachable = await self._ask()
                self._checked_at = time.monotonic()
        return self._is_reachable

    async def _ask(self) -> bool:
        try:
            await self._client.campaign.health(timeout=TIMEOUT, deadline=TIMEOUT, max_retries=0)
        except ImdError:
            return False
        return True
