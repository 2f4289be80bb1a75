import asyncio
import logging
from datetime import datetime, timedelta

from anyio import CapacityLimiter, to_thread

from imd_campaign import retention
from imd_campaign.context import Context
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.mail import service
from imd_campaign.mail.service import Transport

PURGE_INTERVAL = timedelta(hours=1)

LOG = logging.getLogger("imd_campaign.mail")


class Worker:
    """Send queued e-mail and purge expired data while the application runs."""

    def __init__(self, context: Context, transport: Transport, wake: asyncio.Event) -> None:
        self._context = context
        self._transport = transport
        self._wake = wake
        self._thread = CapacityLimiter(1)
        self._purged_at: datetime | None = None
        self._is_working = True

    async def work(self) -> None:
        while self._is_working:
            self._wake.clear()
            await to_thread.run_sync(self._run_once, limiter=self._thread)
            try:
                await asyncio.wait_for(self._wake.wait(), self._context.settings.mail_poll)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Stop after the current round: a thread cannot be cancelled and holds a connection."""
        self._is_working = False
        self._wake.set()

    def _run_once(self) -> None:
        try:
            while service.deliver_due(self._context, self._transport) == service.BATCH_SIZE:
                pass
            self._purge()
        except SecretsMismatch as error:
            LOG.error("e-mails are waiting: %s", error)  # noqa: TRY400 the line says all
        except Unavailable:
            LOG.warning("the database is unavailable; e-mails are waiting and will be sent later")

    def _purge(self) -> None:
        now = self._context.now()
        if self._purged_at is None or now - self._purged_at >= PURGE_INTERVAL:
            retention.purge_expired(self._context)
            self._purged_at = now
