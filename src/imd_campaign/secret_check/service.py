"""Checks that a database is used only with the secrets that it was created with."""

import hmac
from datetime import datetime

from imd_campaign.audit import service as audit
from imd_campaign.crypto import Vault
from imd_campaign.db import Connection, Row
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.secret_check import store

PURPOSE = "secret-check"
SHOWN_LENGTH = 8

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
    """Compare the secrets with those in the database; the first call records them."""
    known = _get_known_secrets(connection, vault)
    if known["public_key"] != vault.public_key:
        given, expected = vault.public_key[:SHOWN_LENGTH], known["public_key"][:SHOWN_LENGTH]
        raise SecretsMismatch(OTHER_PUBLIC_KEY.format(given=given, known=expected))


def accept_public_key(connection: Connection, vault: Vault, *, actor: str, now: datetime) -> None:
    """Seal with another key from now on; data that is sealed already keeps the earlier key."""
    known = _get_known_secrets(connection, vault)
    store.change_public_key(connection, vault.public_key)
    audit.record(
        connection,
        now=now,
        actor=actor,
        action="accept_public_key",
        subject="campaign",
        reason="requested on the command line",
        earlier=known["public_key"],
        accepted=vault.public_key,
    )


def _get_known_secrets(connection: Connection, vault: Vault) -> Row:
    """Return the recorded check values if the secret is the right one."""
    if not store.is_migrated(connection):
        raise Unavailable
    secret = vault.fingerprint(PURPOSE, "")
    known = store.find(connection)
    if known is None:
        _reject_foreign_data(connection, vault)
        store.add(connection, secret=secret, public_key=vault.public_key)
        known = store.find(connection)
    if known is None or not hmac.compare_digest(known["secret"], secret):
        raise SecretsMismatch(OTHER_SERVER_KEY)
    return known


def _reject_foreign_data(connection: Connection, vault: Vault) -> None:
    """Reject a database of an earlier version, without a record, if it has other secrets."""
    encrypted = store.list_encrypted_values(connection)
    first = next(encrypted, None)
    if first is None or vault.can_decrypt(first):
        return
    if not any(map(vault.can_decrypt, encrypted)):
        raise SecretsMismatch(OTHER_SERVER_KEY)
