from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from imd_campaign.audit import store
from imd_campaign.db import Connection, Row
from imd_campaign.pagination import PageRequest, Slice


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something, why and when."""

    actor: str
    reason: str
    now: datetime


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
    return [_make_entry(row) for row in store.list_entries(connection, subject)]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    action: str | None = None


def search(
    connection: Connection, filters: AuditFilter, page_request: PageRequest
) -> Slice[AuditEntry]:
    """Return a page of entries, the newest first."""
    part = store.search(connection, page_request, **asdict(filters))
    return Slice([_make_entry(row) for row in part.items], part.next)


def list_actions(connection: Connection) -> Sequence[str]:
    return store.list_actions(connection)


def list_actors(connection: Connection) -> Sequence[str]:
    return store.list_actors(connection)


def _make_entry(row: Row) -> AuditEntry:
    return AuditEntry(
        row["at"], row["actor"], row["action"], row["subject"], row["reason"], row["details"]
    )
