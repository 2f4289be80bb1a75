"""Sends what is due, so that no endpoint keeps others waiting.

At most one webhook at a time is sent to a subscription, and few to a host or for a key. A webhook
is sent at least once: if this process is killed, another one sends it again under the same ID.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from anyio import CapacityLimiter, to_thread

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Row
from imd_campaign.failures import log_failure
from imd_campaign.restores.service import is_held
from imd_campaign.webhooks import store
from imd_campaign.webhooks.attempts import MAX_RETRY_AFTER, Claimed, Outcome, record
from imd_campaign.webhooks.event_types import TEST
from imd_campaign.webhooks.http_post import HttpPoster, Reply, SendError
from imd_campaign.webhooks.signing import sign
from imd_campaign.webhooks.target import (
    InvalidTarget,
    make_address_check,
    parse_target,
)
from imd_network.http_urls import HttpTarget
from imd_network.pinned_connection import resolve_host

MAX_IN_FLIGHT = 20
MAX_PER_HOST = 4
MAX_PER_KEY = 5
MAX_CANDIDATES = 500
LOOKUPS_AT_ONCE = 20
# Longer than an attempt can take: within it, nobody else sends the same webhook.
LEASE = timedelta(seconds=30)
SUCCESSES = range(200, 300)


class WebhookSender:
    def __init__(self, context: Context, poster: HttpPoster | None = None) -> None:
        self._context = context
        self._poster = poster or make_poster(context)
        self.in_flight: dict[asyncio.Task[None], Claimed] = {}
        """What is being sent."""

    async def start_due(self) -> int:
        """Begin to send what is due and has a place; return how many were begun."""
        lease = new_id("lse")
        claimed = await to_thread.run_sync(
            _claim, self._context, lease, list(self.in_flight.values())
        )
        for one in claimed:
            task = asyncio.create_task(self._send(one, lease))
            self.in_flight[task] = one
            task.add_done_callback(self.in_flight.pop)
        return len(claimed)

    async def finish(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self.in_flight)

    async def _send(self, claimed: Claimed, lease: str) -> None:
        try:
            outcome = await self._attempt(claimed)
            save = partial(
                record,
                claimed=claimed,
                lease=lease,
                outcome=outcome,
                now=self._context.now(),
            )
            state = await self._context.database.write_grouped(save)
            self._context.metrics.count_webhook(state)
        except Exception as error:  # noqa: BLE001 the lease expires, and it is sent again
            log_failure(f"webhook {claimed.id} waits:", error)

    async def _attempt(self, claimed: Claimed) -> Outcome:
        if claimed.target is None:
            return Outcome(None, "no-public-address")
        headers = sign(claimed.body, claimed.id, self._context.now(), claimed.secrets)
        try:
            reply = await self._poster.post(claimed.target, headers, claimed.body)
        except SendError as error:
            return Outcome(None, error.reason)
        return _judge(reply)


def make_poster(context: Context) -> HttpPoster:
    limiter = CapacityLimiter(LOOKUPS_AT_ONCE)
    return HttpPoster(
        resolve=partial(resolve_host, limiter=limiter),
        is_allowed=make_address_check(allows_loopback=context.settings.webhook_loopback),
        tls=ssl.create_default_context(),
    )


def _judge(reply: Reply) -> Outcome:
    if reply.status in SUCCESSES:
        return Outcome(reply.status, None)
    return Outcome(reply.status, "status", min(reply.retry_after or 0, MAX_RETRY_AFTER))


# --- claiming ----------------------------------------------------------------------------------


def _claim(context: Context, lease: str, in_flight: Sequence[Claimed]) -> Sequence[Claimed]:
    """Read before writing: other writers need not wait if nothing is due."""
    now = context.now()
    if len(in_flight) >= MAX_IN_FLIGHT:
        return []
    with context.database.read() as connection:
        if is_held(connection):
            return []
        rows = store.list_due(connection, now, TEST, MAX_CANDIDATES)
    chosen = _choose(_read_all(context, rows, now), in_flight)
    if not chosen:
        return []
    with context.database.write() as connection:
        ours = store.claim(connection, [one.id for one in chosen], lease, now, now + LEASE)
    return [one for one in chosen if one.id in ours]


def _choose(candidates: Iterable[Claimed], in_flight: Sequence[Claimed]) -> Sequence[Claimed]:
    """Choose what to send now: nobody takes all places."""
    webhooks = {one.webhook for one in in_flight}
    hosts = Counter(one.host for one in in_flight)
    keys = Counter(one.api_key for one in in_flight)
    chosen: list[Claimed] = []
    for one in candidates:
        if len(in_flight) + len(chosen) >= MAX_IN_FLIGHT:
            break
        is_crowded = hosts[one.host] >= MAX_PER_HOST or keys[one.api_key] >= MAX_PER_KEY
        if not is_crowded and one.webhook not in webhooks:
            hosts[one.host] += 1
            keys[one.api_key] += 1
            chosen.append(one)
    return chosen


def _read_all(context: Context, rows: Iterable[Row], now: datetime) -> Iterable[Claimed]:
    for row in rows:
        try:
            yield _read(context, row, now)
        except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
            log_failure(f"webhook {row['id']} waits:", error)


def _read(context: Context, row: Row, now: datetime) -> Claimed:
    decrypt = context.vault.decrypt
    locked = [row["locked_secret"]]
    if row["locked_previous"] is not None and now < row["previous_until"]:
        locked.append(row["locked_previous"])
    return Claimed(
        id=row["id"],
        webhook=row["webhook"],
        type=row["type"],
        attempts=row["attempts"],
        api_key=row["api_key"],
        target=_find_target(context, decrypt(row["locked_url"])["url"]),
        body=row["payload"].encode(),
        secrets=[decrypt(secret)["secret"] for secret in locked],
    )


def _find_target(context: Context, url: str) -> HttpTarget | None:
    try:
        return parse_target(url, allows_loopback=context.settings.webhook_loopback)
    except InvalidTarget:
        return None
