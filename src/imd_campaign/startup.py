"""Opens the database and the vault of a context; checks the secrets and the index of events."""

from functools import partial

from pydantic import SecretStr

from imd_campaign.crypto import Vault
from imd_campaign.db import Check, Connection, Database, open_engine
from imd_campaign.events.index import store as index_store
from imd_campaign.secret_check import service as secret_check
from imd_campaign.settings import Settings


def open_database(settings: Settings) -> Database:
    return _open(settings, settings.database_connections)


def open_database_for_leases(settings: Settings) -> Database:
    """Open the database with a connection that no request can take."""
    return _open(settings, 1)


def _open(settings: Settings, connections: int) -> Database:
    timeout = settings.database_timeout
    return Database(
        open_engine(settings.database_url, connections=connections, timeout=timeout),
        make_check(settings),
        timeout=timeout,
    )


def open_vault(settings: Settings) -> Vault:
    return Vault(
        settings.secret.get_secret_value(),
        settings.public_key,
        encryption=_reveal(settings.encryption_secret),
        previous=_reveal(settings.previous_encryption_secret),
    )


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def make_check(settings: Settings) -> Check:
    """Return what has to succeed before the database is used."""
    return partial(_check, open_vault(settings))


def _check(vault: Vault, connection: Connection) -> None:
    secret_check.check(connection, vault=vault)
    index_store.ensure_current(connection)
