"""The e-mails that would have been sent, and the addresses that get none because they bounced."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from imd_sdk.testing.clock import Clock
    from imd_sdk.testing.records import Email

NO_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
ABOUT_THE_SENDER = re.compile(r"[45]\.(4\.5|[567]\..*)")
DAY = timedelta(days=1)
FIRST_HARD, REPEATED_HARD, SOFT, MEMORY = 3 * DAY, 30 * DAY, 7 * DAY, 60 * DAY
MIN_SOFT = 3
MESSAGE_ID = re.compile(r"\s*<?(ltr_[0-9a-z]{26})@", re.IGNORECASE)


@dataclass(slots=True)
class _Bounces:
    count: int
    counted_at: datetime
    suppressed_until: datetime


@dataclass(slots=True)
class Outbox:
    clock: Clock
    sent: list[Email] = field(default_factory=list)
    _reported: set[str] = field(default_factory=set)
    _bounces: dict[str, _Bounces] = field(default_factory=dict)
    """By address."""

    def __iter__(self) -> Iterator[Email]:
        return iter(self.sent)

    def append(self, email: Email) -> None:
        """Send an e-mail, unless its address is suppressed."""
        known = self._bounces.get(email.to.lower())
        if known is None or self.clock.now() >= known.suppressed_until:
            digest = hashlib.sha256(f"ltr_{len(self.sent)}".encode()).hexdigest()
            message_id = f"<ltr_{digest[:26]}@campaign.example>"
            self.sent.append(replace(email, message_id=message_id))

    def report(self, message_id: str, status: str) -> bool:
        """Record a bounce; False if the e-mail is unknown, or was reported before."""
        found = MESSAGE_ID.match(message_id)
        email_id = found[1].lower() if found else ""
        email = next((email for email in self.sent if f"<{email_id}@" in email.message_id), None)
        if email is None or email_id in self._reported:
            return False
        self._reported.add(email_id)
        if not ABOUT_THE_SENDER.fullmatch(status):
            self._count(email.to.lower(), status)
        return True

    def _count(self, address: str, status: str) -> None:
        now = self.clock.now()
        known = self._bounces.get(address)
        if known is None or known.counted_at <= now - MEMORY:
            known = self._bounces[address] = _Bounces(1, now, now)
        elif now - known.counted_at >= DAY:
            known.count, known.counted_at = known.count + 1, now
        span = _choose_span(status, known.count)
        known.suppressed_until = max(known.suppressed_until, now + span)


def _choose_span(status: str, count: int) -> timedelta:
    if status in NO_MAILBOX:
        return FIRST_HARD if count == 1 else REPEATED_HARD
    return SOFT if count >= MIN_SOFT else timedelta()
