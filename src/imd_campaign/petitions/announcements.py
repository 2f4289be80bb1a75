"""Webhooks about petitions: the number has changed, a milestone is reached, signing has ended.

What was announced last is stored, so that nothing is announced twice. The first look at a petition
announces nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.petitions import announcement_store as store
from imd_campaign.petitions.service import get_state
from imd_campaign.webhooks import outbox

INTERVAL = timedelta(minutes=1)


def announce_due(context: Context) -> None:
    now = context.now()
    with context.database.read() as connection:
        due = [row for row in store.list_petitions(connection) if _is_due(row, now)]
    for row in due:
        with context.database.write() as connection:
            current = store.lock_petition(connection, row["id"])
            if current is not None and _is_due(current, now):
                _announce(context, connection, current, now)


def _is_due(row: Row, now: datetime) -> bool:
    if row["announced_at"] is None:
        return True
    return (
        _has_new_total(row, now)
        or bool(_list_new_milestones(row))
        or row["announced_closed"] != _is_closed(row, now)
    )


def _has_new_total(row: Row, now: datetime) -> bool:
    is_time = bool(row["announced_at"] + INTERVAL <= now)
    return is_time and row["announced_total"] != row["total"]


def _list_new_milestones(row: Row) -> Sequence[int]:
    reached = [number for number in row["milestones"] if number <= row["total"]]
    return sorted(number for number in reached if number > row["announced_milestone"])


def _is_closed(row: Row, now: datetime) -> bool:
    return get_state(row, now) == "closed"


def _announce(context: Context, connection: Connection, row: Row, now: datetime) -> None:
    has_new_total = _has_new_total(row, now) if row["announced_at"] else True
    if row["announced_at"] is not None:
        _queue(context, connection, row, now)
    reached = [number for number in row["milestones"] if number <= row["total"]]
    values = {
        "milestone": max([row["announced_milestone"] or 0, *reached]),
        "is_closed": _is_closed(row, now),
    }
    if has_new_total:
        values |= {"total": row["total"], "announced_at": now}
    store.put(connection, row["id"], values)


def _queue(context: Context, connection: Connection, row: Row, now: datetime) -> None:
    petition = {"petition": row["slug"], "total": row["total"]}
    if _has_new_total(row, now):
        outbox.queue(context, connection, "petition.count_changed", **petition, goal=row["goal"])
    for milestone in _list_new_milestones(row):
        outbox.queue(
            context, connection, "petition.milestone_reached", **petition, milestone=milestone
        )
    if _is_closed(row, now) and not row["announced_closed"]:
        outbox.queue(context, connection, "petition.closed", **petition)
