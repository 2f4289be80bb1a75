"""What somebody can do who orders in the name of others: nothing that takes effect."""

import pytest
from signing import find_tokens

pytestmark = pytest.mark.anyio


@pytest.mark.both_databases
async def test_hundred_reservations_leave_the_edition_on_sale(reserve, order, count_available):
    for number in range(100):
        token = (await reserve(quantity=2)).json()["token"]
        await order(token, email=f"victim.{number}@example.org")
    assert await count_available() == 5


async def test_one_mailbox_in_many_spellings_cannot_hold_an_edition(
    client, request_order, count_available, clock
):
    for tag in range(4):
        clock.forward(hours=1)
        token = await request_order(quantity=2, email=f"stranger+{tag}@gmail.com")
        await client.post(f"/v1/confirmations/{token}")
    assert await count_available() == 3


async def test_stranger_cannot_replace_the_order_of_a_person(client, reserve, order, emails):
    token = (await reserve()).json()["token"]
    await order(token)
    stranger = {"lines": ["1 Elsewhere"], "locality": "Nowhere", "country": "GB"}
    await order(token, address=stranger)
    [email] = emails()
    addresses = [
        (await client.get(f"/v1/confirmations/{link}")).json()["address"]["locality"]
        for link in find_tokens(email)
    ]
    assert sorted(addresses) == ["Madrid", "Nowhere"]


async def test_stranger_cannot_lower_the_price(client, reserve, order):
    cheap = (await reserve("open")).json()
    response = await order(cheap["token"], edition="limited")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "edition")


async def test_invented_events_do_not_delay_the_order_of_a_person(client, reserve, order, emails):
    event = {
        "description": "A sample.", "lang": "en", "kind": "online", "online": True,
        "url": "https://example.org/", "starts_at": "2026-12-18T18:00:00+00:00",
        "time_zone": "UTC", "host": {"name": "A Stranger", "email": "buyer@example.org"},
    }  # fmt: skip
    for number in range(10):
        await client.post("/v1/events", json={**event, "title": f"Event {number}"})
    await order((await reserve()).json()["token"])
    [email] = emails()
    assert "Prints of this poster were ordered" in email.get_content()
