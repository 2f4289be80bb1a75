from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.restores import store


def is_held(connection: Connection) -> bool:
    """Return whether the database was restored and nobody has decided what is sent.

    Ask in the transaction of whatever sends something, or leads to it.
    """
    return store.is_any_open(connection)


def is_holding(context: Context) -> bool:
    with context.database.read() as connection:
        return is_held(connection)
