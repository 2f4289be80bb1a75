"""What buyers see of their orders by their own link, and what they can do there."""

import re

import pytest
from sqlalchemy import select

from imd_campaign.posters.tables import orders

pytestmark = pytest.mark.anyio

LINK = re.compile(r"/your-data/([\w-]{22})")


@pytest.fixture
def open_link(client, emails, buyer, clock):
    """Ask for a link, and return its token."""

    async def open_link(email=buyer["email"]):
        clock.forward(hours=2)
        await client.post("/v1/personal-links", json={"email": email})
        return LINK.findall("".join(sent.get_content() for sent in emails()))[-1]

    return open_link


async def list_own(client, token):
    return (await client.get(f"/v1/personal-data/{token}")).json()["orders"]


async def cancel(client, token, order):
    return (await client.delete(f"/v1/personal-data/{token}/orders/{order}")).status_code


async def test_order_is_shown(client, place, open_link):
    placed = await place(quantity=2)
    [order] = await list_own(client, await open_link())
    assert order == {
        "id": placed["id"],
        "poster": "paths",
        "title": "Paths",
        "edition": "limited",
        "quantity": 2,
        "total": {"amount": 18000, "currency": "USD"},
        "state": "placed",
        "can_be_cancelled": True,
        "kept_until": "2026-12-07",
        "created_at": "2026-11-23T12:00:00+00:00",
    }


@pytest.mark.both_databases
async def test_unpaid_order_is_cancelled_and_its_prints_are_free(
    client, context, place, open_link, count_available
):
    order = (await place())["id"]
    before = await count_available()
    token = await open_link()
    assert [await cancel(client, token, order) for _ in range(2)] == [204, 404]
    assert await count_available() == before + 1
    with context.database.read() as connection:
        row = connection.execute(select(orders)).mappings().one()
    assert (row["state"], row["mailbox"], row["sealed"]) == ("cancelled", None, None)


async def test_paid_order_is_kept(client, place, open_link, decide):
    order = (await place())["id"]
    await decide(order, "paid")
    token = await open_link()
    assert await cancel(client, token, order) == 409
    [shown] = await list_own(client, token)
    assert (shown["state"], shown["can_be_cancelled"], shown["kept_until"]) == ("paid", False, None)


async def test_order_of_somebody_else_is_not_found(client, place, open_link):
    order = (await place())["id"]
    token = await open_link("another.person@example.org")
    assert await cancel(client, token, order) == 404
    assert [order["state"] for order in await list_own(client, await open_link())] == ["placed"]


@pytest.mark.both_databases
async def test_erasing_cancels_unpaid_orders_and_keeps_what_is_sealed_of_paid_ones(
    client, context, place, open_link, decide, count_available
):
    paid, unpaid = [(await place(edition=edition))["id"] for edition in ("open", "limited")]
    await decide(paid, "paid")
    before = await count_available()
    await client.post(f"/v1/personal-data/{await open_link()}/erasure")
    assert await count_available() == before + 1
    with context.database.read() as connection:
        rows = {row["id"]: row for row in connection.execute(select(orders)).mappings()}
    assert (rows[unpaid]["state"], rows[unpaid]["sealed"]) == ("cancelled", None)
    assert (rows[paid]["state"], rows[paid]["sealed"] is not None) == ("paid", True)
    assert {(row["mailbox"], row["locked_buyer"]) for row in rows.values()} == {(None, None)}
