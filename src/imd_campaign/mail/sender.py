"""Send what is due in the outbox, several e-mails at once over lasting connections."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection, Row
from imd_campaign.errors import Unavailable
from imd_campaign.failures import log_failure
from imd_campaign.mail import store
from imd_campaign.mail.delivery_errors import (
    Deferred,
    DeliveryError,
    OutcomeUnknown,
    RecipientRefused,
    RelayUnavailable,
)
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.messages import make_message
from imd_campaign.mail.return_path import make_return_path
from imd_campaign.mail.service import Priority
from imd_campaign.mail.transport_interface import Message, Session, Transport
from imd_campaign.restores.service import is_held
from imd_campaign.suppressions import service as suppressions
from imd_campaign.suppressions.status_codes import is_about_recipient
from imd_campaign.switches import service as switches

BATCH_SIZE = 40
LEASE = timedelta(seconds=60)
FIRST_DELAY = timedelta(seconds=30)
MAX_DELAY = timedelta(hours=1)
MAX_DOUBLINGS = 7
LOOK_SECONDS = 1.0
MAX_AGE = timedelta(days=4)  # RFC 5321, section 4.5.4.1

T = TypeVar("T")

LOG = logging.getLogger("imd_campaign.mail")


class MailSender:
    def __init__(self, context: Context, transport: Transport) -> None:
        self._context = context
        self._transport = transport
        self._is_stopping = False
        self._is_switched_off = False
        self._looked_at = float("-inf")

    def stop(self) -> None:
        """Begin no more e-mails; those under way are finished."""
        self._is_stopping = True

    async def send_due(self) -> int:
        """Send one batch; return how many e-mails it had."""
        if await self._is_halted():
            return 0
        batch = await to_thread.run_sync(_claim, self._context)
        if batch.waiting:
            async with _renew_lease(self._context, batch.lease):
                await self._send(batch)
        return batch.size

    async def _is_halted(self) -> bool:
        """Return whether staff have stopped all e-mail, as of the last second."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._is_switched_off = await to_thread.run_sync(_is_stopped, self._context)
        return self._is_switched_off

    async def _send(self, batch: "_Batch") -> None:
        lanes = min(self._transport.max_sessions, len(batch.waiting))
        delays = await _gather(*(self._run_lane(batch) for _ in range(lanes)))
        if batch.waiting:
            due_at = self._context.now() + max(delays)
            await self._write(store.release, lease=batch.lease, due_at=due_at)

    async def _run_lane(self, batch: "_Batch") -> timedelta:
        """Send over one connection; return how long the rest of the batch should wait."""
        lane = _Lane(batch.lease)
        try:
            async with self._transport.connect() as session:
                # In this order: while one waits for the answer, others take what is waiting.
                while not (self._is_stopping or await self._is_halted()) and batch.waiting:
                    await self._send_one(session, lane, batch.waiting.popleft())
        except RelayUnavailable as error:
            LOG.warning("e-mails are waiting: %s", error)
            return FIRST_DELAY
        finally:
            await self._record(lane, _finish_sent)
        return timedelta()

    async def _send_one(self, session: Session, lane: "_Lane", queued: "_Queued") -> None:
        try:
            await session.announce(queued.message)
            hand_over = partial(_hand_over, lease=lane.lease, email_id=queued.id)
            is_ours = await self._record(lane, hand_over)
            if is_ours:  # otherwise the lease was lost to another worker
                await session.transfer(queued.message)
                lane.sent.append(queued.id)
                self._count(queued, "sent")
        except RecipientRefused as error:
            await self._give_up(queued, "failed", error)
        except OutcomeUnknown as error:
            await self._give_up(queued, "unknown", error)
            raise RelayUnavailable(str(error)) from error
        except RelayUnavailable as error:
            await self._postpone(lane.lease, queued, error)
            raise
        except Deferred as error:
            await self._postpone(lane.lease, queued, error)

    async def _record(self, lane: "_Lane", action: Callable[..., T]) -> T:
        """Write, and record with it what the lane has sent."""
        sent = tuple(lane.sent)
        result = await self._write(action, sent=sent, now=self._context.now())
        del lane.sent[: len(sent)]
        return result

    async def _give_up(self, queued: "_Queued", state: str, error: DeliveryError) -> None:
        LOG.warning("e-mail %s ended as %s: %s", queued.id, state, error)
        self._count(queued, state)
        now = self._context.now()
        await self._write(_finish_refused, queued=queued, state=state, status=error.status, now=now)

    async def _postpone(self, lease: str, queued: "_Queued", error: DeliveryError) -> None:
        until = self._context.now() + _choose_delay(queued.attempts)
        if until > queued.created_at + MAX_AGE:
            await self._give_up(queued, "failed", error)
            return
        LOG.warning("e-mail %s was not delivered: %s", queued.id, error)
        self._count(queued, "postponed")
        priority = Priority.NOTICE if is_about_recipient(error.status) else None
        await self._write(
            store.postpone, lease=lease, email_id=queued.id, until=until, priority=priority
        )

    def _count(self, queued: "_Queued", outcome: str) -> None:
        self._context.metrics.count_email(queued.kind, outcome)

    async def _write(self, action: Callable[..., T], **values: Any) -> T:
        return await self._context.database.write_grouped(partial(action, **values))


@dataclass(frozen=True, slots=True)
class _Queued:
    id: str
    kind: str
    attempts: int
    created_at: datetime
    address: bytes | None
    """A fingerprint; None if the e-mail was queued by an earlier version."""
    message: Message


@dataclass(frozen=True, slots=True)
class _Lane:
    """What one connection has sent and not recorded: it is recorded with the next hand-over."""

    lease: str
    sent: list[str] = field(default_factory=list)


def _hand_over(
    connection: Connection, sent: Sequence[str], now: datetime, lease: str, email_id: str
) -> bool:
    _finish_sent(connection, sent, now)
    return store.hand_over(connection, lease, email_id, now)


def _finish_refused(
    connection: Connection, queued: _Queued, state: str, status: str, now: datetime
) -> None:
    store.finish(connection, queued.id, state, now)
    if queued.address:
        suppressions.record_bounce(connection, queued.address, status, now)


def _finish_sent(connection: Connection, sent: Sequence[str], now: datetime) -> None:
    for email_id in sent:
        store.finish(connection, email_id, "sent", now)


@dataclass(frozen=True, slots=True)
class _Batch:
    lease: str
    size: int
    waiting: deque[_Queued]


def release_abandoned(context: Context) -> None:
    """Free what a server that was killed had claimed and not handed over yet."""
    with context.database.write() as connection:
        store.release_abandoned(connection)


def _is_stopped(context: Context) -> bool:
    with context.database.read() as connection:
        return switches.is_on(connection, switches.STOP_EMAIL)


def _claim(context: Context) -> _Batch:
    now, lease = context.now(), new_id("lse")
    with context.database.write() as connection:
        if is_held(connection):
            return _Batch(lease, 0, deque())
        for row in store.finish_abandoned(connection, now):
            LOG.warning("e-mail %s ended as unknown: its worker stopped while sending", row["id"])
            context.metrics.count_email(row["kind"], "unknown")
        rows = store.claim_due(connection, lease, now, now + LEASE, BATCH_SIZE)
        allowed = _leave_out_suppressed(context, connection, rows, now)
        queued = deque(_list_readable(context, connection, allowed, now))
    return _Batch(lease, len(rows), queued)


def _leave_out_suppressed(
    context: Context, connection: Connection, rows: Sequence[Row], now: datetime
) -> Sequence[Row]:
    """End the e-mails to addresses that bounced; nobody but staff learns of it."""
    addresses = {row["address"] for row in rows if row["address"]}
    suppressed = suppressions.find_suppressed(connection, addresses, now)
    for row in rows:
        if row["address"] in suppressed:
            LOG.info("e-mail %s ended as suppressed", row["id"])
            context.metrics.count_email(row["kind"], "suppressed")
            store.finish(connection, row["id"], "suppressed", now)
    return [row for row in rows if row["address"] not in suppressed]


def _list_readable(
    context: Context, connection: Connection, rows: Sequence[Row], now: datetime
) -> Iterator[_Queued]:
    """Give up an e-mail that cannot be written, so that it does not stop the others."""
    for row in rows:
        try:
            yield _make_queued(context, row, now)
        except Exception as error:  # noqa: BLE001 whatever is wrong with it
            log_failure(f"e-mail {row['id']} ended as failed:", error)
            context.metrics.count_email(row["kind"], "failed")
            store.finish(connection, row["id"], "failed", now)


def _make_queued(context: Context, row: Row, now: datetime) -> _Queued:
    email = Email(**context.vault.decrypt(row["message"]))
    settings = context.settings
    return_path = settings.bounce_address and make_return_path(
        context.vault, settings.bounce_address, row["id"]
    )
    message = make_message(row["id"], email, settings.mail_from, now, return_path)
    return _Queued(
        id=row["id"],
        kind=row["kind"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        address=row["address"],
        message=message,
    )


def _choose_delay(attempts: int) -> timedelta:
    delays: int = 2 ** min(attempts, MAX_DOUBLINGS)
    return min(MAX_DELAY, FIRST_DELAY * delays)


@asynccontextmanager
async def _renew_lease(context: Context, lease: str) -> AsyncIterator[None]:
    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            until = context.now() + LEASE
            with suppress(Unavailable):
                await context.database.write_grouped(partial(store.renew, lease=lease, until=until))

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()


async def _gather(*tasks: Coroutine[Any, Any, T]) -> list[T]:
    """Wait for all tasks, then raise the error of the first that failed."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
