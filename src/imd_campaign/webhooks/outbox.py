"""The outbox: webhooks are queued in the transaction of what they report."""

import json
from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.webhooks import store
from imd_campaign.webhooks.event_types import ALL_TYPES, EVENT_TYPES, make_payload


def queue(context: Context, connection: Connection, event_type: str, **data: Any) -> None:
    """Queue a webhook for each subscription to its type; the data is nobody's personal data."""
    known = EVENT_TYPES[event_type]
    subscribers = [
        row["id"]
        for row in store.list_active(connection)
        if event_type in row["types"] and (known.scope is None or known.scope in row["scopes"])
    ]
    if not subscribers:
        return
    if known.replaces_earlier:
        now, subject = context.now(), str(data[known.subject])
        store.supersede(connection, subscribers, event_type, subject, done_at=now)
    rows = [make_row(context, webhook, event_type, data) for webhook in subscribers]
    store.add_deliveries(connection, rows)


def make_row(
    context: Context, webhook: str, event_type: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    now = context.now()
    return {
        "id": new_id("msg"),
        "webhook": webhook,
        "type": event_type,
        "subject": str(data[ALL_TYPES[event_type].subject]),
        "payload": json.dumps(make_payload(event_type, now.isoformat(), data)),
        "created_at": now,
        "due_at": now,
    }
