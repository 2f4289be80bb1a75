from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, inspect, select, update

from imd_campaign.calendars.tables import calendars
from imd_campaign.db import Connection, Row, upsert
from imd_campaign.events.tables import attendances, event_changes, events
from imd_campaign.idempotency.tables import idempotent_requests
from imd_campaign.mail.tables import outbox
from imd_campaign.networks.tables import network_keys
from imd_campaign.posters.tables import orders
from imd_campaign.secret_check.tables import secret_checks
from imd_campaign.staff.tables import staff_accounts, staff_sessions
from imd_campaign.submissions.tables import submissions
from imd_campaign.webhooks.tables import webhooks

ONLY_ID = 1
STORED_RESPONSE = "stored response"
"""The purpose in `idempotency.service`, which a store must not import."""


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    column: Column[Any]
    bound_to: str | None = None
    """The purpose, if `encrypt_bound` was used."""

    @property
    def key(self) -> Column[Any]:
        key: Column[Any] = next(iter(self.column.table.primary_key))
        return key


ENCRYPTED_COLUMNS = (
    EncryptedColumn(outbox.c.message),
    EncryptedColumn(events.c.locked_place),
    EncryptedColumn(events.c.locked_host),
    EncryptedColumn(event_changes.c.locked),
    EncryptedColumn(attendances.c.locked),
    EncryptedColumn(submissions.c.details),
    EncryptedColumn(orders.c.locked_buyer),
    EncryptedColumn(network_keys.c.key),
    EncryptedColumn(calendars.c.locked_url),
    EncryptedColumn(staff_accounts.c.locked),
    EncryptedColumn(staff_sessions.c.notice),
    EncryptedColumn(webhooks.c.locked_url),
    EncryptedColumn(webhooks.c.locked_secret),
    EncryptedColumn(webhooks.c.locked_previous),
    EncryptedColumn(idempotent_requests.c.body, bound_to=STORED_RESPONSE),
)


def is_migrated(connection: Connection) -> bool:
    """Return whether the table has the columns of this version."""
    inspector = inspect(connection)
    if not inspector.has_table(secret_checks.name):
        return False
    names = {column["name"] for column in inspector.get_columns(secret_checks.name)}
    return names >= set(secret_checks.c.keys())


def find(connection: Connection) -> Row | None:
    return connection.execute(select(secret_checks)).mappings().first()


def add(connection: Connection, **values: bytes | str) -> None:
    """Record the check values, unless another process has just done so."""
    row = {"id": ONLY_ID, **values}
    connection.execute(upsert(connection, secret_checks).values(row).on_conflict_do_nothing())


def change_public_keys(connection: Connection, public_key: str) -> None:
    connection.execute(update(secret_checks).values(public_key=public_key))


def change_encryption(connection: Connection, encryption: bytes, previous: bytes | None) -> None:
    values = {"encryption": encryption, "previous_encryption": previous}
    connection.execute(update(secret_checks).values(values))


def list_encrypted_values(connection: Connection) -> Iterator[bytes]:
    for encrypted in ENCRYPTED_COLUMNS:
        column = encrypted.column
        yield from connection.execute(select(column).where(column.is_not(None))).scalars()


def read_batch(
    connection: Connection, encrypted: EncryptedColumn, after: Any, limit: int
) -> Sequence[tuple[Any, bytes]]:
    """Return keys and values, in the order of the keys."""
    query = select(encrypted.key, encrypted.column).where(encrypted.column.is_not(None))
    if after is not None:
        query = query.where(encrypted.key > after)
    rows = connection.execute(query.order_by(encrypted.key).limit(limit))
    return [(key, value) for key, value in rows]


def replace_value(
    connection: Connection, encrypted: EncryptedColumn, key: Any, old: bytes, new: bytes
) -> None:
    """Replace a value, unless somebody else has just changed it."""
    is_unchanged = (encrypted.key == key) & (encrypted.column == old)
    change = update(encrypted.column.table).where(is_unchanged)
    connection.execute(change.values({encrypted.column.name: new}))
