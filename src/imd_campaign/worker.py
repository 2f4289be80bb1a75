"""What runs beside the requests: processing, counting, sending e-mail and webhooks, expiring.

Of all servers of a campaign, the one that holds the lease does this work. Each piece of it is
guarded by its transaction as well, because a holder may be suspended and wake up too late.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from imd_campaign import retention
from imd_campaign.calendars.following import SECONDS_BETWEEN, CalendarReader
from imd_campaign.closing import service as closing
from imd_campaign.confirmations import processing, reminders
from imd_campaign.context import Context
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.events import request_notices
from imd_campaign.failures import log_failure
from imd_campaign.leases.service import ATTEMPT_SECONDS, Lease
from imd_campaign.mail.sender import MailSender, release_abandoned
from imd_campaign.petitions import announcements, counting, partner_numbers
from imd_campaign.posters import orders
from imd_campaign.restores.service import is_holding
from imd_campaign.webhooks.delivery import WebhookSender

LEASE = "background work"
PURGE_SECONDS = 3600
THREADS = 4
HELD = (
    "the database was restored from a backup: no form is processed and no e-mail is sent until "
    "you have run: imd campaign resume"
)

T = TypeVar("T")

LOG = logging.getLogger("imd_campaign.mail")


class Worker:
    """Process submissions, count, send e-mail and webhooks, and purge while an application runs."""

    def __init__(
        self,
        context: Context,
        sender: MailSender | None,
        webhooks: WebhookSender,
        wake: asyncio.Event,
        lease: Lease,
    ) -> None:
        self._context = context
        self._sender = sender
        self._webhooks = webhooks
        self._wake = wake
        self._lease = lease
        self._calendars = CalendarReader(context)
        self._stopped = asyncio.Event()
        self._finished = asyncio.Event()
        self._purged_at: float | None = None
        # Its own: requests may use all others.
        self._threads = CapacityLimiter(THREADS)

    @property
    def lease_age(self) -> float | None:
        """The seconds since this process has renewed its lease; None without one."""
        return self._lease.age

    async def work(self) -> None:
        await _survive(self._acquire_lease)
        await asyncio.gather(self._keep_lease(), self._work())

    async def _work(self) -> None:
        settings = self._context.settings
        await asyncio.gather(
            self._repeat(self._process_due, settings.submission_tick),
            self._repeat(self._count, settings.count_window),
            self._repeat(self._send_webhooks, settings.mail_poll),
            self._repeat(self._read_calendars, SECONDS_BETWEEN),
            self._send(),
        )
        await self._webhooks.finish()
        self._finished.set()

    def stop(self) -> None:
        """Stop after what is under way."""
        self._stopped.set()
        if self._sender:
            self._sender.stop()
        self._wake.set()

    async def _keep_lease(self) -> None:
        """Renew the lease until the work is finished, or try to take it over."""
        while not await _wait(self._finished, ATTEMPT_SECONDS):
            await _survive(self._acquire_lease)
        with suppress(Unavailable):
            await self._run(self._lease.release)

    async def _acquire_lease(self) -> None:
        if await self._run(self._lease.acquire):
            await self._run(release_abandoned, self._context)
            if await self._run(is_holding, self._context):
                LOG.warning(HELD)
            self._wake.set()

    @property
    def _may_work(self) -> bool:
        return self._lease.is_held and not self._stopped.is_set()

    async def _repeat(self, action: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Work at fixed times: when the work is done shows nothing about a request."""
        while not self._stopped.is_set():
            await _survive(action)
            await _wait(self._stopped, seconds - time.monotonic() % seconds)

    async def _process_due(self) -> None:
        while self._may_work and await self._run(processing.process_due, self._context) > 0:
            self._wake.set()

    async def _count(self) -> None:
        while self._may_work and await self._run(counting.fold, self._context):
            pass
        if self._may_work:
            await self._run(announcements.announce_due, self._context)
            await self._run(partner_numbers.publish_due, self._context)

    async def _send_webhooks(self) -> None:
        if self._may_work:
            await self._webhooks.start_due()

    async def _read_calendars(self) -> None:
        """Read a calendar, but let no slow server of somebody else keep this one from stopping."""
        if not self._may_work:
            return
        reading = asyncio.ensure_future(self._calendars.read_next())
        stopping = asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._stopped.is_set():
            reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    async def _send(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            await _survive(self._send_and_purge)
            await _wait(self._wake, self._context.settings.mail_poll)

    async def _send_and_purge(self) -> None:
        while self._sender and self._may_work and await self._sender.send_due():
            pass
        if self._may_work:
            await self._run(self._purge)

    def _purge(self) -> None:
        now = time.monotonic()
        if self._purged_at is None or now - self._purged_at >= PURGE_SECONDS:
            retention.purge_expired(self._context)
            if not is_holding(self._context):
                request_notices.email_due(self._context)
                reminders.send_due(self._context)
                orders.expire_unpaid(self._context)
            closing.delete_stragglers(self._context)
            self._purged_at = now

    async def _run(self, action: Callable[..., T], *arguments: object) -> T:
        return await to_thread.run_sync(action, *arguments, limiter=self._threads)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


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
