"""Locks that last until a transaction ends: for all submissions, and for those of one mailbox.

A transaction that needs both takes the lock for all of them first.
"""

from imd_campaign.db import Connection, lock_transaction

PROCESSING_LOCK = 19901219


def lock_processing(connection: Connection) -> None:
    """Wait until no server processes submissions."""
    lock_transaction(connection, PROCESSING_LOCK)


def lock_mailbox(connection: Connection, mailbox: bytes) -> None:
    lock_transaction(connection, int.from_bytes(mailbox[:7], "big"))
