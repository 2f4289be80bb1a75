"""The orders of a mailbox, and what its owner can do about them."""

from collections.abc import Sequence

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import AlreadyDecided, NotFound
from imd_campaign.posters import orders, store
from imd_campaign.posters.emails import choose_title
from imd_campaign.posters.schemas import Money, PersonalOrder

UNPAID = "placed"


def list_orders(
    connection: Connection, mailbox: bytes, lang: str | None
) -> Sequence[PersonalOrder]:
    rows = store.list_by_mailbox(connection, mailbox)
    texts = store.list_texts(connection, list({row["poster"] for row in rows}))
    return [
        PersonalOrder(
            id=row["id"],
            poster=row["poster"],
            title=choose_title(texts[row["poster"]], lang),
            edition=row["edition"],
            quantity=row["quantity"],
            total=Money(amount=row["amount"], currency=row["currency"]),
            state=row["state"],
            can_be_cancelled=row["state"] == UNPAID,
            kept_until=row["kept_until"] if row["state"] == UNPAID else None,
            created_at=row["created_at"],
        )
        for row in rows
    ]


def cancel_order(context: Context, connection: Connection, mailbox: bytes, order_id: str) -> None:
    """Cancel an unpaid order; a paid one is kept, as the law on invoices requires."""
    order = store.find_order(connection, order_id, is_for_update=True)
    if order is None or order["mailbox"] != mailbox:
        raise NotFound
    if order["state"] != UNPAID:
        raise AlreadyDecided
    orders.cancel(context, connection, order)


def erase(context: Context, connection: Connection, mailbox: bytes) -> None:
    """Cancel unpaid orders; of others, keep only what the organisation has sealed."""
    for row in store.list_by_mailbox(connection, mailbox):
        order = store.find_order(connection, row["id"], is_for_update=True)
        if order is not None and order["state"] == UNPAID:
            orders.cancel(context, connection, order)
        store.change_order(connection, row["id"], {"mailbox": None, "locked_buyer": None})
