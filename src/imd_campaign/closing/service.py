"""Closes a campaign: it becomes read-only for good, and everything personal is deleted.

Each step is a short transaction, and everything can be run again: after it was killed, closing
continues where it stopped.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from imd_campaign.audit import service as audit
from imd_campaign.campaign import store as campaigns
from imd_campaign.closing import store
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events.personal_data import make_anonymous
from imd_campaign.petitions import counting
from imd_campaign.switches import service as switches
from imd_campaign.switches.service import Change

LOG = logging.getLogger("imd_campaign.closing")
BATCH_SIZE = 500
NOTICE_SECONDS = 3.0
"""After this time, every server has noticed that the campaign is closed."""

Report: TypeAlias = Callable[[str, int], None]


def is_closed(context: Context) -> bool:
    with context.database.read() as connection:
        return switches.is_closed(connection)


def get_name(context: Context) -> str:
    """Return the campaign's name, which the person who closes it types."""
    with context.database.read() as connection:
        return store.find_name(campaigns.list_texts(connection)) or "campaign"


def count_personal_data(context: Context) -> Mapping[str, int]:
    with context.database.read() as connection:
        return store.count_personal_data(connection)


def list_unfinished(context: Context) -> Sequence[str]:
    """Return what would be cut off if the campaign were closed now."""
    with context.database.read() as connection:
        petitions = store.list_open_petitions(connection, context.now())
        counts = {
            "events that are still to come": store.count_coming_events(connection, context.now()),
            "events that wait for a moderator": _count(connection, "events", "pending_review"),
            "forms that wait for their e-mail": _count(connection, "submissions", "accepted"),
            "forms that wait to be confirmed": _count(connection, "submissions", "asked"),
            "e-mails that wait to be sent": _count(connection, "outbox", "queued"),
            "orders that are not paid": _count(connection, "orders", "placed"),
            "orders that are paid and not sent": _count(connection, "orders", "paid"),
        }
    opened = [f"petition {slug}: it has not ended" for slug in petitions]
    return [*opened, *(f"{what}: {number:,}" for what, number in counts.items() if number)]


def _count(connection: Connection, table: str, *states: str) -> int:
    return store.count_rows_in_state(connection, table, states)


def begin(context: Context, change: Change) -> None:
    """Make the campaign read-only and end its petitions; record what is going to be deleted."""
    with context.database.write() as connection:
        if switches.is_closed(connection):
            return
        store.end_petitions(connection, change.now)
        counts = {name: n for name, n in store.count_personal_data(connection).items() if n}
        switches.close_campaign(connection, change, rows=counts)
        counting.fold_all(connection, change.now)


def delete_personal_data(context: Context, report: Report) -> Mapping[str, int]:
    """Delete or change everything personal; return how many rows of each sort."""
    deleted: Counter[str] = Counter()
    while _run_all(context, deleted, report):
        pass
    return deleted


def _run_all(context: Context, deleted: Counter[str], report: Report) -> bool:
    """Run each step to its end; return whether there was anything, as servers may add more."""
    before = deleted.total()
    for step in store.list_steps(make_anonymous):
        while number := _run(context, step):
            deleted[step.name] += number
            report(step.name, deleted[step.name])
    return deleted.total() > before


def _run(context: Context, step: store.Step) -> int:
    with context.database.write() as connection:
        store.overwrite_deleted(connection)
        return step.run(connection, BATCH_SIZE)


def record_deletion(context: Context, change: Change, deleted: Mapping[str, int]) -> None:
    with context.database.write() as connection:
        audit.record(
            connection,
            now=change.now,
            actor=change.actor,
            action="delete_personal_data",
            subject=switches.SUBJECT,
            reason=change.reason,
            rows=dict(deleted),
        )


def compact(context: Context) -> bool:
    """Remove what deleted rows leave in the database's files; return False if it is in use."""
    return store.compact(context.database.engine)


def delete_stragglers(context: Context) -> None:
    """Delete what a request that was under way has stored after the campaign was closed."""
    if is_closed(context):
        deleted = delete_personal_data(context, lambda *_: None)
        if deleted:
            LOG.warning("deleted after closing: %d rows", sum(deleted.values()))
