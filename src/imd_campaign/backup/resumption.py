"""Decide what happens to the e-mails, webhooks and forms that waited when a backup was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from imd_campaign.audit import service as audit
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.mail import store as mail
from imd_campaign.posters import orders
from imd_campaign.restores import store as restores
from imd_campaign.restores.store import OpenRestore
from imd_campaign.submissions import store as submissions
from imd_campaign.webhooks import store as webhooks

NOT_HELD = "nothing is held back: this database was not restored, or it was resumed already"


@dataclass(frozen=True, slots=True)
class Waiting:
    what: str
    number: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class Held:
    restore: OpenRestore
    waiting: Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Decision:
    actor: str
    reason: str
    drops_emails: bool
    drops_forms: bool
    sold: Mapping[tuple[str, str], Sequence[int]] = field(default_factory=dict)
    """By poster and edition, the numbers of prints that were sold after the backup was made."""


def describe(context: Context) -> Held:
    with context.database.read() as connection:
        restore = _require_open(connection)
        return Held(restore, _list_waiting(connection, restore))


def resume(context: Context, decision: Decision) -> Held:
    """Let e-mails be sent again; return what was held back until now."""
    now = context.now()
    with context.database.write() as connection:
        restore = _require_open(connection)
        held = Held(restore, _list_waiting(connection, restore))
        if decision.drops_emails:
            mail.drop_queued(connection, restore.restored_at, now)
            webhooks.drop_queued(connection, restore.restored_at, now)
            submissions.end_reminders(connection, restore.restored_at, now)
        if decision.drops_forms:
            submissions.drop_accepted(connection, restore.restored_at)
        for edition, numbers in decision.sold.items():
            orders.record_sold(context, connection, edition, numbers)
        restores.end(connection, now)
        audit.record(
            connection,
            now=now,
            actor=decision.actor,
            action="resume",
            subject="campaign",
            reason=decision.reason,
            emails="dropped" if decision.drops_emails else "sent",
            forms="dropped" if decision.drops_forms else "sent",
            waiting={one.what: one.number for one in held.waiting},
            sold={"/".join(edition): numbers for edition, numbers in decision.sold.items()},
        )
    context.wake_worker()
    return held


def _require_open(connection: Connection) -> OpenRestore:
    restore = restores.find_open(connection)
    if restore is None:
        raise BackupFailed(NOT_HELD)
    return restore


def _list_waiting(connection: Connection, restore: OpenRestore) -> Sequence[Waiting]:
    emails = mail.summarise_queued(connection, restore.restored_at)
    webhook_types = webhooks.summarise_queued(connection, restore.restored_at)
    forms = submissions.summarise_accepted(connection, restore.restored_at)
    return [
        *(Waiting(f"e-mails: {kind}", *numbers) for kind, *numbers in emails),
        *(Waiting(f"webhooks: {kind}", *numbers) for kind, *numbers in webhook_types),
        *(Waiting(f"forms: {kind}", *numbers) for kind, *numbers in forms),
    ]
