"""What the tests of backups share."""

from pathlib import Path

from sqlalchemy import select

from imd_campaign.backup import archive, service
from imd_campaign.context import Context
from imd_campaign.db import open_engine
from imd_campaign.tables import metadata

# What a restore writes itself, and what each database has of its own.
OWN_TABLES = {"restores", "audit", "leases", "secret_checks", "event_index_versions"}
NO_KEY = archive.unlock_with(None)


def ignore(_: str) -> None:
    pass


def read_tables(database_url: str) -> dict[str, list[str]]:
    """All rows of a campaign, in an order that both databases share."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        found = {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in metadata.tables.items()
            if name not in OWN_TABLES
        }
    engine.dispose()
    return found


def path_of(context: Context) -> Path:
    return Path(context.settings.database_url.removeprefix("sqlite:///"))


def restore(context: Context, file: Path, unlock: archive.Unlock = NO_KEY) -> service.Restored:
    return service.restore(context, file, unlock, "shell:test", ignore)
