"""A database remembers the secrets that it was made with, and is not used with others."""

import hmac
from datetime import datetime

from imd_campaign.crypto import Vault
from imd_campaign.db import Connection, Row
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.moderation import service as moderation
from imd_campaign.secret_check import store

PURPOSE = "secret-check"
SHOWN = 8

OTHER_SERVER_KEY = (
    "IMD_CAMPAIGN_SECRET is not the secret that this database was created with, so queued "
    "e-mails and private addresses cannot be decrypted. Restore the earlier secrets file from "
    "its backup, or set IMD_CAMPAIGN_DATABASE_URL to another database."
)
OTHER_PUBLIC_KEY = (
    "IMD_CAMPAIGN_PUBLIC_KEY (it begins with {given}) is not the key that this database was "
    "created with ({known}), so new names might be encrypted for a key that nobody holds. "
    "Restore the earlier key. If you changed it on purpose, run: imd campaign secrets "
    "--accept-public-key"
)


def check(connection: Connection, vault: Vault) -> None:
    """Compare the secrets with those that the database was made with; the first ones are kept."""
    known = _known(connection, vault)
    if known["public_key"] != vault.public_key:
        given, expected = vault.public_key[:SHOWN], known["public_key"][:SHOWN]
        raise SecretsMismatch(OTHER_PUBLIC_KEY.format(given=given, known=expected))


def accept_public_key(connection: Connection, vault: Vault, *, actor: str, now: datetime) -> None:
    """Seal to another key from now on; what is sealed already stays sealed to the earlier one."""
    known = _known(connection, vault)
    store.change_public_key(connection, vault.public_key)
    moderation.record(
        connection,
        now=now,
        actor=actor,
        action="accept_public_key",
        subject="campaign",
        reason="asked for on the command line",
        earlier=known["public_key"],
        accepted=vault.public_key,
    )


def _known(connection: Connection, vault: Vault) -> Row:
    """The recorded check values, once the secret is known to be the right one."""
    if not store.is_migrated(connection):
        raise Unavailable
    secret = vault.fingerprint(PURPOSE, "")
    known = store.find(connection)
    if known is None:
        _refuse_foreign_data(connection, vault)
        store.add(connection, secret=secret, public_key=vault.public_key)
        known = store.find(connection)
    if known is None or not hmac.compare_digest(known["secret"], secret):
        raise SecretsMismatch(OTHER_SERVER_KEY)
    return known


def _refuse_foreign_data(connection: Connection, vault: Vault) -> None:
    """An earlier version recorded no secrets: some of its data has to open with these."""
    encrypted = store.encrypted_values(connection)
    first = next(encrypted, None)
    if first is None or vault.opens(first):
        return
    if not any(map(vault.opens, encrypted)):
        raise SecretsMismatch(OTHER_SERVER_KEY)
