"""Locks that last until a transaction ends: for all submissions, and for those of one mailbox.

A transaction that needs both takes the lock for all of them first.
"""

from collections.abc import Iterable

from imd_campaign.db import Connection, lock_transaction

PROCESSING_LOCK = 19901219


def lock_processing(connection: Connection) -> None:
    """Wait until no server processes submissions."""
    lock_transaction(connection, PROCESSING_LOCK)


def lock_mailbox(connection: Connection, mailbox: bytes) -> None:
    lock_transaction(connection, _to_number(mailbox))


def lock_mailboxes(connection: Connection, mailboxes: Iterable[bytes]) -> None:
    """Lock several mailboxes, with the lock for all submissions: two that lack it can deadlock."""
    lock_transaction(connection, *map(_to_number, mailboxes))


def _to_number(mailbox: bytes) -> int:
    return int.from_bytes(mailbox[:7], "big")
