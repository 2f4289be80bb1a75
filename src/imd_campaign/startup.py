"""Opens the database and the vault of a context; the database checks the secrets."""

from functools import partial

from imd_campaign.crypto import Vault
from imd_campaign.db import Check, Database, open_engine
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
        make_secrets_check(settings),
        timeout=timeout,
    )


def open_vault(settings: Settings) -> Vault:
    return Vault(settings.secret.get_secret_value(), settings.public_key)


def make_secrets_check(settings: Settings) -> Check:
    return partial(secret_check.check, vault=open_vault(settings))
