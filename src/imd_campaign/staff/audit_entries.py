"""Entries of the audit trail about accounts; actors are IDs, so that no name is kept forever."""

from typing import Any

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection


def record(
    context: Context,
    connection: Connection,
    action: str,
    *,
    actor: str,
    subject: str,
    reason: str,
    **details: Any,
) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=actor,
        action=f"staff.{action}",
        subject=subject,
        reason=reason,
        **details,
    )
