"""Subscriptions to webhooks: each belongs to the key that made it."""

from datetime import datetime, timedelta
from math import ceil

from imd_campaign.api_keys import store as api_keys
from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection, Row
from imd_campaign.errors import (
    FieldError,
    Forbidden,
    InvalidBody,
    NotFound,
    RateLimited,
    WebhookLimitReached,
)
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.rate_limiter import Rate
from imd_campaign.webhooks import store
from imd_campaign.webhooks.event_types import ALL_TYPES, EVENT_TYPES, SAMPLE_TIME, TEST
from imd_campaign.webhooks.outbox import make_row
from imd_campaign.webhooks.schemas import (
    NewSecret,
    NewWebhook,
    Webhook,
    WebhookDelivery,
    WebhookForm,
    WebhookPayload,
)
from imd_campaign.webhooks.signing import new_secret
from imd_campaign.webhooks.target import InvalidTarget, parse_target

SCOPE = "webhooks:manage"
MAX_PER_KEY = 20
MAX_TESTS = 10
TEST_WINDOW = timedelta(hours=1)
OVERLAP = timedelta(days=1)
NEW_WEBHOOKS = Rate(3600, 60)
TOO_MANY_NEW = (
    "A key may subscribe 60 times within an hour. Try again after the time in Retry-After."
)
TOO_MANY_TESTS = f"A webhook may be tested {MAX_TESTS} times within an hour. Try again later."
# Callers of the API give no reasons: what they do is the reason.
BY_API = "Requested through the API."


def subscribe(context: Context, caller: Caller, form: WebhookForm) -> NewWebhook:
    _check_url(context, form.url)
    _check_scopes(caller, form.types)
    secret, webhook_id, now = new_secret(), new_id("whk"), context.now()
    with context.database.write() as connection:
        # Of several requests with one key, each counts after the others.
        if api_keys.get_active(connection, caller.id) is None:
            raise Forbidden(SCOPE)
        if store.count_of_key(connection, caller.id) >= MAX_PER_KEY:
            raise WebhookLimitReached
        _limit_new(context, caller)
        store.add(
            connection,
            id=webhook_id,
            api_key=caller.id,
            locked_url=context.vault.encrypt({"url": form.url}),
            locked_secret=_lock(context, secret),
            types=form.types,
            created_at=now,
        )
        _record(context, connection, caller, "subscribe", webhook_id)
        webhook = _make_webhook(context, _require(connection, caller, webhook_id))
    return NewWebhook(**dict(webhook), secret=secret)


def _limit_new(context: Context, caller: Caller) -> None:
    """Nobody gets more tests by subscribing again and again."""
    wait = context.rate_limiter.count(("webhooks", caller.id), [NEW_WEBHOOKS])
    if wait > 0:
        raise RateLimited(ceil(wait), TOO_MANY_NEW)


def list_webhooks(context: Context, caller: Caller, page_request: PageRequest) -> Slice[Webhook]:
    with context.database.read() as connection:
        part = store.list_of_key(connection, caller.id, page_request)
    return Slice([_make_webhook(context, row) for row in part.items], part.next)


def get(context: Context, caller: Caller, webhook_id: str) -> Webhook:
    with context.database.read() as connection:
        return _make_webhook(context, _require(connection, caller, webhook_id))


def unsubscribe(context: Context, caller: Caller, webhook_id: str) -> None:
    with context.database.write() as connection:
        _require(connection, caller, webhook_id, is_for_update=True)
        store.remove(connection, webhook_id)
        _record(context, connection, caller, "unsubscribe", webhook_id)


def rotate_secret(context: Context, caller: Caller, webhook_id: str) -> NewSecret:
    """Make a new secret; for a day, webhooks are signed with the previous one too."""
    secret, until = new_secret(), context.now() + OVERLAP
    with context.database.write() as connection:
        row = _require(connection, caller, webhook_id, is_for_update=True)
        store.change(
            connection,
            webhook_id,
            locked_secret=_lock(context, secret),
            locked_previous=row["locked_secret"],
            previous_until=until,
        )
        _record(context, connection, caller, "rotate-secret", webhook_id)
    return NewSecret(secret=secret, previous_valid_until=until)


def send_test(context: Context, caller: Caller, webhook_id: str) -> WebhookDelivery:
    """Queue a webhook that reports nothing, also for a subscription that is disabled."""
    with context.database.write() as connection:
        _require(connection, caller, webhook_id, is_for_update=True)
        since = context.now() - TEST_WINDOW
        if store.count_since(connection, webhook_id, TEST, since) >= MAX_TESTS:
            raise RateLimited(int(TEST_WINDOW.total_seconds()), TOO_MANY_TESTS)
        row = make_row(context, webhook_id, TEST, {"webhook": webhook_id})
        store.add_deliveries(connection, [row])
        queued = store.find_delivery(connection, row["id"])
    if queued is None:
        raise NotFound
    return _make_delivery(queued)


def list_deliveries(
    context: Context, caller: Caller, webhook_id: str, page_request: PageRequest
) -> Slice[WebhookDelivery]:
    with context.database.read() as connection:
        _require(connection, caller, webhook_id)
        part = store.list_deliveries(connection, webhook_id, page_request)
    return Slice([_make_delivery(row) for row in part.items], part.next)


def make_sample(event_type: str) -> WebhookPayload:
    if event_type not in ALL_TYPES:
        raise NotFound
    sample = ALL_TYPES[event_type].sample
    timestamp = datetime.fromisoformat(SAMPLE_TIME)
    return WebhookPayload(type=event_type, timestamp=timestamp, data=sample)


def _check_url(context: Context, url: str) -> None:
    try:
        parse_target(url, allows_loopback=context.settings.webhook_loopback)
    except InvalidTarget as error:
        raise InvalidBody(FieldError("body", "url", str(error))) from None


def _check_scopes(caller: Caller, types: list[str]) -> None:
    needed = {EVENT_TYPES[name].scope for name in types} - {None}
    for scope in sorted(filter(None, needed)):
        if scope not in caller.scopes:
            raise Forbidden(scope)


def _lock(context: Context, secret: str) -> bytes:
    return context.vault.encrypt({"secret": secret})


def _require(
    connection: Connection, caller: Caller, webhook_id: str, *, is_for_update: bool = False
) -> Row:
    row = store.find(connection, caller.id, webhook_id, is_for_update=is_for_update)
    if row is None:
        raise NotFound
    return row


def _record(
    context: Context, connection: Connection, caller: Caller, action: str, webhook_id: str
) -> None:
    audit.record(
        connection,
        now=context.now(),
        actor=caller.id,
        action=f"webhook.{action}",
        subject=webhook_id,
        reason=BY_API,
    )


def _make_webhook(context: Context, row: Row) -> Webhook:
    names = Webhook.model_fields.keys() - {"url"}
    url = context.vault.decrypt(row["locked_url"])["url"]
    return Webhook(url=url, **{name: row[name] for name in names})


def _make_delivery(row: Row) -> WebhookDelivery:
    names = WebhookDelivery.model_fields.keys() - {"next_attempt_at"}
    due_at = row["due_at"] if row["state"] == "queued" else None
    return WebhookDelivery(next_attempt_at=due_at, **{name: row[name] for name in names})
