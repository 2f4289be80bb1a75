"""What an attempt to deliver a webhook has led to, and when it is sent again."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.db import Connection, Row
from imd_campaign.webhooks import store
from imd_campaign.webhooks.event_types import TEST
from imd_network.http_urls import HttpTarget

HOUR = 3600
# In seconds; together three days:
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
DELAYS = (5, 60, 300, 1800, *(hours * HOUR for hours in (2, 5, 10, 14, 18, 22)))
JITTER = 0.2
MAX_RETRY_AFTER = HOUR
FIRST_REST = timedelta(seconds=5)
MAX_REST = timedelta(minutes=10)
MAX_DOUBLINGS = 7
DISABLE_AFTER = timedelta(days=5)
GONE = 410

LOG = logging.getLogger("imd_campaign.webhooks")


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A webhook that this process is sending."""

    id: str
    webhook: str
    type: str
    attempts: int
    api_key: str
    target: HttpTarget | None
    """None if the URL is not allowed any more."""
    body: bytes
    secrets: Sequence[str]

    @property
    def host(self) -> str:
        return self.target.host if self.target else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int | None
    error: str | None
    """None if the webhook was delivered."""
    retry_after: int = 0


def record(
    connection: Connection, claimed: Claimed, lease: str, outcome: Outcome, now: datetime
) -> str:
    """Record an attempt, and return what it has led to; `lost` if another sender has it by now."""
    webhook = store.lock_webhook(connection, claimed.webhook)
    if webhook is None:
        return "lost"
    rest_until = None if outcome.error is None else now + _find_rest(webhook, outcome)
    retry_at = rest_until and _find_retry(claimed, outcome, now, rest_until)
    values: dict[str, Any] = {
        "attempted_at": now,
        "response_status": outcome.status,
        "error": outcome.error,
    }
    ended = "failed" if outcome.error else "delivered"
    if retry_at:
        values["due_at"] = retry_at
    else:
        values |= {"state": ended, "payload": None, "done_at": now}
    if not store.finish(connection, claimed.id, lease, **values):
        return "lost"
    if rest_until:
        _mark_failing(connection, webhook, outcome, now, rest_until)
    else:
        _mark_working(connection, webhook)
    return "retried" if retry_at else ended


def _find_rest(webhook: Row, outcome: Outcome) -> timedelta:
    """Return for how long an endpoint that has failed gets nothing."""
    factor: int = 2 ** min(webhook["failures"], MAX_DOUBLINGS)
    rest = min(MAX_REST, FIRST_REST * factor)
    return max(rest, timedelta(seconds=outcome.retry_after))


def _find_retry(
    claimed: Claimed, outcome: Outcome, now: datetime, rest_until: datetime
) -> datetime | None:
    """Return when a webhook is sent again; None after three days, and for a test at once."""
    is_over = claimed.type == TEST or claimed.attempts >= len(DELAYS)
    if is_over or outcome.status == GONE:
        return None
    delay = DELAYS[claimed.attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return max(rest_until, now + timedelta(seconds=delay))


def _mark_failing(
    connection: Connection, webhook: Row, outcome: Outcome, now: datetime, rest_until: datetime
) -> None:
    failing_since = webhook["failing_since"] or now
    values = {"failing_since": failing_since, "rest_until": rest_until}
    store.change(connection, webhook["id"], failures=webhook["failures"] + 1, **values)
    if outcome.status == GONE:
        _disable(connection, webhook, "gone", now)
    elif now - failing_since >= DISABLE_AFTER:
        _disable(connection, webhook, "failing", now)


def _mark_working(connection: Connection, webhook: Row) -> None:
    """End a time of failures; a test that arrives also enables a subscription again."""
    values = {"failures": 0, "failing_since": None, "rest_until": None}
    enabled = {"state": "active", "disabled_reason": None, "disabled_at": None}
    if webhook["failures"] or webhook["state"] != "active":
        store.change(connection, webhook["id"], **values, **enabled)


def _disable(connection: Connection, webhook: Row, reason: str, now: datetime) -> None:
    store.end_queued(connection, webhook["id"], now)
    if webhook["state"] == "active":
        LOG.warning("webhook %s is disabled: %s", webhook["id"], reason)
        disabled = {"state": "disabled", "disabled_reason": reason, "disabled_at": now}
        store.change(connection, webhook["id"], **disabled)
