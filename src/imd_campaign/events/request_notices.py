"""E-mails to hosts of private homes about new requests: one a day for each event at most."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import CampaignError
from imd_campaign.events import emails, store
from imd_campaign.events.waiting_list import is_open
from imd_campaign.failures import log_failure

Row = Mapping[Any, Any]

INTERVAL = timedelta(days=1)
BATCH_SIZE = 100


def note_request(context: Context, connection: Connection, event: Row) -> None:
    """E-mail the host of a locked event now or, if one was sent within a day, after that."""
    last = event["requests_emailed_at"]
    if last is None or context.now() - last >= INTERVAL:
        _email(context, connection, event)
    elif event["requests_due_at"] is None:
        store.change_event(connection, event["id"], requests_due_at=last + INTERVAL)


def email_due(context: Context) -> None:
    with context.database.read() as connection:
        due = store.list_due_requests(connection, context.now(), BATCH_SIZE)
    for event_id in due:
        try:
            with context.database.write() as connection:
                _email_if_due(context, connection, event_id)
        except CampaignError:
            raise
        except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
            log_failure("a notice to a host waits:", error)


def _email_if_due(context: Context, connection: Connection, event_id: str) -> None:
    event = store.lock(connection, event_id)
    if event is None or event["requests_due_at"] is None:
        return
    if event["requests_due_at"] > context.now():
        return  # another server was faster, and a newer request has come
    has_requests = "requested" in store.count_people(connection, event_id)
    if has_requests and is_open(event, context.now()):
        _email(context, connection, event)
    else:
        store.change_event(connection, event_id, requests_due_at=None)


def _email(context: Context, connection: Connection, event: Row) -> None:
    emails.email_host(context, connection, "requests", event)
    store.change_event(
        connection, event["id"], requests_emailed_at=context.now(), requests_due_at=None
    )
