from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Row
from imd_campaign.errors import IdempotencyInFlight, IdempotencyKeyReused
from imd_campaign.idempotency import store

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StoredResponse:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer the request, for a limited time."""

    id: str


def begin(context: Context, *, caller: str, key: str, request: bytes) -> Lease | StoredResponse:
    now, lease = context.now(), Lease(new_id("lse"))
    name = context.vault.fingerprint("idempotency-key", f"{caller} {key}")
    ours = {
        "request": context.vault.fingerprint("idempotent-request", request),
        "lease": lease.id,
        "leased_until": now + LEASE,
        "expires_at": now + KEPT,
    }
    with context.database.write() as connection:
        if store.claim(connection, key=name, **ours):
            return lease
        row = store.find(connection, name)
        if row is not None and _still_counts(row, now):
            return _earlier(row, ours["request"])
        store.take_over(connection, name, status=None, headers=None, body=None, **ours)
    return lease


def _still_counts(row: Row, now: datetime) -> bool:
    answered = row["status"] is not None
    limit: datetime = row["expires_at"] if answered else row["leased_until"]
    return now < limit


def _earlier(row: Row, request: object) -> StoredResponse:
    if row["request"] != request:
        raise IdempotencyKeyReused
    if row["status"] is None:
        raise IdempotencyInFlight
    return StoredResponse(row["status"], [(n, v) for n, v in row["headers"]], row["body"])


def finish(context: Context, lease: Lease, answer: StoredResponse) -> None:
    with context.database.write() as connection:
        store.finish(
            connection,
            lease.id,
            status=answer.status,
            headers=[list(pair) for pair in answer.headers],
            body=answer.body,
        )


def release(context: Context, lease: Lease) -> None:
    with context.database.write() as connection:
        store.release(connection, lease.id)
