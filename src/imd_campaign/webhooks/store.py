from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from imd_campaign.api_keys.tables import api_keys
from imd_campaign.db import Connection, Row, delete_some
from imd_campaign.pagination import PageRequest, Slice, read_page
from imd_campaign.webhooks.tables import webhook_deliveries as deliveries
from imd_campaign.webhooks.tables import webhooks

# --- subscriptions -----------------------------------------------------------------------------


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(webhooks).values(state="active", failures=0, **values))


def count_of_key(connection: Connection, api_key: str) -> int:
    query = select(func.count()).where(webhooks.c.api_key == api_key)
    return connection.execute(query).scalar_one()


def list_of_key(connection: Connection, api_key: str, page_request: PageRequest) -> Slice[Row]:
    query = select(webhooks).where(webhooks.c.api_key == api_key)
    return read_page(connection, query, (webhooks.c.created_at, webhooks.c.id), page_request)


def list_all(connection: Connection, page_request: PageRequest) -> Slice[Row]:
    """Return the subscriptions of all keys, with the names of the keys, the newest first."""
    columns = (api_keys.c.name.label("key_name"), api_keys.c.revoked_at)
    query = select(webhooks, *columns).join(api_keys, api_keys.c.id == webhooks.c.api_key)
    key = (webhooks.c.created_at, webhooks.c.id)
    return read_page(connection, query, key, page_request, descending=True)


def find_any(connection: Connection, webhook_id: str) -> Row | None:
    """Return the subscription of any key, with the name of the key."""
    columns = (api_keys.c.name.label("key_name"), api_keys.c.revoked_at)
    query = select(webhooks, *columns).join(api_keys, api_keys.c.id == webhooks.c.api_key)
    return connection.execute(query.where(webhooks.c.id == webhook_id)).mappings().first()


def find(
    connection: Connection, api_key: str, webhook_id: str, *, is_for_update: bool = False
) -> Row | None:
    is_own = (webhooks.c.id == webhook_id) & (webhooks.c.api_key == api_key)
    query = select(webhooks).where(is_own)
    query = query.with_for_update() if is_for_update else query
    return connection.execute(query).mappings().first()


def change(connection: Connection, webhook_id: str, **values: Any) -> None:
    connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(values))


def remove(connection: Connection, webhook_id: str) -> None:
    """Delete a subscription with its deliveries."""
    connection.execute(delete(deliveries).where(deliveries.c.webhook == webhook_id))
    connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


def list_active(connection: Connection) -> Sequence[Row]:
    """Return the subscriptions of keys that are not revoked, with their scopes."""
    columns = (webhooks.c.id, webhooks.c.types, api_keys.c.scopes)
    query = (
        select(*columns)
        .join(api_keys, api_keys.c.id == webhooks.c.api_key)
        .where(webhooks.c.state == "active", api_keys.c.revoked_at.is_(None))
    )
    # Nobody may delete them before their deliveries are added.
    locked = query.with_for_update(of=webhooks, read=True, key_share=True)
    return connection.execute(locked).mappings().all()


# --- deliveries --------------------------------------------------------------------------------


def add_deliveries(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(deliveries).values(state="queued", attempts=0), rows)


def summarise_queued(connection: Connection, until: datetime) -> Sequence[Any]:
    """Return the types of webhooks that were queued until then, with their number and times."""
    created_at = deliveries.c.created_at
    query = select(deliveries.c.type, func.count(), func.min(created_at), func.max(created_at))
    queued = query.where(deliveries.c.state == "queued", created_at <= until)
    return connection.execute(queued.group_by(deliveries.c.type).order_by(deliveries.c.type)).all()


def drop_queued(connection: Connection, until: datetime, now: datetime) -> None:
    """End the webhooks that were queued until then; receivers may have got some of them."""
    is_old = (deliveries.c.state == "queued") & (deliveries.c.created_at <= until)
    ended = {"state": "failed", "payload": None, "done_at": now}
    dropped = update(deliveries).where(is_old)
    connection.execute(dropped.values(**ended, lease=None, leased_until=None))


def find_delivery(connection: Connection, delivery_id: str) -> Row | None:
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    return connection.execute(query).mappings().first()


def supersede(
    connection: Connection, webhook_ids: Collection[str], event_type: str, subject: str, **done: Any
) -> None:
    """End what waits about the same subject, unless it is just being sent."""
    waiting = update(deliveries).where(
        deliveries.c.webhook.in_(webhook_ids),
        deliveries.c.type == event_type,
        deliveries.c.subject == subject,
        deliveries.c.state == "queued",
        deliveries.c.lease.is_(None),
    )
    connection.execute(waiting.values(state="superseded", payload=None, **done))


def list_deliveries(
    connection: Connection, webhook_id: str, page_request: PageRequest
) -> Slice[Row]:
    query = select(deliveries).where(deliveries.c.webhook == webhook_id)
    key = (deliveries.c.created_at, deliveries.c.id)
    return read_page(connection, query, key, page_request, descending=True)


def count_since(connection: Connection, webhook_id: str, event_type: str, since: datetime) -> int:
    query = select(func.count()).where(
        deliveries.c.webhook == webhook_id,
        deliveries.c.type == event_type,
        deliveries.c.created_at > since,
    )
    return connection.execute(query).scalar_one()


def list_due(connection: Connection, now: datetime, test_type: str, limit: int) -> Sequence[Row]:
    """Return the delivery that is due first of each subscription to which none is being sent.

    One that rests or is disabled gets tests only, and one whose key is revoked gets nothing.
    """
    is_due = and_(deliveries.c.state == "queued", deliveries.c.due_at <= now, _is_free(now))
    place = func.row_number().over(
        partition_by=deliveries.c.webhook, order_by=(deliveries.c.due_at, deliveries.c.id)
    )
    is_rested = or_(webhooks.c.rest_until.is_(None), webhooks.c.rest_until <= now)
    may_get = or_(and_(webhooks.c.state == "active", is_rested), deliveries.c.type == test_type)
    busy = select(deliveries.c.webhook).where(
        deliveries.c.state == "queued", deliveries.c.leased_until > now
    )
    due = (
        select(deliveries.c.id, place.label("place"))
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .join(api_keys, api_keys.c.id == webhooks.c.api_key)
        .where(
            is_due,
            may_get,
            api_keys.c.revoked_at.is_(None),
            webhooks.c.id.not_in(busy),
        )
        .subquery()
    )
    columns = (
        deliveries.c.id,
        deliveries.c.webhook,
        deliveries.c.type,
        deliveries.c.attempts,
        deliveries.c.payload,
        webhooks.c.api_key,
        webhooks.c.locked_url,
        webhooks.c.locked_secret,
        webhooks.c.locked_previous,
        webhooks.c.previous_until,
    )
    query = (
        select(*columns)
        .join(due, due.c.id == deliveries.c.id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .where(due.c.place == 1)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def claim(
    connection: Connection, ids: Collection[str], lease: str, now: datetime, until: datetime
) -> set[str]:
    """Lease deliveries; return those that no other sender has taken meanwhile."""
    free = update(deliveries).where(
        deliveries.c.id.in_(ids), deliveries.c.state == "queued", _is_free(now)
    )
    claimed = free.values(lease=lease, leased_until=until).returning(deliveries.c.id)
    return set(connection.execute(claimed).scalars())


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now)


def finish(connection: Connection, delivery_id: str, lease: str, **values: Any) -> bool:
    """Record an attempt; False if the lease was lost or the subscription is deleted."""
    held = update(deliveries).where(
        deliveries.c.id == delivery_id, deliveries.c.lease == lease, deliveries.c.state == "queued"
    )
    changed = held.values(
        attempts=deliveries.c.attempts + 1, lease=None, leased_until=None, **values
    )
    return connection.execute(changed).rowcount == 1


def lock_webhook(connection: Connection, webhook_id: str) -> Row | None:
    query = select(webhooks).where(webhooks.c.id == webhook_id)
    query = query.with_for_update(key_share=True)
    return connection.execute(query).mappings().first()


def end_queued(connection: Connection, webhook_id: str, now: datetime) -> None:
    queued = update(deliveries).where(
        deliveries.c.webhook == webhook_id, deliveries.c.state == "queued"
    )
    ended = {"state": "failed", "payload": None, "done_at": now}
    connection.execute(queued.values(lease=None, leased_until=None, **ended))


class QueueState(NamedTuple):
    waiting: int
    oldest_untried_at: datetime | None


def measure_queue(connection: Connection) -> QueueState:
    """Return how many deliveries wait, and since when the oldest that was never tried."""
    untried = deliveries.c.attempts == 0
    waiting = (
        select(func.count(), func.min(deliveries.c.created_at).filter(untried))
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .join(api_keys, api_keys.c.id == webhooks.c.api_key)
        .where(
            deliveries.c.state == "queued",
            webhooks.c.failing_since.is_(None),
            api_keys.c.revoked_at.is_(None),
        )
    )
    count, oldest = connection.execute(waiting).one()
    return QueueState(count, oldest)


def delete_old_deliveries(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the log, and what waits for a key that is revoked."""
    return delete_some(connection, deliveries.c.id, deliveries.c.created_at < before, limit)


def delete_disabled(connection: Connection, before: datetime, limit: int) -> int:
    is_over = (webhooks.c.state == "disabled") & (webhooks.c.disabled_at < before)
    return delete_some(connection, webhooks.c.id, is_over, limit)


def delete_revoked(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the subscriptions of keys that were revoked."""
    revoked = select(api_keys.c.id).where(api_keys.c.revoked_at < before)
    return delete_some(connection, webhooks.c.id, webhooks.c.api_key.in_(revoked), limit)
