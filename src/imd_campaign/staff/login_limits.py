"""How often a login may fail: guessing ends, and the owner of an account is not locked out.

Attempts from a browser that has signed in to the account before are counted on their own, so
nobody else can use them up. https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from math import ceil

from imd_campaign.context import Context
from imd_campaign.db import Connection, lock_transaction
from imd_campaign.staff import store
from imd_campaign.staff.errors import TooManyAttempts

WINDOW = timedelta(minutes=15)
MAX_FROM_DEVICE = 10
MAX_FOR_ACCOUNT = 10
MAX_FROM_NETWORK = 30
MAX_FROM_UNKNOWN = 300
"""For all requests together whose network is not known, such as those of a misconfigured proxy."""

UNKNOWN_NETWORK = b"unknown"
LOCK = 20261225
NONCE_BYTES = 16
MAX_MARK_LENGTH = 200


@dataclass(frozen=True, slots=True, repr=False)
class LoginOrigin:
    """Where an attempt comes from."""

    network: bytes | None = None
    device: str | None = None
    """The mark of a browser that has signed in before."""


@dataclass(frozen=True, slots=True)
class Attempt:
    origins: tuple[bytes, ...]
    at: datetime


def admit(context: Context, mailbox: bytes, origin: LoginOrigin) -> Attempt:
    """Count an attempt as failed until it succeeds, so that many at once are counted too."""
    limits = _list_limits(context, mailbox, origin)
    now = context.now()
    with context.database.write() as connection:
        lock_transaction(connection, LOCK)
        for key, limit in limits.items():
            _check(connection, key, limit, now)
        store.record_failures(connection, list(limits), now)
    return Attempt(tuple(limits), now)


def admit_confirmation(context: Context, session_id: str) -> Attempt:
    """Count an attempt to confirm the password in a session, as failed until it succeeds."""
    key, now = _make_key(context, "session", session_id.encode()), context.now()
    with context.database.write() as connection:
        lock_transaction(connection, LOCK)
        _check(connection, key, MAX_FROM_DEVICE, now)
        store.record_failures(connection, [key], now)
    return Attempt((key,), now)


def forgive(context: Context, attempt: Attempt) -> None:
    """Delete an attempt that has succeeded after all."""
    with context.database.write() as connection:
        store.delete_failures(connection, attempt.origins, attempt.at)


def _check(connection: Connection, key: bytes, limit: int, now: datetime) -> None:
    failures = store.list_failures(connection, key, now - WINDOW)
    if len(failures) >= limit:
        wait = failures[-limit] + WINDOW - now
        raise TooManyAttempts(max(1, ceil(wait.total_seconds())))


def _list_limits(context: Context, mailbox: bytes, origin: LoginOrigin) -> Mapping[bytes, int]:
    if origin.device and is_known_device(context, mailbox, origin.device):
        return {_make_key(context, "device", origin.device.encode()): MAX_FROM_DEVICE}
    network = origin.network or UNKNOWN_NETWORK
    return {
        _make_key(context, "account", mailbox): MAX_FOR_ACCOUNT,
        _make_key(context, "network", network): (
            MAX_FROM_NETWORK if origin.network else MAX_FROM_UNKNOWN
        ),
    }


def _make_key(context: Context, kind: str, value: bytes) -> bytes:
    return context.vault.fingerprint(f"staff login {kind}", value)


def mark_device(context: Context, mailbox: bytes) -> str:
    """Return what a browser keeps after it has signed in: it opens nothing."""
    nonce = secrets.token_hex(NONCE_BYTES)
    return f"{nonce}.{_sign(context, mailbox, nonce)}"


def is_known_device(context: Context, mailbox: bytes, mark: str) -> bool:
    nonce, _, signature = mark[:MAX_MARK_LENGTH].partition(".")
    return compare_digest(_sign(context, mailbox, nonce).encode(), signature.encode())


def _sign(context: Context, mailbox: bytes, nonce: str) -> str:
    return context.vault.fingerprint("staff device", mailbox + nonce.encode()).hex()
