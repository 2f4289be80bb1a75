import secrets
import string
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.api_keys import store
from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_id
from imd_campaign.db import Connection, Database, Row
from imd_campaign.errors import NotFound, Unauthorized

PREFIX = "imd_"
ALPHABET = string.digits + string.ascii_letters
RANDOM_LENGTH = 32
CHECK_LENGTH = 6
HINT_LENGTH = 8
USE_INTERVAL = timedelta(minutes=1)

RELAY_SCOPE = "submissions:relay"
WRITE_SCOPE = "signatures:write"
ATTEST_SCOPE = "signatures:attest"
NUMBERS_SCOPE = "partners:read"
# They need a key of a partner, whose source they are for.
PARTNER_SCOPES = {ATTEST_SCOPE, NUMBERS_SCOPE}
QUOTA_SCOPES = {WRITE_SCOPE, ATTEST_SCOPE}
DEFAULT_HOURLY_QUOTA = 10_000
QUOTAS = range(1, 1_000_000_001)
"""What the column can hold."""

SCOPES = {
    "signatures:read": "read signatures, encrypted",
    WRITE_SCOPE: "submit signatures, up to the key's own hourly quota",
    ATTEST_SCOPE: "add signatures that a partner has verified itself, up to the hourly quota",
    NUMBERS_SCOPE: "read the numbers of a partner's own source",
    RELAY_SCOPE: "submit forms for visitors, with their network address",
    "events:moderate": "see submitted events and attendances, and decide on them",
    "orders:manage": "see orders of posters, with encrypted buyers, and decide on them",
    "bounces:report": "report e-mails that bounced",
    "webhooks:manage": "subscribe to webhooks, and see the key's own",
}


@dataclass(frozen=True, slots=True)
class Caller:
    id: str
    name: str
    scopes: frozenset[str]
    hourly_quota: int = DEFAULT_HOURLY_QUOTA
    partner: str | None = None
    """The source of the partner that the key belongs to."""


@dataclass(frozen=True, slots=True)
class Key:
    """An issued key, without its secret."""

    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    hourly_quota: int | None = None
    partner: str | None = None

    @property
    def effective_quota(self) -> int | None:
        """The signatures that the key may submit within an hour; None without the scopes."""
        if not QUOTA_SCOPES.intersection(self.scopes):
            return None
        return self.hourly_quota or DEFAULT_HOURLY_QUOTA


def create(
    database: Database,
    *,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    hourly_quota: int | None = None,
    author: Author | None = None,
    partner: str | None = None,
) -> tuple[str, Key]:
    """Create a key; with an author, also record it in the audit trail."""
    with database.write() as connection:
        text, key = add(
            connection,
            name=name,
            scopes=scopes,
            now=now,
            hourly_quota=hourly_quota,
            partner=partner,
        )
        _record(connection, author, "create-key", key.id, scopes=list(key.scopes))
    return text, key


def add(
    connection: Connection,
    *,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    hourly_quota: int | None = None,
    partner: str | None = None,
) -> tuple[str, Key]:
    """Add a key in a transaction whose owner records it in the audit trail."""
    granted = tuple(sorted(set(scopes)))
    if unknown := set(granted) - SCOPES.keys():
        valid = ", ".join(SCOPES)
        raise ValueError(f"there is no scope {', '.join(sorted(unknown))}; valid scopes: {valid}")
    if partner is None and (needed := sorted(PARTNER_SCOPES.intersection(granted))):
        raise ValueError(
            f"the scope {needed[0]} is for keys of a partner: use imd campaign partners key"
        )
    _check_quota(hourly_quota, granted)
    text = generate_key()
    hint = text[:HINT_LENGTH]
    key = Key(new_id("key"), name, hint, granted, now, None, None, hourly_quota, partner)
    store.add(
        connection,
        id=key.id,
        name=name,
        digest=compute_digest(text),
        hint=key.hint,
        scopes=list(granted),
        created_at=now,
        hourly_quota=hourly_quota,
        partner=partner,
    )
    return text, key


def _check_quota(hourly_quota: int | None, scopes: Iterable[str]) -> None:
    if hourly_quota is None:
        return
    if hourly_quota not in QUOTAS:
        raise ValueError(f"an hourly quota is a number from 1 to {QUOTAS[-1]:,}")
    if not QUOTA_SCOPES.intersection(scopes):
        names = " or ".join(sorted(QUOTA_SCOPES, reverse=True))
        raise ValueError(f"only keys with the scope {names} have an hourly quota")


def list_keys(database: Database) -> Sequence[Key]:
    with database.read() as connection:
        return [_make_key(row) for row in store.list_all(connection)]


def list_of_partner(database: Database, partner: str) -> Sequence[Key]:
    with database.read() as connection:
        return [_make_key(row) for row in store.list_of_partner(connection, partner)]


def count_active_by_partner(connection: Connection) -> Mapping[str, int]:
    return store.count_active_by_partner(connection)


def revoke(database: Database, key_id: str, *, now: datetime, author: Author | None = None) -> None:
    with database.write() as connection:
        if not store.revoke(connection, key_id, now):
            raise NotFound
        _record(connection, author, "revoke-key", key_id)


def revoke_of_partner(connection: Connection, partner: str, *, now: datetime) -> None:
    store.revoke_of_partner(connection, partner, now)


def set_quota(
    database: Database,
    key_id: str,
    hourly_quota: int,
    author: Author | None = None,
) -> None:
    """Change the quota of an active key, from its next request on."""
    with database.write() as connection:
        row = store.get_active(connection, key_id)
        if row is None:
            raise NotFound
        _check_quota(hourly_quota, row["scopes"])
        store.set_quota(connection, key_id, hourly_quota)
        _record(connection, author, "set-quota", key_id, quota=hourly_quota)


def _record(
    connection: Connection, author: Author | None, action: str, key_id: str, **details: Any
) -> None:
    if author is None:
        return
    audit.record(
        connection,
        now=author.now,
        actor=author.actor,
        action=action,
        subject=key_id,
        reason=author.reason,
        **details,
    )


def authenticate(context: Context, text: str) -> Caller:
    if not is_well_formed(text):
        raise Unauthorized
    if context.relay_key and secrets.compare_digest(text, context.relay_key):
        return Caller("relay", "The widgets in this process", frozenset({RELAY_SCOPE}))
    now = context.now()
    with context.database.read() as connection:
        row = store.get_by_digest(connection, compute_digest(text))
    if row is None:
        raise Unauthorized
    _mark_used(context, row, now)
    quota = row["hourly_quota"] or DEFAULT_HOURLY_QUOTA
    return Caller(row["id"], row["name"], frozenset(row["scopes"]), quota, row["partner"])


def _mark_used(context: Context, row: Row, now: datetime) -> None:
    recently = now - USE_INTERVAL
    if row["last_used_at"] is None or row["last_used_at"] < recently:
        with context.database.write() as connection:
            store.mark_used(connection, row["id"], now, recently)


def is_well_formed(text: str) -> bool:
    """Detect a mistyped or shortened key without a database query."""
    random, check = text[len(PREFIX) : -CHECK_LENGTH], text[-CHECK_LENGTH:]
    return (
        text.startswith(PREFIX)
        and len(random) == RANDOM_LENGTH
        and check == _compute_checksum(random)
    )


def generate_key() -> str:
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIX + random + _compute_checksum(random)


def _compute_checksum(random: str) -> str:
    number, text = zlib.crc32(random.encode()), ""
    for _ in range(CHECK_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        text = ALPHABET[rest] + text
    return text


def _make_key(row: Row) -> Key:
    return Key(
        row["id"],
        row["name"],
        row["hint"],
        tuple(row["scopes"]),
        row["created_at"],
        row["last_used_at"],
        row["revoked_at"],
        row["hourly_quota"],
        row["partner"],
    )
