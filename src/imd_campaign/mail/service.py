import logging
from datetime import datetime, timedelta
from typing import Protocol

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection, Row
from imd_campaign.mail import store
from imd_campaign.mail.email_templates import Email

BATCH_SIZE = 20
LEASE = timedelta(minutes=5)
FIRST_DELAY = timedelta(seconds=30)
MAX_ATTEMPTS = 8

LOG = logging.getLogger("imd_campaign.mail")


class Undeliverable(Exception):  # noqa: N818 as in errors
    """Trying again would not help."""


class Transport(Protocol):
    def deliver(self, email_id: str, email: Email, now: datetime) -> None: ...


def queue(context: Context, connection: Connection, *, kind: str, email: Email) -> None:
    """Queue an e-mail in this transaction; call `context.wake_worker()` once it is committed."""
    now = context.now()
    store.add(
        connection,
        id=new_id("ltr"),
        kind=kind,
        letter=context.vault.encrypt(email.to_dict()),
        created_at=now,
        due_at=now,
    )


def deliver_due(context: Context, transport: Transport) -> int:
    now = context.now()
    with context.database.write() as connection:
        rows = store.claim_due(connection, now, now + LEASE, BATCH_SIZE)
    for row in rows:
        _deliver(context, transport, row)
    return len(rows)


def _deliver(context: Context, transport: Transport, row: Row) -> None:
    now = context.now()
    try:
        email = Email(**context.vault.decrypt(row["letter"]))
        transport.deliver(row["id"], email, now)
    except Exception as error:  # noqa: BLE001 whatever a mail server does, the next e-mail is sent
        LOG.warning("e-mail %s was not delivered: %s", row["id"], type(error).__name__)
        _record_failure(context, row, now, final=isinstance(error, Undeliverable))
        return
    with context.database.write() as connection:
        store.finish(connection, row["id"], "sent", now)


def _record_failure(context: Context, row: Row, now: datetime, *, final: bool) -> None:
    with context.database.write() as connection:
        if final or row["attempts"] + 1 >= MAX_ATTEMPTS:
            store.finish(connection, row["id"], "failed", now)
        else:
            store.postpone(connection, row["id"], now + FIRST_DELAY * 2 ** row["attempts"])
