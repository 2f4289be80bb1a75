"""Subscriptions to webhooks of all keys, for staff: where they lead, without the whole URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.webhooks import service, store
from imd_campaign.webhooks.schemas import DisabledReason, WebhookDelivery, WebhookState

MAX_DELIVERIES = 30


@dataclass(frozen=True, slots=True)
class OverseenWebhook:
    id: str
    key_id: str
    key_name: str
    is_key_revoked: bool
    host: str
    """Of its URL, whose path and query can contain a secret of the receiver."""

    types: Sequence[str]
    state: WebhookState
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    created_at: datetime


def list_webhooks(context: Context, page_request: PageRequest) -> Slice[OverseenWebhook]:
    with context.database.read() as connection:
        part = store.list_all(connection, page_request)
    return Slice([_make_overseen(context, row) for row in part.items], part.next)


def get(context: Context, webhook_id: str) -> OverseenWebhook:
    with context.database.read() as connection:
        return _make_overseen(context, _require(connection, webhook_id))


def list_deliveries(context: Context, webhook: OverseenWebhook) -> Sequence[WebhookDelivery]:
    """Return the newest deliveries."""
    owner = Caller(webhook.key_id, webhook.key_name, frozenset())
    page_request = PageRequest(MAX_DELIVERIES)
    return service.list_deliveries(context, owner, webhook.id, page_request).items


def remove(context: Context, webhook_id: str, author: Author) -> None:
    """Delete a subscription with its deliveries; its key can subscribe again."""
    with context.database.write() as connection:
        _require(connection, webhook_id)
        store.remove(connection, webhook_id)
        audit.record(
            connection,
            now=author.now,
            actor=author.actor,
            action="webhook.remove",
            subject=webhook_id,
            reason=author.reason,
        )


def _require(connection: Connection, webhook_id: str) -> Row:
    row = store.find_any(connection, webhook_id)
    if row is None:
        raise NotFound
    return row


def _make_overseen(context: Context, row: Row) -> OverseenWebhook:
    url = context.vault.decrypt(row["locked_url"])["url"]
    return OverseenWebhook(
        id=row["id"],
        key_id=row["api_key"],
        key_name=row["key_name"],
        is_key_revoked=row["revoked_at"] is not None,
        host=urlsplit(url).hostname or "",
        types=row["types"],
        state=row["state"],
        disabled_reason=row["disabled_reason"],
        failing_since=row["failing_since"],
        created_at=row["created_at"],
    )
