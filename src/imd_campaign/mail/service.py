"""The outbox: e-mails are queued in the transaction of the act that they report."""

from collections.abc import Sequence
from enum import IntEnum

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.mail import store
from imd_campaign.mail.email_templates import Email
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.suppressions.service import fingerprint_address


class Priority(IntEnum):
    CONFIRMATION = 0
    SLOW_CONFIRMATION = 1
    NOTICE = 2


def queue(
    context: Context,
    connection: Connection,
    *,
    kind: str,
    email: Email,
    priority: Priority = Priority.NOTICE,
) -> None:
    """Queue an e-mail in this transaction; call `context.wake_worker()` once it is committed."""
    queue_all(context, connection, kind=kind, emails=[email], priority=priority)


def queue_all(
    context: Context,
    connection: Connection,
    *,
    kind: str,
    emails: Sequence[Email],
    priority: Priority = Priority.NOTICE,
) -> None:
    now = context.now()
    rows = [
        {
            "id": new_id("ltr"),
            "kind": kind,
            "priority": priority,
            "message": context.vault.encrypt(email.to_dict()),
            "address": fingerprint_address(context, email.to),
            "mailbox": fingerprint_mailbox(context, email.to),
            "created_at": now,
            "due_at": now,
        }
        for email in emails
    ]
    store.add(connection, rows)


def count_queued_confirmations(connection: Connection, limit: int) -> int:
    return store.count_queued(connection, Priority.NOTICE, limit)
