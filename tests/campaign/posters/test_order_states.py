"""Every decision from every state: allowed, too early or already decided."""

import pytest

from imd_campaign.errors import AlreadyDecided, InvalidBody
from imd_campaign.posters.order_states import DECISIONS, PAYMENTS, STATES, find_next_state

PAID = {"paid", "sent", "refunded", "paid_late"}
ALLOWED = {
    ("placed", "paid"): "paid",
    ("placed", "cancel"): "cancelled",
    ("placed", "expire"): "expired",
    ("paid", "sent"): "sent",
    ("paid", "cancel"): "cancelled",
    ("paid", "refund"): "refunded",
    ("sent", "refund"): "refunded",
    ("cancelled", "paid_late"): "paid_late",
    ("cancelled after payment", "refund"): "refunded",
    ("expired", "paid_late"): "paid_late",
    ("paid_late", "refund"): "refunded",
}
TOO_EARLY = {("placed", "sent"), ("placed", "refund"), ("placed", "paid_late")}
FROM = (*STATES, "cancelled after payment")


@pytest.mark.parametrize("before", FROM)
@pytest.mark.parametrize("decision", [*DECISIONS, "expire"])
def test_each_decision_leads_where_the_table_says(before, decision):
    was_paid = before in PAID or before == "cancelled after payment"
    order = {"state": before.split()[0], "paid_at": "a time" if was_paid else None}
    if (before, decision) in TOO_EARLY:
        with pytest.raises(InvalidBody):
            find_next_state(order, decision)
    elif (before, decision) in ALLOWED:
        assert find_next_state(order, decision) == ALLOWED[before, decision]
    else:
        with pytest.raises(AlreadyDecided):
            find_next_state(order, decision)


def test_every_state_says_how_the_payment_is():
    assert PAYMENTS.keys() == set(STATES)
