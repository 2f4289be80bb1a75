"""The organisation's own events: they have no host to e-mail, and nobody moderates them."""

from collections.abc import Iterator, Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, NotFound
from imd_campaign.events import guests, store
from imd_campaign.events.event_changes import must_tell_guests
from imd_campaign.events.schemas import EventForm
from imd_campaign.events.service import get_exact_place
from imd_campaign.events.submission import make_row
from imd_campaign.events.waiting_list import is_over, promote

Row = Mapping[Any, Any]
NO_HOST = {"locked_host": None, "host_token": None}
KEPT = {"state", "created_at"}


def list_own(context: Context, connection: Connection) -> Iterator[Row]:
    """Return own events with their exact place, and `state`: open, over or cancelled."""
    for row in store.list_own(connection):
        place = get_exact_place(context, row)
        yield {**row, "place": place, "state": _get_state(context, row)}


def _get_state(context: Context, event: Row) -> str:
    if is_over(event, context.now()):
        return "over"
    return "open" if event["state"] == "public" else "cancelled"


def add(context: Context, connection: Connection, forms: Mapping[str, EventForm]) -> None:
    rows = [_make_row(context, form) | {"id": event_id} for event_id, form in forms.items()]
    if rows:
        store.add_all(connection, rows)


def change(context: Context, connection: Connection, event_id: str, form: EventForm) -> None:
    """Change an event, tell its guests if time or place differ, and fill new places."""
    event, row = _lock(connection, event_id), _make_row(context, form)
    if event["private"] != row["private"]:  # a moderator has made it private since the plan
        raise AlreadyDecided
    values = {name: value for name, value in row.items() if name not in KEPT}
    store.change_published_event(connection, event_id, **values)
    changed = {**event, **values}
    if must_tell_guests(context, event, changed):
        guests.email_all(context, connection, "changed", changed)
    promote(context, connection, changed)


def _lock(connection: Connection, event_id: str) -> Row:
    event = store.lock(connection, event_id)
    if event is None:
        raise NotFound
    return event


def _make_row(context: Context, form: EventForm) -> dict[str, Any]:
    return make_row(context.vault, form, now=context.now(), state="public") | NO_HOST
