import asyncio
import logging
from datetime import datetime, timedelta

from anyio import CapacityLimiter, to_thread

from imd_campaign import housekeeping
from imd_campaign.context import Context
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.mail import service
from imd_campaign.mail.service import Transport

TIDY_EVERY = timedelta(hours=1)

LOG = logging.getLogger("imd_campaign.mail")


class Postman:
    """Carries letters out of the database for as long as the application lives."""

    def __init__(self, context: Context, transport: Transport, waiting: asyncio.Event) -> None:
        self._context = context
        self._transport = transport
        self._waiting = waiting
        self._thread = CapacityLimiter(1)
        self._tidied: datetime | None = None
        self._working = True

    async def work(self) -> None:
        while self._working:
            self._waiting.clear()
            await to_thread.run_sync(self._round, limiter=self._thread)
            try:
                await asyncio.wait_for(self._waiting.wait(), self._context.settings.mail_poll)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """After the round under way: a thread cannot be cancelled, and holds a connection."""
        self._working = False
        self._waiting.set()

    def _round(self) -> None:
        try:
            while service.deliver_due(self._context, self._transport) == service.AT_ONCE:
                pass
            self._tidy()
        except SecretsMismatch as error:
            LOG.error("letters wait: %s", error)  # noqa: TRY400 the line says all
        except Unavailable:
            LOG.warning("the database is not reachable; letters wait")

    def _tidy(self) -> None:
        now = self._context.now()
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            housekeeping.tidy(self._context)
            self._tidied = now
