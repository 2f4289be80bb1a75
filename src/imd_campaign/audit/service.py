from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.audit import store
from imd_campaign.db import Connection


@dataclass(frozen=True, slots=True)
class AuditEntry:
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
    """Add an entry in the transaction of the action, so that neither exists without the other."""
    store.add(
        connection,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        reason=reason,
        details=details,
    )


def list_entries(connection: Connection, subject: str) -> Sequence[AuditEntry]:
    rows = store.list_entries(connection, subject)
    return [
        AuditEntry(r["at"], r["actor"], r["action"], r["subject"], r["reason"], r["details"])
        for r in rows
    ]
