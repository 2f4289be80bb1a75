"""The SQL that closes a campaign: for every table, what stays and what goes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Column, ColumnElement, Table, func, or_, select, true, update

from imd_campaign.api_keys.tables import api_keys
from imd_campaign.audit.tables import audit
from imd_campaign.calendars.tables import calendar_entries, calendars
from imd_campaign.db import Connection, Engine, Row, delete_some
from imd_campaign.events import store as event_store
from imd_campaign.events.tables import attendances, event_changes, events
from imd_campaign.idempotency.tables import idempotent_requests
from imd_campaign.mail.tables import outbox
from imd_campaign.networks.tables import network_keys, network_uses
from imd_campaign.petitions.tables import (
    invalidations,
    ledger,
    petitions,
    signatures,
    source_tallies,
)
from imd_campaign.posters.tables import orders, prints
from imd_campaign.proofs.tables import spent_proofs
from imd_campaign.staff.tables import (
    staff_accounts,
    staff_invitations,
    staff_login_failures,
    staff_recovery_codes,
    staff_sessions,
)
from imd_campaign.submissions.tables import blocked_mailboxes, mailbox_uses, submissions
from imd_campaign.suppressions.tables import bounced_addresses

PUBLIC_STATES = ("public", "cancelled")
CLOSING_ACTIONS = ("close_campaign", "delete_personal_data")
LOCK_SECONDS = 10
NOBODY = "staff"
NO_NAME = "(deleted)"

# Tables without personal data. Each new table needs a decision: here, or below, what closing does.
KEPT = frozenset(
    (
        *("petitions", "petition_texts", "ledger", "tallies", "source_tallies", "public_counts"),
        *("campaigns", "campaign_texts", "share_kits", "share_kit_texts"),
        *("resources", "resource_texts", "posters", "poster_texts", "poster_files"),
        *("editions", "prints", "payments"),
        *("partners", "partner_links", "partner_tallies", "partner_counts", "partner_days"),
        *("event_index", "event_terms", "event_columns", "event_cells", "event_index_versions"),
        *("leases", "restores", "secret_checks", "switches"),
        *("webhooks", "webhook_deliveries", "petition_announcements"),
    )
)

# Deleted as a whole, in this order: others refer to the tables further down.
DELETED: Mapping[str, Table] = {
    "signatures, with their sealed names and addresses": signatures,
    "reasons for which signatures were declared invalid": invalidations,
    "guests of events": attendances,
    "changes that hosts proposed": event_changes,
    "submitted forms": submissions,
    "uses of mailboxes": mailbox_uses,
    "mailboxes that want no e-mail": blocked_mailboxes,
    "e-mails in the outbox, also sent ones": outbox,
    "addresses that bounced": bounced_addresses,
    "stored responses": idempotent_requests,
    "keys of networks": network_keys,
    "uses of networks": network_uses,
    "used proofs of work": spent_proofs,
    "entries of calendars that are followed": calendar_entries,
    "calendars that are followed": calendars,
    "recovery codes of staff": staff_recovery_codes,
    "sessions of staff": staff_sessions,
    "invitations of staff": staff_invitations,
    "failed logins of staff": staff_login_failures,
    "accounts of staff": staff_accounts,
}

is_unpublished = events.c.state.not_in(PUBLIC_STATES)
has_personal_details = events.c.state.in_(PUBLIC_STATES) & or_(
    events.c.host != "",
    events.c.description != "",
    *(
        events.c[name].is_not(None)
        for name in ("url", "place_name", "address", "locked_place", "locked_host", "host_token")
    ),
    *(
        events.c[name].is_not(None)
        for name in ("host_mailbox", "requests_emailed_at", "requests_due_at")
    ),
)
has_buyer = or_(
    *(orders.c[name].is_not(None) for name in ("mailbox", "sealed", "locked_buyer", "lang"))
)
is_unpaid = orders.c.state == "placed"
has_words = audit.c.action.not_in(CLOSING_ACTIONS) & or_(
    audit.c.reason != "", audit.c.actor.like("shell:%")
)
has_owner = api_keys.c.name != NO_NAME

CHANGED: Mapping[str, tuple[Table, ColumnElement[bool]]] = {
    "events that were never published": (events, is_unpublished),
    "hosts, descriptions and exact places of published events": (events, has_personal_details),
    "buyers of orders": (orders, has_buyer),
    "orders that are not paid, which are cancelled": (orders, is_unpaid),
    "reasons and names in the audit trail": (audit, has_words),
    "owners of API keys": (api_keys, has_owner),
}


def count_personal_data(connection: Connection) -> Mapping[str, int]:
    """Return how many rows of each sort closing deletes or changes."""
    conditions = {name: (table, true()) for name, table in DELETED.items()} | dict(CHANGED)
    return {
        name: connection.execute(
            select(func.count()).select_from(table).where(condition)
        ).scalar_one()
        for name, (table, condition) in conditions.items()
    }


Run: TypeAlias = Callable[[Connection, int], int]
"""Deletes or changes at most so many rows of one sort; returns how many."""


class Step(NamedTuple):
    name: str
    run: Run


Clear: TypeAlias = Callable[[Row], Mapping[str, Any]]
"""Returns the values of an event without anything personal."""


def list_steps(clear: Clear) -> Sequence[Step]:
    deletions = [Step(name, _make_deletion(table)) for name, table in DELETED.items()]
    changes: Sequence[Run] = (
        _delete_unpublished_events,
        partial(_clear_events, clear),
        _clear_orders,
        _cancel_orders,
        _clear_audit,
        _clear_api_keys,
    )
    return [*deletions, *map(Step, CHANGED, changes)]


def _make_deletion(table: Table) -> Run:
    [key] = table.primary_key
    return lambda connection, limit: delete_some(connection, key, true(), limit)


def _delete_unpublished_events(connection: Connection, limit: int) -> int:
    ids = _choose(connection, events.c.id, is_unpublished, limit)
    for event_id in ids:
        event_store.delete(connection, event_id)
    return len(ids)


def _clear_events(clear: Clear, connection: Connection, limit: int) -> int:
    ids = _choose(connection, events.c.id, has_personal_details, limit)
    for event in event_store.lock_all(connection, ids).values():
        no_requests = {"requests_emailed_at": None, "requests_due_at": None}
        values = {**clear(event), **no_requests}
        event_store.change_published_event(connection, event["id"], **values)
    return len(ids)


def _clear_orders(connection: Connection, limit: int) -> int:
    ids = _choose(connection, orders.c.id, has_buyer, limit)
    cleared = {"mailbox": None, "sealed": None, "locked_buyer": None, "lang": None}
    connection.execute(update(orders).where(orders.c.id.in_(ids)).values(cleared))
    return len(ids)


def _cancel_orders(connection: Connection, limit: int) -> int:
    """Leave out orders whose payment is reported at the same time."""
    chosen = orders.c.id.in_(_choose(connection, orders.c.id, is_unpaid, limit)) & is_unpaid
    cancelled = update(orders).where(chosen).values(state="cancelled").returning(orders.c.id)
    ids = connection.execute(cancelled).scalars().all()
    connection.execute(update(prints).where(prints.c.sold_to.in_(ids)).values(sold_to=None))
    return len(ids)


def _clear_audit(connection: Connection, limit: int) -> int:
    ids = _choose(connection, audit.c.id, has_words, limit)
    chosen = update(audit).where(audit.c.id.in_(ids))
    connection.execute(chosen.values(reason=""))
    connection.execute(chosen.where(audit.c.actor.like("shell:%")).values(actor=NOBODY))
    return len(ids)


def _clear_api_keys(connection: Connection, limit: int) -> int:
    ids = _choose(connection, api_keys.c.id, has_owner, limit)
    connection.execute(update(api_keys).where(api_keys.c.id.in_(ids)).values(name=NO_NAME))
    return len(ids)


def _choose(
    connection: Connection, key: Column[Any], condition: ColumnElement[bool], limit: int
) -> Sequence[Any]:
    return connection.execute(select(key).where(condition).limit(limit)).scalars().all()


# --- what is not finished ------------------------------------------------------------------------


def list_open_petitions(connection: Connection, now: datetime) -> Sequence[str]:
    is_open = or_(petitions.c.closes_at.is_(None), petitions.c.closes_at > now)
    return connection.execute(select(petitions.c.slug).where(is_open)).scalars().all()


def end_petitions(connection: Connection, now: datetime) -> None:
    is_open = or_(petitions.c.closes_at.is_(None), petitions.c.closes_at > now)
    connection.execute(update(petitions).where(is_open).values(closes_at=now))


def count_coming_events(connection: Connection, now: datetime) -> int:
    is_coming = (events.c.state == "public") & (events.c.starts_at > now)
    return connection.execute(select(func.count()).where(is_coming)).scalar_one()


def count_rows_in_state(connection: Connection, name: str, states: Sequence[str]) -> int:
    table = {"submissions": submissions, "outbox": outbox, "orders": orders, "events": events}[name]
    query = select(func.count()).select_from(table).where(table.c.state.in_(states))
    return connection.execute(query).scalar_one()


# --- totals --------------------------------------------------------------------------------------


def sum_by_source(connection: Connection, petition_id: int) -> Mapping[str, int]:
    query = select(source_tallies.c.source, source_tallies.c.total)
    found = connection.execute(query.where(source_tallies.c.petition_id == petition_id))
    return {row.source: row.total for row in found}


def sum_by_line(connection: Connection, petition_id: int) -> Mapping[str, int]:
    total = func.sum(ledger.c.change)
    query = select(ledger.c.line, total).where(ledger.c.petition_id == petition_id)
    return {line: int(sum_) for line, sum_ in connection.execute(query.group_by(ledger.c.line))}


def read_ledger(connection: Connection, petition_id: int) -> Any:
    """Return the numbered rows of a petition in their order, a few at a time."""
    query = select(ledger).where(ledger.c.petition_id == petition_id, ledger.c.number.is_not(None))
    ordered = query.order_by(ledger.c.number).execution_options(yield_per=2000)
    return connection.execute(ordered).mappings()


# --- what deleted rows leave in files ------------------------------------------------------------


def overwrite_deleted(connection: Connection) -> None:
    """Let SQLite overwrite what is deleted: https://www.sqlite.org/pragma.html#pragma_secure_delete."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def compact(engine: Engine) -> bool:
    """Rewrite the tables without what was deleted; return False if others use them."""
    connection = engine.raw_connection()
    try:
        _compact(connection, engine.dialect.name)
    except engine.dialect.loaded_dbapi.Error:
        return False
    finally:
        connection.close()
    return True


def _compact(connection: Any, dialect: str) -> None:
    """Run outside of a transaction, in which neither database can do it."""
    cursor = connection.cursor()
    if dialect == "sqlite":
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if cursor.fetchone()[0]:
            raise connection.dbapi_connection.OperationalError("the log is in use")
    else:
        tables = {*DELETED.values(), *(table for table, _ in CHANGED.values())}
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        for name in sorted(table.name for table in tables):
            cursor.execute(f"VACUUM FULL {name}")
        cursor.execute("RESET lock_timeout")
    cursor.close()


def find_name(texts: Mapping[str, Row]) -> str | None:
    """Return the campaign's name in its first language."""
    return next((text["name"] for text in texts.values()), None)
