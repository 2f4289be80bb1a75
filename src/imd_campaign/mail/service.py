import logging
from datetime import datetime, timedelta
from typing import Protocol

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.mail import store
from imd_campaign.mail.letters import Letter
from imd_campaign.sealing import new_id

AT_ONCE = 20
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=30)
TRIES = 8

LOG = logging.getLogger("imd_campaign.mail")


class Undeliverable(Exception):  # noqa: N818 as in errors
    """Trying again would not help."""


class Transport(Protocol):
    def deliver(self, letter_id: str, letter: Letter, now: datetime) -> None: ...


def queue(context: Context, connection: Connection, *, kind: str, letter: Letter) -> None:
    """In the transaction of what it tells about; call `context.wake_postman()` after that."""
    now = context.now()
    store.add(
        connection,
        id=new_id("ltr"),
        kind=kind,
        letter=context.vault.lock(letter.values()),
        created_at=now,
        due_at=now,
    )


def deliver_due(context: Context, transport: Transport) -> int:
    now = context.now()
    with context.database.write() as connection:
        rows = store.claim_due(connection, now, now + LEASE, AT_ONCE)
    for row in rows:
        _deliver(context, transport, row)
    return len(rows)


def _deliver(context: Context, transport: Transport, row: Row) -> None:
    now = context.now()
    try:
        letter = Letter(**context.vault.unlock(row["letter"]))
        transport.deliver(row["id"], letter, now)
    except Exception as error:  # noqa: BLE001 whatever a mail server does, the next letter goes out
        LOG.warning("letter %s not delivered: %s", row["id"], type(error).__name__)
        _not_delivered(context, row, now, final=isinstance(error, Undeliverable))
        return
    with context.database.write() as connection:
        store.settle(connection, row["id"], "sent", now)


def _not_delivered(context: Context, row: Row, now: datetime, *, final: bool) -> None:
    with context.database.write() as connection:
        if final or row["attempts"] + 1 >= TRIES:
            store.settle(connection, row["id"], "failed", now)
        else:
            store.postpone(connection, row["id"], now + FIRST_WAIT * 2 ** row["attempts"])
