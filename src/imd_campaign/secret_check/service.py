"""Checks that a database is used only with the secrets that it was created with."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nacl.public import PublicKey

from imd_campaign.audit import service as audit
from imd_campaign.crypto import Vault
from imd_campaign.db import Connection, Row
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.sealing import format_keys, list_fingerprints, parse_public_keys
from imd_campaign.secret_check import store

PURPOSE = "secret-check"

OTHER_SERVER_KEY = (
    "IMD_CAMPAIGN_SECRET is not the secret that this database was created with, so queued "
    "e-mails and private addresses cannot be decrypted. Restore the earlier secrets file from "
    "its backup, or set IMD_CAMPAIGN_DATABASE_URL to another database."
)
OTHER_ENCRYPTION = (
    "IMD_CAMPAIGN_ENCRYPTION_SECRET is not the secret that this database is encrypted with, so "
    "queued e-mails and private addresses cannot be decrypted. Restore the newest secrets file; a "
    "database from a backup needs the one of its time."
)
MISSING_PREVIOUS = (
    "IMD_CAMPAIGN_PREVIOUS_ENCRYPTION_SECRET is missing or wrong, and some data is still "
    "encrypted with it. Restore the newest secrets file, and run: imd campaign secrets reencrypt"
)
OTHER_PUBLIC_KEYS = (
    "IMD_CAMPAIGN_PUBLIC_KEY has {given}, but this database encrypts names for {known}. "
    "A key that nobody holds would make new names unreadable, and a key of somebody else would "
    "give the names to them. Restore the earlier setting. If you changed it on purpose, run: imd "
    "campaign secrets --accept-public-key"
)


def check(connection: Connection, vault: Vault) -> None:
    """Compare the secrets with those in the database; the first call records them."""
    known = parse_public_keys(_get_known_secrets(connection, vault)["public_key"])
    if set(known) != set(vault.public_keys):
        given, expected = _describe_keys(vault.public_keys), _describe_keys(known)
        raise SecretsMismatch(OTHER_PUBLIC_KEYS.format(given=given, known=expected))


def _describe_keys(keys: Sequence[PublicKey]) -> str:
    names = list_fingerprints(keys)
    return f"{'the key' if len(names) == 1 else 'the keys'} {', '.join(names)}"


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """The fingerprints of the public keys that were added and removed."""

    added: Sequence[str]
    removed: Sequence[str]


def accept_public_keys(
    connection: Connection, vault: Vault, *, actor: str, now: datetime
) -> KeyChanges:
    """Seal to other keys from now on; what is sealed already stays sealed to the earlier ones."""
    known = parse_public_keys(_get_known_secrets(connection, vault)["public_key"])
    changes = KeyChanges(
        list_fingerprints(key for key in vault.public_keys if key not in known),
        list_fingerprints(key for key in known if key not in vault.public_keys),
    )
    if changes.added or changes.removed:
        store.change_public_keys(connection, format_keys(vault.public_keys))
        _record(connection, changes, actor=actor, now=now)
    return changes


def _record(connection: Connection, changes: KeyChanges, *, actor: str, now: datetime) -> None:
    audit.record(
        connection,
        now=now,
        actor=actor,
        action="accept_public_key",
        subject="campaign",
        reason="requested on the command line",
        added=list(changes.added),
        removed=list(changes.removed),
    )


def is_rotating(connection: Connection) -> bool:
    """Return whether some data is still encrypted with the previous secret."""
    known = store.find(connection)
    return known is not None and known["previous_encryption"] is not None


def _get_known_secrets(connection: Connection, vault: Vault) -> Row:
    """Return the recorded check values if the secret is the right one."""
    if not store.is_migrated(connection):
        raise Unavailable
    secret = vault.fingerprint(PURPOSE, "")
    known = store.find(connection)
    if known is None:
        _reject_foreign_data(connection, vault)
        store.add(
            connection,
            secret=secret,
            encryption=vault.encryption_check,
            public_key=format_keys(vault.public_keys),
        )
        known = store.find(connection)
    if known is None or not hmac.compare_digest(known["secret"], secret):
        raise SecretsMismatch(OTHER_SERVER_KEY)
    _check_encryption(connection, vault, known)
    return known


def _check_encryption(connection: Connection, vault: Vault, known: Row) -> None:
    """Accept the recorded secret, or one that replaces it and comes with it."""
    recorded = known["encryption"] or vault.first_encryption_check
    pending = known["previous_encryption"]
    if recorded == vault.encryption_check:
        if pending is not None and pending != vault.previous_encryption_check:
            raise SecretsMismatch(MISSING_PREVIOUS)
    elif recorded == vault.previous_encryption_check and pending is None:
        store.change_encryption(connection, vault.encryption_check, previous=recorded)
    else:
        raise SecretsMismatch(OTHER_ENCRYPTION)


def _reject_foreign_data(connection: Connection, vault: Vault) -> None:
    """Reject a database of an earlier version, without a record, if it has other secrets."""
    encrypted = store.list_encrypted_values(connection)
    first = next(encrypted, None)
    if first is None or vault.can_decrypt(first):
        return
    if not any(map(vault.can_decrypt, encrypted)):
        raise SecretsMismatch(OTHER_SERVER_KEY)
