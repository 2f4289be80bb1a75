"""Moderators make a place private that was submitted as public; nothing makes it public again."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidParameter, NotFound
from imd_campaign.events import emails, store
from imd_campaign.events.moderation import get_submitted_event
from imd_campaign.events.schemas import PrivatePlaceForm, SubmittedEvent, SubmittedPlace
from imd_campaign.events.submission import make_place_values
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]

# A cancelled event can still be read by those who know its ID; a rejected one cannot.
HIDEABLE_STATES = ("pending_review", "public", "cancelled")
NO_PLACE = "is an online event, which has no place."


def make_private(
    context: Context, caller: Caller, event_id: str, form: PrivatePlaceForm
) -> SubmittedEvent:
    with context.database.write() as connection:
        event = _lock(connection, event_id)
        _hide(context, connection, event)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action="event.make-private",
            subject=event_id,
            reason=form.reason,
        )
        hidden = get_submitted_event(context, connection, event_id)
    context.wake_worker()
    return hidden


def _lock(connection: Connection, event_id: str) -> Row:
    event = store.lock(connection, event_id)
    if event is None:
        raise NotFound
    if event["online"]:
        raise InvalidParameter(FieldError("path", "event_id", NO_PLACE))
    if event["private"] or event["state"] not in HIDEABLE_STATES:
        raise AlreadyDecided
    return event


def _hide(context: Context, connection: Connection, event: Row) -> None:
    now = context.now()
    values = {
        **make_place_values(context.vault, _read_place(event)),
        "made_private_at": now,
        "updated_at": now,
    }
    if event["state"] == "pending_review":
        store.change_event(connection, event["id"], **values)
        return
    store.change_published_event(connection, event["id"], **values)
    outbox.queue(context, connection, "event.changed", event=event["id"])
    if event["state"] == "public":
        emails.email_host(context, connection, "made_private", {**event, **values})


def _read_place(event: Row) -> SubmittedPlace:
    """Return a place that was validated when it was submitted."""
    same = ("address", "locality", "region", "country", "latitude", "longitude")
    values = {name: event[name] for name in same}
    return SubmittedPlace.model_construct(**values, name=event["place_name"], private=True)
