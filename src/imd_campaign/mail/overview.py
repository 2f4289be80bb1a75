"""The outbox and the bounces in numbers, for staff; no address, and no text of an e-mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.context import Context
from imd_campaign.db import Row, freeze_snapshot
from imd_campaign.mail import store
from imd_campaign.suppressions import service as suppressions

AUDIT_SUBJECT = "outbox"


@dataclass(frozen=True, slots=True)
class WaitingKind:
    kind: str
    waiting: int
    tried: int
    """How many of them could not be delivered yet."""

    oldest_at: datetime
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailOverview:
    waiting: Sequence[WaitingKind]
    states: Mapping[str, int]
    """E-mails of the last 30 days by what became of them, and those that wait."""

    bounced: int
    suppressed: Mapping[suppressions.Reason, int]
    """Addresses that get no e-mail at present, by why it fails."""

    @property
    def total_waiting(self) -> int:
        return sum(kind.waiting for kind in self.waiting)

    @property
    def total_tried(self) -> int:
        return sum(kind.tried for kind in self.waiting)


def read_overview(context: Context) -> MailOverview:
    with context.database.read() as connection:
        freeze_snapshot(connection)
        return MailOverview(
            waiting=[_make_kind(row) for row in store.list_waiting(connection)],
            states=store.count_states(connection),
            bounced=store.count_bounced(connection),
            suppressed=suppressions.count_reasons(connection, context.now()),
        )


def retry_now(context: Context, author: Author) -> int:
    """Try e-mails again at once that wait for their next attempt; return how many."""
    with context.database.write() as connection:
        retried = store.retry_now(connection, author.now)
        audit.record(
            connection,
            now=author.now,
            actor=author.actor,
            action="retry-emails",
            subject=AUDIT_SUBJECT,
            reason=author.reason,
            emails=retried,
        )
    context.wake_worker()
    return retried


def _make_kind(row: Row) -> WaitingKind:
    values: Any = dict(row)
    return WaitingKind(**values)
