"""Find hosts by their mailbox: events of earlier versions get the fingerprint that this needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from imd_campaign.context import Context
from imd_campaign.events import store
from imd_campaign.failures import log_failure
from imd_campaign.submissions.service import fingerprint_mailbox

BATCH_SIZE = 500


def fill(context: Context) -> None:
    """Add the missing fingerprints; an address that cannot be decrypted stays without one."""
    last = ""
    while rows := _read_batch(context, last):
        mailboxes = {row["id"]: _fingerprint_host(context, row) for row in rows}
        with context.database.write() as connection:
            found = {event_id: mailbox for event_id, mailbox in mailboxes.items() if mailbox}
            store.set_host_mailboxes(connection, found)
        last = rows[-1]["id"]


def _read_batch(context: Context, after: str) -> Sequence[Mapping[Any, Any]]:
    with context.database.read() as connection:
        return store.list_unfingerprinted_hosts(connection, after, BATCH_SIZE)


def _fingerprint_host(context: Context, row: Mapping[Any, Any]) -> bytes | None:
    try:
        return fingerprint_mailbox(context, context.vault.decrypt(row["locked_host"])["email"])
    except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
        log_failure("the address of a host:", error)
        return None
