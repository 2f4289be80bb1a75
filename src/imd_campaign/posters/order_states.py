"""The states of an order, and which decision leads from which to which."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from imd_campaign.errors import AlreadyDecided, FieldError, InvalidBody

Row = Mapping[Any, Any]
OrderState = Literal["placed", "paid", "sent", "cancelled", "refunded", "expired", "paid_late"]
PaymentState = Literal["due", "paid", "cancelled", "refunded", "late"]
Decision = Literal["paid", "paid_late", "sent", "cancel", "refund"]

STATES: tuple[OrderState, ...] = get_args(OrderState)
DECISIONS: tuple[Decision, ...] = get_args(Decision)

# A cancelled order whose payment had arrived, which is still to be paid back.
CANCELLED_PAID = "cancelled_paid"

# For each decision: the state that it leads to, from each state that it is for.
TRANSITIONS: Mapping[str, Mapping[str, OrderState]] = {
    "paid": {"placed": "paid"},
    "paid_late": {"expired": "paid_late", "cancelled": "paid_late"},
    "sent": {"paid": "sent"},
    "cancel": {"placed": "cancelled", "paid": "cancelled"},
    "refund": {
        "paid": "refunded",
        "sent": "refunded",
        CANCELLED_PAID: "refunded",
        "paid_late": "refunded",
    },
    "expire": {"placed": "expired"},
}

PAYMENTS: Mapping[OrderState, PaymentState] = {
    "placed": "due",
    "paid": "paid",
    "sent": "paid",
    "cancelled": "cancelled",
    "expired": "cancelled",
    "refunded": "refunded",
    "paid_late": "late",
}

TOO_EARLY: Mapping[tuple[str, str], str] = {
    ("sent", "placed"): "is for paid orders only. Mark the order as paid first.",
    ("refund", "placed"): "is for paid orders only. Cancel an order that is not paid.",
    ("paid_late", "placed"): "is for orders that have ended. Mark the order as paid.",
}


def find_next_state(order: Row, decision: str) -> OrderState:
    """Return the state that a decision leads to; raise an error if it is not for this order."""
    stage = _name_stage(order)
    if message := TOO_EARLY.get((decision, stage)):
        raise InvalidBody(FieldError("body", "decision", message))
    after = TRANSITIONS[decision].get(stage)
    if after is None:
        raise AlreadyDecided
    return after


def list_decisions(order: Row) -> list[Decision]:
    stage = _name_stage(order)
    return [decision for decision in DECISIONS if stage in TRANSITIONS[decision]]


def _name_stage(order: Row) -> str:
    if order["state"] == "cancelled" and order["paid_at"] is not None:
        return CANCELLED_PAID
    state: str = order["state"]
    return state
