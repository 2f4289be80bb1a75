"""Cancel an event: its host and its guests are told."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events import change_store, emails, guests, store
from imd_campaign.events.emails import Reason
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]


def cancel_event(context: Context, connection: Connection, event: Row, reason: Reason) -> None:
    """Cancel a locked published event."""
    values = {"state": "cancelled", "updated_at": context.now()}
    store.change_published_event(connection, event["id"], **values)
    change_store.delete_for_event(connection, event["id"])
    outbox.queue(context, connection, "event.cancelled", event=event["id"])
    emails.email_host(context, connection, "withdrawn", event, reason)
    guests.email_all(context, connection, "cancelled", event, reason=reason)
