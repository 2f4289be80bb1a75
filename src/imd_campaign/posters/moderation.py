"""Decisions of staff on orders: paid, sent, cancelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody, NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.posters import orders, store
from imd_campaign.posters.schemas import ManagedOrder, OrderDecision, OrderState

Row = Mapping[Any, Any]

# For each decision: the states that it is for.
REQUIRED_STATES = {"paid": ("placed",), "sent": ("paid",), "cancel": ("placed", "paid")}
NOT_PAID = "is for paid orders only. Mark the order as paid first."


def list_orders(
    context: Context, state: OrderState, page_request: PageRequest
) -> Slice[ManagedOrder]:
    with context.database.read() as connection:
        part = store.list_orders(connection, state, page_request)
        numbers = store.list_numbers(connection, [row["id"] for row in part.items])
    return Slice([_make_managed(row, numbers.get(row["id"], [])) for row in part.items], part.next)


def measure_paid(context: Context) -> tuple[int, datetime | None]:
    """Return how many orders wait to be sent, and when the oldest of them was placed."""
    with context.database.read() as connection:
        return store.measure_orders(connection, "paid")


def decide_order(
    context: Context, caller: Caller, order_id: str, decision: OrderDecision
) -> ManagedOrder:
    with context.database.write() as connection:
        order = _require_state(connection, order_id, decision.decision)
        _apply(context, connection, order, decision)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"order.{decision.decision}",
            subject=order_id,
            reason=decision.reason,
        )
        row = _require(store.find_order(connection, order_id))
        decided = _make_managed(row, store.list_numbers(connection, [order_id])[order_id])
    context.wake_worker()
    return decided


def _require_state(connection: Connection, order_id: str, decision: str) -> Row:
    order = _require(store.find_order(connection, order_id, is_for_update=True))
    if decision == "sent" and order["state"] == "placed":
        raise InvalidBody(FieldError("body", "decision", NOT_PAID))
    if order["state"] not in REQUIRED_STATES[decision]:
        raise AlreadyDecided
    return order


def _apply(context: Context, connection: Connection, order: Row, decision: OrderDecision) -> None:
    if decision.decision == "cancel":
        orders.cancel(context, connection, order, reason=decision.reason)
    else:
        changes = {"state": decision.decision, "locked_buyer": None}
        store.change_order(connection, order["id"], changes)
        orders.report_state(context, connection, order["id"], decision.decision)


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _make_managed(row: Row, numbers: list[int]) -> ManagedOrder:
    return ManagedOrder(order=orders.make_order(row, numbers), sealed=row["sealed"])
