"""Accept a submission: one row is written, and no earlier row is read.

The response is the same for everybody; `confirmations` decides later what it leads to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import IdempotencyKeyReused
from imd_campaign.mailboxes import canonicalise
from imd_campaign.submissions import store


@dataclass(frozen=True, slots=True)
class Submission:
    kind: str
    target: str
    email: str
    lang: str | None
    details: Mapping[str, Any]
    """What takes effect once confirmed; encrypted until then."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    key: bytes
    request: bytes


async def accept(
    context: Context, submission: Submission, idempotent: IdempotentRequest | None
) -> bool:
    """Store a submission; return False if it was a repetition of one with the same key."""
    values = _make_row(context, submission, idempotent)
    return await context.database.write_grouped(partial(_add, values=values))


def fingerprint_mailbox(context: Context, email: str) -> bytes:
    return context.vault.fingerprint("mailbox", canonicalise(email))


def fingerprint_code(context: Context, mailbox: bytes, code: str) -> bytes:
    """Return the fingerprint of a code, which is valid for one mailbox only."""
    return context.vault.fingerprint("code", mailbox + code.encode())


def _make_row(
    context: Context, submission: Submission, idempotent: IdempotentRequest | None
) -> dict[str, Any]:
    now = context.now()
    return {
        "kind": submission.kind,
        "target": submission.target,
        "mailbox": fingerprint_mailbox(context, submission.email),
        "lang": submission.lang,
        "details": context.vault.encrypt({"email": submission.email, **submission.details}),
        "idempotency_key": idempotent and idempotent.key,
        "request": idempotent and idempotent.request,
        "created_at": now,
        "due_at": now,
    }


def _add(connection: Connection, values: Mapping[str, Any]) -> bool:
    if store.add(connection, values):
        return True
    if store.find_request(connection, values["idempotency_key"]) != values["request"]:
        raise IdempotencyKeyReused
    return False
