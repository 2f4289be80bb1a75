from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.db import Connection
from imd_campaign.moderation import store


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    details: Mapping[str, Any]


def record(
    connection: Connection,
    *,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    reason: str,
    **details: Any,
) -> None:
    """In the transaction of the act itself: neither is there without the other."""
    store.append(
        connection,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        reason=reason,
        details=details,
    )


def trail(connection: Connection, subject: str) -> Sequence[Entry]:
    rows = store.trail(connection, subject)
    return [
        Entry(r["at"], r["actor"], r["action"], r["subject"], r["reason"], r["details"])
        for r in rows
    ]
