from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Row
from imd_campaign.errors import IdempotencyInFlight, IdempotencyKeyReused
from imd_campaign.idempotency import store

PURPOSE = "stored response"
RETENTION = timedelta(hours=24)
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StoredResponse:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to process the request, for a limited time."""

    id: str


def begin(context: Context, *, caller: str, key: str, request: bytes) -> Lease | StoredResponse:
    now, lease = context.now(), Lease(new_id("lse"))
    name = context.vault.fingerprint("idempotency-key", f"{caller} {key}")
    values = {
        "request": context.vault.fingerprint("idempotent-request", request),
        "lease": lease.id,
        "leased_until": now + LEASE,
        "expires_at": now + RETENTION,
    }
    with context.database.write() as connection:
        if store.claim(connection, key=name, **values):
            return lease
        row = store.find(connection, name)
        if row is not None and _is_valid(row, now):
            return _to_stored_response(context, row, values["request"])
        store.take_over(connection, name, status=None, headers=None, body=None, **values)
    return lease


def _is_valid(row: Row, now: datetime) -> bool:
    has_response = row["status"] is not None
    limit: datetime = row["expires_at"] if has_response else row["leased_until"]
    return now < limit


def _to_stored_response(context: Context, row: Row, request: object) -> StoredResponse:
    if row["request"] != request:
        raise IdempotencyKeyReused
    if row["status"] is None:
        raise IdempotencyInFlight
    body = context.vault.decrypt_bound(row["body"], PURPOSE)
    return StoredResponse(row["status"], [(n, v) for n, v in row["headers"]], body)


def finish(context: Context, lease: Lease, response: StoredResponse) -> None:
    """Store a response, encrypted: it can have a token, or the address of a private home."""
    with context.database.write() as connection:
        store.finish(
            connection,
            lease.id,
            status=response.status,
            headers=[list(pair) for pair in response.headers],
            body=context.vault.encrypt_bound(response.body, PURPOSE),
        )


def release(context: Context, lease: Lease) -> None:
    with context.database.write() as connection:
        store.release(connection, lease.id)
