"""What runs beside the requests: processing, counting, sending e-mail, expiring."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from anyio import to_thread

from imd_campaign import retention
from imd_campaign.confirmations import processing
from imd_campaign.context import Context
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.events import request_notices
from imd_campaign.failures import log_failure
from imd_campaign.mail.sender import MailSender
from imd_campaign.petitions import counting
from imd_campaign.posters import orders

PURGE_SECONDS = 3600

LOG = logging.getLogger("imd_campaign.mail")


class Worker:
    """Process submissions, count signatures, send e-mail and purge while an application runs."""

    def __init__(self, context: Context, sender: MailSender | None, wake: asyncio.Event) -> None:
        self._context = context
        self._sender = sender
        self._wake = wake
        self._stopped = asyncio.Event()
        self._purged_at: float | None = None

    async def work(self) -> None:
        settings = self._context.settings
        await asyncio.gather(
            self._repeat(self._process_due, settings.submission_tick),
            self._repeat(self._count, settings.count_window),
            self._send(),
        )

    def stop(self) -> None:
        """Stop after what is under way."""
        self._stopped.set()
        if self._sender:
            self._sender.stop()
        self._wake.set()

    async def _repeat(self, action: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Work at fixed times: when the work is done shows nothing about a request."""
        while not self._stopped.is_set():
            await _survive(action)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), seconds - time.monotonic() % seconds)

    async def _process_due(self) -> None:
        while not self._stopped.is_set():
            if not await to_thread.run_sync(processing.process_due, self._context):
                return
            self._wake.set()

    async def _count(self) -> None:
        while not self._stopped.is_set():
            if not await to_thread.run_sync(counting.fold, self._context):
                return

    async def _send(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            await _survive(self._send_and_purge)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._context.settings.mail_poll)

    async def _send_and_purge(self) -> None:
        while self._sender and not self._stopped.is_set() and await self._sender.send_due():
            pass
        await to_thread.run_sync(self._purge)

    def _purge(self) -> None:
        now = time.monotonic()
        if self._purged_at is None or now - self._purged_at >= PURGE_SECONDS:
            request_notices.email_due(self._context)
            retention.purge_expired(self._context)
            orders.expire_unpaid(self._context)
            self._purged_at = now


async def _survive(action: Callable[[], Awaitable[None]]) -> None:
    """Log an error and go on at the next time."""
    try:
        await action()
    except SecretsMismatch as error:
        LOG.error("e-mails are waiting: %s", error)  # noqa: TRY400 the line says all
    except Unavailable:
        LOG.warning("the database is unavailable; e-mails are waiting and will be sent later")
    except Exception as error:  # noqa: BLE001 nothing may stop the worker
        log_failure("worker", error)
