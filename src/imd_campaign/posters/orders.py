"""Orders of prints: placing, reading, and changing their state. Each print is a row of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import (
    CampaignError,
    NotFound,
    OrderLimitReached,
    SoldOut,
    Unavailable,
)
from imd_campaign.failures import log_failure
from imd_campaign.mail.email_templates import choose_email_language, get_payment_text
from imd_campaign.posters import emails, payment_ways, store
from imd_campaign.posters.order_states import PAYMENTS, OrderState
from imd_campaign.posters.reservations import MAX_NUMBERED
from imd_campaign.posters.schemas import (
    Address,
    Money,
    Order,
    Payment,
    ReservedPrints,
)
from imd_campaign.restores.service import is_held
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.webhooks import outbox

Row = Mapping[Any, Any]

# The zone in which a day ends last.
LATEST_ZONE = timezone(timedelta(hours=-12))
# The states in which an order keeps its prints from others.
HOLDING_STATES = {"placed", "paid", "sent"}
PAID_STATES = {"paid", "paid_late"}


@dataclass(frozen=True, slots=True, repr=False)
class Buyer:
    name: str
    email: str
    address: Address
    lang: str | None
    mailbox: bytes
    """Its fingerprint."""


def place(context: Context, connection: Connection, prints: ReservedPrints, buyer: Buyer) -> str:
    """Order prints for a confirmed mailbox, with the lowest free numbers; return the ID."""
    order = _make_row(context, prints, buyer)
    numbers = _pick_numbers(connection, order)
    store.add_order(connection, order)
    store.sell(connection, order, numbers)
    emails.email_order(context, connection, order, numbers, buyer.email)
    outbox.queue(context, connection, "order.placed", order=order["id"])
    order_id: str = order["id"]
    return order_id


def record_sold(
    context: Context, connection: Connection, edition: tuple[str, str], numbers: Sequence[int]
) -> None:
    """Record prints whose orders were lost, so that their numbers are not sold again."""
    row = store.find_edition(connection, *edition)
    free = set(store.list_free_numbers(connection, *edition, row["run"] or 0)) if row else set()
    if row is None or not free.issuperset(numbers):
        raise NotFound
    order = {
        "id": new_id("ord"),
        "state": "sent",
        "poster": row["poster"],
        "edition": row["id"],
        "quantity": len(numbers),
        "amount": row["amount"] * len(numbers),
        "currency": row["currency"],
        "created_at": context.now(),
    }
    store.add_order(connection, order)
    store.sell(connection, order, numbers)


def get(context: Context, order_id: str) -> Order:
    with context.database.read() as connection:
        row = store.find_order(connection, order_id)
        if row is None:
            raise NotFound
        return make_order(context, row, store.list_numbers(connection, [order_id])[order_id])


def cancel(context: Context, connection: Connection, order: Row) -> None:
    """Cancel an order as its buyer, who needs no e-mail. Lock the row of the order before."""
    _change(context, connection, order, "cancelled")


def change_state(
    context: Context, connection: Connection, order: Row, state: OrderState, reason: str = ""
) -> None:
    """Change the state, and e-mail the buyer. Lock the row of the order before.

    Prints go on sale again, but those that have been sent. Nothing is kept of the buyer of an order
    that was never paid.
    """
    _change(context, connection, order, state)
    kind = emails.choose_kind(order["state"], state)
    if kind is not None and order["locked_buyer"] is not None:
        address = context.vault.decrypt(order["locked_buyer"])["email"]
        emails.email_change(context, connection, kind, order, to=address, reason=reason)


def _change(context: Context, connection: Connection, order: Row, state: OrderState) -> None:
    changes: dict[str, Any] = {"state": state, "changed_at": context.now()}
    if state in PAID_STATES:
        changes["paid_at"] = context.now()
    if state == "refunded":
        changes["locked_buyer"] = None
    if order["state"] == "placed" and state not in HOLDING_STATES:
        changes |= {"sealed": None, "mailbox": None, "locked_buyer": None}
    store.change_order(connection, order["id"], changes)
    if order["state"] in ("placed", "paid") and state not in HOLDING_STATES:
        store.free_prints(connection, order["id"])
    report_state(context, connection, order["id"], state)


def expire_unpaid(context: Context) -> None:
    """End the orders that have not been paid in time."""
    with context.database.read() as connection:
        overdue = store.list_overdue(connection, _find_earliest_day(context))
    for order_id in overdue:
        try:
            _expire(context, order_id)
        except CampaignError:
            raise
        except Exception as error:  # noqa: BLE001 one damaged row must not stop the others
            log_failure("an order waits:", error)
    if overdue:
        context.wake_worker()


def report_state(context: Context, connection: Connection, order_id: str, state: str) -> None:
    """Queue a webhook about the new state of an order."""
    outbox.queue(context, connection, "order.state_changed", order=order_id, state=state)


def make_order(context: Context, row: Row, numbers: Sequence[int]) -> Order:
    order = make_bare_order(row, numbers)
    return order.model_copy(update={"payment": _add_ways(context, row, order.payment)})


def make_bare_order(row: Row, numbers: Sequence[int]) -> Order:
    """Return an order as it is stored: without what needs the settings or the secret."""
    state = PAYMENTS[row["state"]]
    detail = get_payment_text(choose_email_language(row["lang"]), state)
    return Order(
        id=row["id"],
        state=row["state"],
        poster=row["poster"],
        edition=row["edition"],
        quantity=row["quantity"],
        numbers=numbers,
        total=Money(amount=row["amount"], currency=row["currency"]),
        payment=Payment(state=state, detail=detail, reference="", ways=[], paid_at=row["paid_at"]),
        kept_until=row["kept_until"] if row["state"] == "placed" else None,
        created_at=row["created_at"],
    )


def _add_ways(context: Context, row: Row, payment: Payment) -> Payment:
    """Say how to pay, and under which reference."""
    changes: dict[str, Any] = {"reference": payment_ways.make_reference(context, row["id"])}
    ways = payment_ways.list_ways(context, row) if payment.state == "due" else []
    if ways:
        language = choose_email_language(row["lang"])
        changes |= {"ways": ways, "detail": get_payment_text(language, "unpaid")}
    return payment.model_copy(update=changes)


def _make_row(context: Context, prints: ReservedPrints, buyer: Buyer) -> dict[str, Any]:
    now = context.now()
    sealed = {
        "name": buyer.name,
        "email": buyer.email,
        "address": buyer.address.model_dump(mode="json"),
        "lang": buyer.lang,
    }
    return {
        "id": new_id("ord"),
        "state": "placed",
        "poster": prints.poster,
        "edition": prints.edition,
        "quantity": prints.quantity,
        "amount": prints.amount,
        "currency": prints.currency,
        "mailbox": buyer.mailbox,
        "sealed": context.vault.seal(sealed),
        "locked_buyer": context.vault.encrypt({"email": buyer.email}),
        "lang": buyer.lang,
        "kept_until": _add_days(now, context.settings.payment_days),
        "created_at": now,
        "changed_at": now,
    }


def _add_days(now: datetime, days: int) -> date:
    return (now.astimezone(UTC) + timedelta(days=days)).date()


def _pick_numbers(connection: Connection, order: Row) -> Sequence[int]:
    poster = store.get(connection, order["poster"])
    edition = store.find_edition(connection, order["poster"], order["edition"])
    if poster is None or poster["state"] != "on_sale" or edition is None:
        raise SoldOut(0)
    if edition["run"] is None:
        return []
    if is_held(connection):  # a number may have been sold after the backup was made
        raise Unavailable
    _check_limit(connection, order)
    edition_key, quantity = (order["poster"], order["edition"]), order["quantity"]
    numbers = store.list_free_numbers(connection, *edition_key, quantity)
    if len(numbers) < quantity:
        raise SoldOut(len(numbers))
    return numbers


def _check_limit(connection: Connection, order: Row) -> None:
    """Let one mailbox keep two unpaid prints of an edition from others, and no more."""
    mailbox: bytes = order["mailbox"]
    lock_mailbox(connection, mailbox)
    unpaid = store.count_unpaid_prints(connection, mailbox, order["poster"], order["edition"])
    available = max(0, MAX_NUMBERED - unpaid)
    if order["quantity"] > available:
        raise OrderLimitReached(available)


def _find_earliest_day(context: Context) -> date:
    """Return the day that it still is somewhere: orders are kept until their day ends there."""
    return context.now().astimezone(LATEST_ZONE).date()


def _expire(context: Context, order_id: str) -> None:
    with context.database.write() as connection:
        order = store.find_order(connection, order_id, is_for_update=True)
        if order is not None and order["state"] == "placed":
            change_state(context, connection, order, "expired")
