import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta

from anyio import to_thread

from imd_campaign import retention
from imd_campaign.context import Context
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.mail.sender import MailSender

PURGE_INTERVAL = timedelta(hours=1)

LOG = logging.getLogger("imd_campaign.mail")


class Worker:
    """Send queued e-mail and purge expired data while the application runs."""

    def __init__(self, context: Context, sender: MailSender | None, wake: asyncio.Event) -> None:
        self._context = context
        self._sender = sender
        self._wake = wake
        self._purged_at: datetime | None = None
        self._is_working = True

    async def work(self) -> None:
        while self._is_working:
            self._wake.clear()
            await self._run_once()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._context.settings.mail_poll)

    def stop(self) -> None:
        """Stop after the e-mails that are under way."""
        self._is_working = False
        if self._sender:
            self._sender.stop()
        self._wake.set()

    async def _run_once(self) -> None:
        try:
            while self._is_working and self._sender and await self._sender.send_due():
                pass
            await to_thread.run_sync(self._purge)
        except SecretsMismatch as error:
            LOG.error("e-mails are waiting: %s", error)  # noqa: TRY400 the line says all
        except Unavailable:
            LOG.warning("the database is unavailable; e-mails are waiting and will be sent later")

    def _purge(self) -> None:
        now = self._context.now()
        if self._purged_at is None or now - self._purged_at >= PURGE_INTERVAL:
            retention.purge_expired(self._context)
            self._purged_at = now
