"""Payments that the organisation's own checkout reports."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.audit import service as audit
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import FieldError, InvalidBody, NotFound
from imd_campaign.posters import orders, store
from imd_campaign.posters.order_states import TRANSITIONS
from imd_campaign.posters.schemas import PaymentOutcome, PaymentReceipt, PaymentReport
from imd_campaign.signed_messages import verify

Row = Mapping[Any, Any]
ACTOR = "checkout"
NO_CHECKOUT = "This campaign takes no payments through a checkout."


def verify_report(context: Context, headers: Mapping[str, str], body: bytes) -> str:
    """Return the ID of a message that the checkout has signed within the last five minutes."""
    secret = context.settings.checkout_secret
    if secret is None:
        raise NotFound(NO_CHECKOUT)
    return verify(headers, body, secret.get_secret_value(), context.now().timestamp())


def record(
    context: Context, order_id: str, message_id: str, report: PaymentReport
) -> PaymentReceipt:
    """Record a payment once, also that of an order which has ended meanwhile."""
    with context.database.write() as connection:
        order = store.find_order(connection, order_id, is_for_update=True)
        if order is None:
            raise NotFound
        _check_fields(order, report)
        known = store.find_payment(connection, message_id)
        if known is None:
            outcome = _apply(context, connection, order, message_id)
        elif known["order_id"] == order_id:
            outcome = known["outcome"]
        else:
            raise InvalidBody(FieldError("header", "webhook-id", "was used for another order."))
    context.wake_worker()
    return PaymentReceipt(outcome=outcome)


def _check_fields(order: Row, report: PaymentReport) -> None:
    expected = {"order": order["id"], "amount": order["amount"], "currency": order["currency"]}
    wrong = [name for name, value in expected.items() if getattr(report, name) != value]
    if wrong:
        raise InvalidBody(
            *(FieldError("body", name, "is not that of the order.") for name in wrong)
        )


def _apply(context: Context, connection: Connection, order: Row, message_id: str) -> PaymentOutcome:
    outcome = _choose_outcome(order)
    store.add_payment(
        connection,
        id=message_id,
        order_id=order["id"],
        amount=order["amount"],
        currency=order["currency"],
        outcome=outcome,
        received_at=context.now(),
    )
    if outcome != "repeated":
        orders.change_state(context, connection, order, outcome)
    audit.record(
        connection,
        now=context.now(),
        actor=ACTOR,
        action=f"order.{'payment_repeated' if outcome == 'repeated' else outcome}",
        subject=order["id"],
        reason="Reported by the checkout.",
        payment=message_id,
    )
    return outcome


def _choose_outcome(order: Row) -> PaymentOutcome:
    """Choose what a payment is; staff pay back one for an order that is paid or has ended."""
    if order["paid_at"] is not None:
        return "repeated"
    return "paid" if order["state"] in TRANSITIONS["paid"] else "paid_late"
