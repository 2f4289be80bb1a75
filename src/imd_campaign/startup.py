"""Opens the database and the vault of a context; the database checks the secrets."""

from functools import partial

from imd_campaign.crypto import Vault
from imd_campaign.db import Check, Database, open_engine
from imd_campaign.secret_check import service as secret_check
from imd_campaign.settings import Settings


def open_database(settings: Settings) -> Database:
    return Database(
        open_engine(
            settings.database_url,
            connections=settings.database_connections,
            timeout=settings.database_timeout,
        ),
        make_secrets_check(settings),
        timeout=settings.database_timeout,
    )


def open_vault(settings: Settings) -> Vault:
    return Vault(settings.secret.get_secret_value(), settings.public_key)


def make_secrets_check(settings: Settings) -> Check:
    return partial(secret_check.check, vault=open_vault(settings))
