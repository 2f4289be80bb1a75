"""What staff see of orders and of the stock, and their decisions on orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.posters import order_states, orders, store
from imd_campaign.posters.order_states import Decision, OrderState, find_next_state
from imd_campaign.posters.schemas import ManagedOrder, OrderDecision, ReportedPayment, Stock

Row = Mapping[Any, Any]


def list_orders(
    context: Context, state: OrderState, page_request: PageRequest
) -> Slice[ManagedOrder]:
    with context.database.read() as connection:
        part = store.list_orders(connection, state, page_request)
        return Slice(_make_managed(context, connection, part.items), part.next)


def get_order(context: Context, order_id: str) -> ManagedOrder:
    with context.database.read() as connection:
        row = _require(store.find_order(connection, order_id))
        return _make_managed(context, connection, [row])[0]


def list_decisions(context: Context, order_id: str) -> Sequence[Decision]:
    """Return what staff can decide about an order now."""
    with context.database.read() as connection:
        return order_states.list_decisions(_require(store.find_order(connection, order_id)))


def list_stock(context: Context, page_request: PageRequest) -> Slice[Stock]:
    with context.database.read() as connection:
        part = store.list_stock(connection, page_request)
    return Slice([_make_stock(row) for row in part.items], part.next)


def measure_paid(context: Context) -> tuple[int, datetime | None]:
    """Return how many orders wait to be sent, and when the oldest of them was placed."""
    with context.database.read() as connection:
        return store.measure_orders(connection, "paid")


def decide_order(
    context: Context, caller: Caller, order_id: str, decision: OrderDecision
) -> ManagedOrder:
    with context.database.write() as connection:
        order = _require(store.find_order(connection, order_id, is_for_update=True))
        state = find_next_state(order, decision.decision)
        orders.change_state(context, connection, order, state, decision.reason)
        audit.record(
            connection,
            now=context.now(),
            actor=caller.id,
            action=f"order.{decision.decision}",
            subject=order_id,
            reason=decision.reason,
        )
        changed = _require(store.find_order(connection, order_id))
        [decided] = _make_managed(context, connection, [changed])
    context.wake_worker()
    return decided


def _require(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _make_managed(
    context: Context, connection: Connection, rows: Sequence[Row]
) -> list[ManagedOrder]:
    order_ids = [row["id"] for row in rows]
    numbers = store.list_numbers(connection, order_ids)
    payments = store.list_payments(connection, order_ids)
    return [
        ManagedOrder(
            order=orders.make_order(context, row, numbers.get(row["id"], [])),
            sealed=row["sealed"],
            changed_at=row["changed_at"] or row["created_at"],
            payments=[_make_payment(payment) for payment in payments.get(row["id"], [])],
        )
        for row in rows
    ]


def _make_payment(row: Row) -> ReportedPayment:
    return ReportedPayment(**{name: row[name] for name in ReportedPayment.model_fields})


def _make_stock(row: Row) -> Stock:
    """Count as sold what is neither left nor held, also prints that were refunded once sent."""
    run, held = row["run"], row["held"]
    return Stock(
        poster=row["poster"],
        edition=row["id"],
        kind=row["kind"],
        run=run,
        sold=row["paid"] if run is None else run - held - row["left"],
        held=held,
        left=None if run is None else row["left"],
    )
