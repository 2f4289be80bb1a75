"""Accept a submission: one row is written, and no earlier row is read.

The response is the same for everybody; `confirmations` decides later what it leads to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import IdempotencyKeyReused, QueueFull
from imd_campaign.mailboxes import canonicalise, has_tag, normalise
from imd_campaign.proofs import store as proofs
from imd_campaign.proofs.service import SolvedChallenge, read_proof
from imd_campaign.submissions import store
from imd_campaign.submissions.lanes import Lane
from imd_campaign.switches import service as switches


@dataclass(frozen=True, slots=True)
class Submission:
    kind: str
    target: str
    email: str
    lang: str | None
    details: Mapping[str, Any]
    """What takes effect once confirmed; encrypted until then."""

    proof: str | None = field(default=None, repr=False)
    """A proof of work, not yet checked."""


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """Where a submission comes from."""

    idempotency_key: bytes | None = None
    request: bytes | None = None
    network: bytes | None = None


UNKNOWN_ORIGIN = Origin()


async def accept(context: Context, submission: Submission, origin: Origin | None) -> bool:
    """Store a submission; return False if it was a repetition of one with the same key."""
    await switches.reject_forms(context)
    await _require_room(context)
    values = _make_row(context, submission, origin or UNKNOWN_ORIGIN)
    proof = read_proof(context, submission.proof)
    return await context.database.write_grouped(partial(_add, values=values, proof=proof))


async def _require_room(context: Context) -> None:
    """Reject what could not be handled in time; the queue is counted once a second."""
    limit = context.settings.submission_limit

    def count_waiting() -> int:
        with context.database.read() as connection:
            return store.count_waiting(connection, limit)

    if await context.recent_reads.get("waiting submissions", count_waiting) >= limit:
        raise QueueFull


def fingerprint_mailbox(context: Context, email: str) -> bytes:
    return context.vault.fingerprint("mailbox", canonicalise(email))


def _fingerprint_tagged(context: Context, email: str) -> bytes | None:
    if not has_tag(email):
        return None
    return context.vault.fingerprint("tagged address", normalise(email))


def fingerprint_code(context: Context, mailbox: bytes, code: str) -> bytes:
    """Return the fingerprint of a code, which is valid for one mailbox only."""
    return context.vault.fingerprint("code", mailbox + code.encode())


def _make_row(context: Context, submission: Submission, origin: Origin) -> dict[str, Any]:
    now = context.now()
    return {
        "kind": submission.kind,
        "target": submission.target,
        "mailbox": fingerprint_mailbox(context, submission.email),
        "tagged": _fingerprint_tagged(context, submission.email),
        "network": origin.network,
        "lang": submission.lang,
        "details": context.vault.encrypt({"email": submission.email, **submission.details}),
        "idempotency_key": origin.idempotency_key,
        "request": origin.request,
        "created_at": now,
        "due_at": now,
    }


def _add(connection: Connection, values: Mapping[str, Any], proof: SolvedChallenge | None) -> bool:
    """Store a submission, ahead of others if its proof is used for the first time."""
    is_proven = proof is not None and proofs.spend(connection, proof.digest, proof.expires_at)
    if store.add(connection, {**values, "lane": Lane.PROVEN if is_proven else Lane.NEW}):
        return True
    if store.find_request(connection, values["idempotency_key"]) != values["request"]:
        raise IdempotencyKeyReused
    return False
