"""Stop e-mail about submissions to a mailbox, as its owner asks."""

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.mail import store as mail
from imd_campaign.submissions import store

STOPPED = ("confirmation", "reminder")


def block(context: Context, connection: Connection, mailbox: bytes) -> None:
    """End what is not confirmed, with the e-mails about it that were not sent yet."""
    store.block(connection, mailbox, context.now())
    store.end_open(connection, mailbox, "rejected")
    mail.delete_waiting(connection, mailbox, STOPPED)
