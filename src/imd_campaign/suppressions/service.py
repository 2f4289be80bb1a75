"""The suppression list: addresses that get no e-mail for a time, because e-mail to them bounced.

It has exact addresses, not mailboxes. Otherwise a stranger could enter an address with an invented
tag that the mail server rejects, and thereby stop all e-mail to its owner.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.mailboxes import normalise
from imd_campaign.suppressions import store
from imd_campaign.suppressions.status_codes import is_hard, is_soft

COUNTED_INTERVAL = timedelta(days=1)
FIRST_HARD = timedelta(days=3)
REPEATED_HARD = timedelta(days=30)
MIN_SOFT = 3
SOFT = timedelta(days=7)
MEMORY = timedelta(days=60)
AUDIT_SUBJECT = "suppression-list"

Reason: TypeAlias = Literal["no_mailbox", "cannot_receive"]


def fingerprint_address(context: Context, email: str) -> bytes:
    return context.vault.fingerprint("address", normalise(email))


def record_bounce(connection: Connection, address: bytes, status: str, now: datetime) -> None:
    """Record a bounce; at most one a day counts, as several e-mails may bounce for one reason."""
    if not (is_hard(status) or is_soft(status)):
        return
    known = _forget_old(store.get(connection, address), now)
    is_counted = known is None or now - known["last_at"] >= COUNTED_INTERVAL
    bounces = (known["bounces"] if known else 0) + is_counted
    span = _choose_span(status, bounces)
    until = known["suppressed_until"] if known else None
    values = {
        "address": address,
        "status": status,
        "bounces": bounces,
        "first_at": known["first_at"] if known else now,
        "last_at": now if known is None or is_counted else known["last_at"],
        "suppressed_until": max(filter(None, (until, span and now + span)), default=None),
    }
    store.put(connection, values)


def find_suppressed(
    connection: Connection, addresses: Collection[bytes], now: datetime
) -> set[bytes]:
    return store.find_suppressed(connection, addresses, now)


def count_suppressed(connection: Connection, now: datetime) -> int:
    return store.count_suppressed(connection, now)


def count_reasons(connection: Connection, now: datetime) -> Mapping[Reason, int]:
    """Count suppressed addresses by why e-mail to them fails."""
    counted: Counter[Reason] = Counter()
    for status, number in store.count_statuses(connection, now).items():
        counted["no_mailbox" if is_hard(status) else "cannot_receive"] += number
    return counted


def erase(connection: Connection, addresses: Collection[bytes]) -> None:
    """Forget that these addresses bounced, as their owner asks for it."""
    for address in addresses:
        store.remove(connection, address)


def remove(context: Context, connection: Connection, email: str) -> bool:
    """Remove an address from the list; return False if it is not in it."""
    return store.remove(connection, fingerprint_address(context, email))


def lift(context: Context, email: str, *, actor: str, reason: str) -> None:
    """Allow e-mail to an address again; the audit trail does not say to which."""
    with context.database.write() as connection:
        if not remove(context, connection, email):
            raise NotFound
        _record_lift(context, connection, actor, reason, addresses=1)


def lift_since(context: Context, since: datetime, *, actor: str, reason: str) -> int:
    """Allow e-mail to all addresses that bounced since then, for instance by a broken server."""
    with context.database.write() as connection:
        addresses = store.remove_since(connection, since)
        _record_lift(context, connection, actor, reason, addresses=addresses)
    return addresses


def _record_lift(
    context: Context, connection: Connection, actor: str, reason: str, *, addresses: int
) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=actor,
        action="lift-suppression",
        subject=AUDIT_SUBJECT,
        reason=reason,
        addresses=addresses,
    )


def _forget_old(row: Row | None, now: datetime) -> Row | None:
    return row if row and row["last_at"] > now - MEMORY else None


def _choose_span(status: str, bounces: int) -> timedelta | None:
    """Choose how long an address is suppressed: first only briefly, as servers make mistakes."""
    if is_hard(status):
        return FIRST_HARD if bounces == 1 else REPEATED_HARD
    return SOFT if bounces >= MIN_SOFT else None
