"""Fold the ledger into totals, and publish the numbers by country once a day.

The rows of the ledger get their numbers here, in one transaction with the totals.
"""

from datetime import UTC, date, datetime

from imd_campaign.context import Context
from imd_campaign.db import Connection, lock_transaction, try_to_lock_transaction
from imd_campaign.petitions import ledger
from imd_campaign.petitions.public_counts import make_public_count

COUNTING_LOCK = 19901220
BATCH_SIZE = 2000


def fold(context: Context) -> bool:
    """Fold one batch of the ledger; return whether more may be waiting."""
    with context.database.write() as connection:
        if not try_to_lock_transaction(connection, COUNTING_LOCK):
            return False
        return _fold_batch(connection, context.now())


def fold_all(connection: Connection, now: datetime) -> None:
    """Fold the whole ledger within a transaction of the caller."""
    lock_transaction(connection, COUNTING_LOCK)
    while _fold_batch(connection, now):
        pass


def _fold_batch(connection: Connection, now: datetime) -> bool:
    rows = ledger.list_unnumbered(connection, BATCH_SIZE)
    if rows:
        ledger.assign_numbers(connection, rows)
        ledger.add_to_totals(connection, rows)
    ledger.set_counted_at(connection, now)
    if len(rows) == BATCH_SIZE:
        return True
    _publish_due(connection, now.astimezone(UTC).date())
    return False


def _publish_due(connection: Connection, day: date) -> None:
    for petition_id in ledger.list_unpublished(connection, day):
        public = ledger.list_public_counts(connection, petition_id)
        counts = {
            country: public.get(country, make_public_count()).update(total)
            for country, total in ledger.list_tallies(connection, petition_id).items()
        }
        ledger.publish(connection, petition_id, counts, day)
