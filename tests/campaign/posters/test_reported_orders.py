"""What webhooks report of orders: IDs and states, and nothing of the buyer."""

import pytest

from imd_campaign.posters.orders import expire_unpaid

pytestmark = pytest.mark.anyio


async def test_life_of_an_order_is_reported(reported, place, decide, clock):
    order = (await place())["id"]
    for decision in ("paid", "sent"):
        clock.forward(minutes=1)
        await decide(order, decision)
    assert reported() == [
        ("order.placed", {"order": order}),
        ("order.state_changed", {"order": order, "state": "paid"}),
        ("order.state_changed", {"order": order, "state": "sent"}),
    ]


async def test_cancelled_order_is_reported(reported, place, decide, clock):
    order = (await place())["id"]
    clock.forward(minutes=1)
    await decide(order, "cancel")
    assert reported()[1:] == [("order.state_changed", {"order": order, "state": "cancelled"})]


async def test_expired_order_is_reported(reported, place, context, clock):
    order = (await place())["id"]
    clock.forward(days=30)
    expire_unpaid(context)
    assert reported()[1:] == [("order.state_changed", {"order": order, "state": "expired"})]
