from collections.abc import Iterator

from sqlalchemy import inspect, select, update

from imd_campaign.db import Connection, Row, upsert
from imd_campaign.events.tables import attendances, events
from imd_campaign.mail.tables import outbox
from imd_campaign.posters.tables import orders
from imd_campaign.secret_check.tables import secret_checks
from imd_campaign.submissions.tables import submissions

ONLY_ID = 1
ENCRYPTED_COLUMNS = (
    outbox.c.message,
    events.c.locked_place,
    events.c.locked_host,
    attendances.c.locked,
    submissions.c.details,
    orders.c.locked_buyer,
)


def is_migrated(connection: Connection) -> bool:
    return inspect(connection).has_table(secret_checks.name)


def find(connection: Connection) -> Row | None:
    return connection.execute(select(secret_checks)).mappings().first()


def add(connection: Connection, *, secret: bytes, public_key: str) -> None:
    """Record the check values, unless another process has just done so."""
    row = {"id": ONLY_ID, "secret": secret, "public_key": public_key}
    connection.execute(upsert(connection, secret_checks).values(row).on_conflict_do_nothing())


def change_public_keys(connection: Connection, public_key: str) -> None:
    connection.execute(update(secret_checks).values(public_key=public_key))


def list_encrypted_values(connection: Connection) -> Iterator[bytes]:
    for column in ENCRYPTED_COLUMNS:
        yield from connection.execute(select(column).where(column.is_not(None))).scalars()
