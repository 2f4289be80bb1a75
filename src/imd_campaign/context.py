from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from imd_campaign.crypto import Vault
from imd_campaign.db import Check, Database, open_engine
from imd_campaign.secret_check import service as secret_check
from imd_campaign.settings import Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


def nobody() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Context:
    """What a service works with; opened in the lifespan, one for an application."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Callable[[], datetime] = utc_now
    wake_worker: Callable[[], object] = nobody

    def now(self) -> datetime:
        return self.clock()


def open_database(settings: Settings) -> Database:
    return Database(
        open_engine(
            settings.database_url,
            connections=settings.database_connections,
            patience=settings.database_patience,
        ),
        secrets_check(settings),
    )


def open_vault(settings: Settings) -> Vault:
    return Vault(settings.secret.get_secret_value(), settings.public_key)


def secrets_check(settings: Settings) -> Check:
    return partial(secret_check.check, vault=open_vault(settings))
