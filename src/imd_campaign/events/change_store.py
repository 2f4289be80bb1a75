"""Proposed changes of events: at most one for each event."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, delete, select

from imd_campaign.db import Connection, upsert
from imd_campaign.events.store import no_chord, taken
from imd_campaign.events.tables import event_changes, events
from imd_campaign.pagination import PageRequest, Slice, read_page


def replace(connection: Connection, values: Mapping[str, Any]) -> None:
    """Store a change in place of the earlier one, under a new id."""
    statement = upsert(connection, event_changes).values(**values)
    new = {name: values[name] for name in ("id", "locked", "created_at")}
    connection.execute(statement.on_conflict_do_update(index_elements=["event"], set_=new))


def find(connection: Connection, change: str) -> RowMapping | None:
    query = select(event_changes).where(event_changes.c.id == change)
    return connection.execute(query).mappings().one_or_none()


def find_for_event(connection: Connection, event: str) -> RowMapping | None:
    query = select(event_changes).where(event_changes.c.event == event)
    return connection.execute(query).mappings().one_or_none()


def delete_for_event(connection: Connection, event: str) -> None:
    connection.execute(delete(event_changes).where(event_changes.c.event == event))


def list_changes(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    """Return changes with the events that they change."""
    change = event_changes.c
    change_id, proposed_at = change.id.label("change"), change.created_at.label("proposed_at")
    own = (change_id, change.locked.label("locked_change"), proposed_at)
    query = select(events, taken, no_chord, *own).join(events, events.c.id == change.event)
    return read_page(connection, query, (proposed_at, change_id), page_request)
