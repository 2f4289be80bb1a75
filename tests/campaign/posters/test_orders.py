import base64
from datetime import date

import anyio
import pytest
from signing import confirm, sign
from sqlalchemy import select

from imd_campaign.app import create_app
from imd_campaign.crypto import encode_for_urls, open_sealed
from imd_campaign.posters import orders
from imd_campaign.posters.tables import editions
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.tables import submissions

pytestmark = pytest.mark.anyio


# --- accepting -----------------------------------------------------------------------------------


async def test_order_is_accepted_without_effect(reserve, order, count_available, list_orders):
    response = await order((await reserve()).json()["token"])
    assert (response.status_code, response.json()["status"]) == (202, "confirmation_sent")
    assert response.json().keys() == {"status", "detail"}
    assert (await count_available(), list_orders()) == (5, [])


@pytest.mark.both_databases
async def test_buyers_who_are_known_get_the_same_response(reserve, order, place):
    await place()
    token = (await reserve()).json()["token"]
    known, new = await order(token), await order(token, email="new.buyer@example.org")
    assert known.content == new.content
    own = {"x-request-id", "date"}
    assert {n: v for n, v in known.headers.items() if n not in own} == {
        n: v for n, v in new.headers.items() if n not in own
    }


async def test_repeated_key_stores_one_order(context, client, reserve, buyer):
    form = {**buyer, "reservation": (await reserve()).json()["token"]}
    headers = {"Idempotency-Key": "one-of-the-sample-keys"}
    first = await client.post("/v1/orders", json=form, headers=headers)
    again = await client.post("/v1/orders", json=form, headers=headers)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    with context.database.read() as connection:
        assert len(connection.execute(select(submissions.c.id)).all()) == 1


async def test_expired_reservation_cannot_be_ordered(reserve, order, clock):
    token = (await reserve()).json()["token"]
    clock.forward(minutes=59, seconds=59)
    assert (await order(token)).status_code == 202
    clock.forward(seconds=1)
    response = await order(token)
    expired = (410, "/v1/problems/reservation-expired")
    assert (response.status_code, response.json()["type"]) == expired


def change_a_bit(token):
    data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    data[40] ^= 1
    return encode_for_urls(bytes(data))


@pytest.mark.parametrize(
    "forge", [lambda _: "x", lambda _: "ä" * 50, lambda token: token[:-8], change_a_bit]
)
async def test_forged_token_is_rejected(reserve, order, forge):
    response = await order(forge((await reserve()).json()["token"]))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "reservation")


async def test_token_of_another_purpose_is_rejected(context, order, poster):
    cursor = encode_for_urls(context.vault.encrypt_bound(b"[]", "cursor/[]"))
    assert (await order(cursor)).status_code == 422


async def test_token_of_another_version_is_rejected(context, order):
    packed = context.vault.encrypt_bound(b'{"poster": "paths"}', "reservation")
    response = await order(encode_for_urls(packed))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "reservation")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"address": {"lines": [], "locality": "Madrid", "country": "ES"}}, "address.lines"),
        ({"address": {"lines": ["a"], "locality": "Madrid"}}, "address.country"),
        (
            {"address": {"lines": ["a"], "locality": "Madrid", "country": "ES", "postal_code": ""}},
            "address.postal_code",
        ),
    ],
)
async def test_invalid_order_field_is_reported(reserve, order, changes, field):
    response = await order((await reserve()).json()["token"], **changes)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


# --- asking --------------------------------------------------------------------------------------


async def test_email_that_asks_names_the_poster_and_nothing_typed(reserve, order, emails):
    await order((await reserve(quantity=2)).json()["token"], lang="es", name="Typed Name")
    [email] = emails()
    assert email["Subject"] == "Confirma tu pedido, por favor"
    assert "Caminos" in email.get_content()
    assert not {"Typed", "Hidden", "Madrid"} & set(email.get_content().split())


async def test_pending_confirmation_shows_what_will_be_ordered(client, request_order, buyer):
    token = await request_order(quantity=2, lang="es")
    confirmation = (await client.get(f"/v1/confirmations/{token}")).json()
    assert confirmation.pop("expires_at")
    address = {**buyer["address"], "postal_code": None}
    assert confirmation == {
        "kind": "order",
        "state": "pending",
        "name": "Sample Buyer",
        "poster": "paths",
        "title": "Caminos",
        "edition": "limited",
        "edition_title": "edición limited",
        "quantity": 2,
        "total": {"amount": 18000, "currency": "USD"},
        "address": address,
        "order": None,
    }


async def test_confirmed_confirmation_has_the_order_and_no_address(client, request_order):
    token = await request_order(quantity=2)
    confirmed = (await client.post(f"/v1/confirmations/{token}")).json()
    assert confirmed["order"].startswith("ord_")
    assert (confirmed["address"], confirmed["name"]) == (None, None)
    assert (confirmed["title"], confirmed["quantity"]) == ("Paths", 2)
    assert (await client.get(f"/v1/confirmations/{token}")).json() == confirmed


async def test_rejected_order_shows_nothing_and_places_nothing(client, request_order, list_orders):
    token = await request_order()
    rejected = (await client.post(f"/v1/confirmations/{token}/rejection")).json()
    assert {name for name, value in rejected.items() if value} == {"kind", "state"}
    assert list_orders() == []


# --- placing -------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_confirmed_order_has_the_documented_fields(client, place):
    placed = await place(quantity=2)
    again = await client.get(f"/v1/orders/{placed['id']}")
    assert again.headers["cache-control"] == "no-store"
    assert placed.pop("id").startswith("ord_")
    assert len(placed["payment"].pop("reference")) == len("ABCD-1234")
    assert placed == {
        "state": "placed",
        "poster": "paths",
        "edition": "limited",
        "quantity": 2,
        "numbers": [1, 2],
        "total": {"amount": 18000, "currency": "USD"},
        "payment": {
            "state": "due",
            "detail": "Nothing has been paid yet. We will e-mail you how to pay.",
            "ways": [],
            "paid_at": None,
        },
        "kept_until": "2026-12-07",
        "created_at": "2026-11-23T12:00:00+00:00",
    }


@pytest.mark.both_databases
async def test_orders_take_the_lowest_free_numbers(place, count_available):
    await place(quantity=2)
    assert (await place(email="other@example.org"))["numbers"] == [3]
    assert await count_available() == 2


async def test_open_edition_is_unnumbered_and_unlimited(place):
    for _ in range(3):
        assert (await place("open", 10))["numbers"] == []


async def test_price_of_the_reservation_holds(context, request_order, client):
    token = await request_order(quantity=2)
    with context.database.write() as connection:
        connection.execute(editions.update().values(amount=99900))
    confirmed = (await client.post(f"/v1/confirmations/{token}")).json()
    assert confirmed["total"] == {"amount": 18000, "currency": "USD"}


async def test_only_the_private_key_decrypts_the_buyer(place, list_orders, private_key):
    await place()
    [row] = list_orders()
    assert "Hidden" not in str(row)
    opened = open_sealed(row["sealed"], private_key)
    assert opened["address"]["lines"] == ["12 Hidden Street"]
    assert (opened["name"], opened["email"]) == ("Sample Buyer", "buyer@example.org")


async def test_name_can_be_corrected_when_confirming(
    client, request_order, list_orders, private_key
):
    token = await request_order()
    await client.post(f"/v1/confirmations/{token}", json={"name": "Corrected Buyer"})
    assert open_sealed(list_orders()[0]["sealed"], private_key)["name"] == "Corrected Buyer"


async def test_order_has_the_fingerprint_of_its_mailbox(context, place, list_orders):
    await place(email="Buyer+prints@example.org")
    expected = fingerprint_mailbox(context, "buyer@example.org")
    assert list_orders()[0]["mailbox"] == expected


def find_email(emails, subject):
    [found] = [email for email in emails if email["Subject"] == subject]
    return found


async def test_buyer_gets_the_numbers_the_date_and_the_link(place, emails):
    placed = await place(quantity=2)
    email = find_email(emails(), "Your order: Paths")
    assert email["To"] == "buyer@example.org"
    text = email.get_content()
    assert "2 × limited edition, no. 1 and 2" in text
    assert "US$180.00" in text
    assert "until this day: 7 December 2026." in text
    assert f"https://campaign.example/orders/{placed['id']}?lang=en" in text.splitlines()
    assert "Hidden" not in text


async def test_buyer_gets_the_email_in_their_language(place, emails):
    await place("open", 3, lang="es")
    email = find_email(emails(), "Tu pedido: Caminos")
    assert email["Content-Language"] == "es"
    assert "3 × edición abierta" in email.get_content()


async def test_payment_details_are_in_the_buyers_language(place):
    placed = await place(lang="pt-BR")
    assert placed["payment"]["detail"].startswith("Nada foi pago ainda.")


async def test_fields_of_orders_are_rejected_for_signatures(client, petition, emails):
    await sign(client)
    response = await confirm(client, emails()[0], edition="open", quantity=1)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["edition", "quantity"]


async def test_consent_is_rejected_for_orders(client, request_order):
    token = await request_order()
    response = await client.post(f"/v1/confirmations/{token}", json={"updates": True})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "updates")


# --- sold out ------------------------------------------------------------------------------------


@pytest.fixture
async def sold_out(client, request_order, place):
    """The token of an order for two prints, of which one is left."""
    token = await request_order(quantity=2)
    for number in range(4):
        await place(email=f"faster.{number}@example.org")
    return token


@pytest.mark.both_databases
async def test_sold_out_order_stays_pending(client, sold_out, count_available):
    response = await client.post(f"/v1/confirmations/{sold_out}")
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/sold-out")
    assert response.json()["available"] == 1
    assert (await client.get(f"/v1/confirmations/{sold_out}")).json()["state"] == "pending"
    assert await count_available() == 1


async def test_remaining_print_can_be_ordered_instead(client, sold_out):
    confirmed = await client.post(f"/v1/confirmations/{sold_out}", json={"quantity": 1})
    assert confirmed.json()["total"] == {"amount": 9000, "currency": "USD"}
    order = (await client.get(f"/v1/orders/{confirmed.json()['order']}")).json()
    assert order["numbers"] == [5]


async def test_open_edition_can_be_ordered_instead(client, sold_out):
    confirmed = await client.post(f"/v1/confirmations/{sold_out}", json={"edition": "open"})
    assert confirmed.json()["edition"] == "open"
    assert confirmed.json()["total"] == {"amount": 5000, "currency": "USD"}


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"edition": "golden"}, "edition"),
        ({"quantity": 3}, "quantity"),
        ({"quantity": 0}, "quantity"),
    ],
)
async def test_choice_outside_the_order_is_rejected(client, request_order, choice, field):
    token = await request_order(quantity=2)
    response = await client.post(f"/v1/confirmations/{token}", json=choice)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


async def test_another_edition_has_its_own_limit(client, request_order):
    token = await request_order("open", 10)
    response = await client.post(f"/v1/confirmations/{token}", json={"edition": "limited"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "quantity")


# --- one mailbox ---------------------------------------------------------------------------------


async def test_mailbox_has_at_most_two_unpaid_prints_of_an_edition(client, place, request_order):
    await place(quantity=1)
    token = await request_order(quantity=2, email="buyer+2@example.org")
    response = await client.post(f"/v1/confirmations/{token}")
    limit = (409, "/v1/problems/order-limit-reached")
    assert (response.status_code, response.json()["type"]) == limit
    assert response.json()["available"] == 1
    one = await client.post(f"/v1/confirmations/{token}", json={"quantity": 1})
    assert one.status_code == 200


async def test_paid_prints_do_not_count_towards_the_limit(place, decide):
    await decide((await place(quantity=2))["id"], "paid")
    assert (await place(quantity=2, name="Second Order"))["numbers"] == [3, 4]


# --- expiry --------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_unpaid_order_expires_when_its_last_day_has_ended_everywhere(
    context, client, place, clock, count_available
):
    placed = await place(quantity=2)
    clock.now = clock.now.replace(day=8, month=12, hour=11, minute=59)
    orders.expire_unpaid(context)
    assert await count_available() == 3
    clock.forward(minutes=1)
    orders.expire_unpaid(context)
    expired = (await client.get(f"/v1/orders/{placed['id']}")).json()
    assert (expired["state"], expired["payment"]["state"]) == ("expired", "cancelled")
    assert (expired["numbers"], expired["kept_until"]) == ([], None)
    assert await count_available() == 5


async def test_expired_order_keeps_nothing_personal(context, place, clock, list_orders):
    await place()
    clock.forward(days=16)
    orders.expire_unpaid(context)
    [row] = list_orders()
    assert (row["sealed"], row["locked_buyer"], row["mailbox"]) == (None, None, None)


async def test_buyer_gets_one_email_about_the_expiry(context, place, clock, emails):
    await place(lang="es")
    clock.forward(days=16)
    orders.expire_unpaid(context)
    orders.expire_unpaid(context)
    assert find_email(emails(), "Tu pedido ha caducado: Caminos")["To"] == "buyer@example.org"


async def test_paid_order_does_not_expire(context, client, place, decide, clock):
    placed = await place()
    await decide(placed["id"], "paid")
    clock.forward(days=100)
    orders.expire_unpaid(context)
    assert (await client.get(f"/v1/orders/{placed['id']}")).json()["state"] == "paid"


async def test_damaged_order_does_not_keep_others_from_expiring(
    context, client, place, clock, list_orders
):
    await place()
    other = await place(email="other@example.org")
    damaged = next(row for row in list_orders() if row["id"] != other["id"])
    with context.database.write() as connection:
        table = orders.store.orders
        connection.execute(
            table.update().where(table.c.id == damaged["id"]).values(locked_buyer=b"damaged")
        )
    clock.forward(days=16)
    orders.expire_unpaid(context)
    assert (await client.get(f"/v1/orders/{other['id']}")).json()["state"] == "expired"


async def test_worker_expires_unpaid_orders(settings, context, place, list_orders):
    await place()
    table = orders.store.orders
    with context.database.write() as connection:
        connection.execute(table.update().values(kept_until=date(2020, 1, 1)))
    app = create_app(settings.model_copy(update={"mail_delivery": True, "mail_poll": 0.01}))
    async with app.router.lifespan_context(app):
        for _ in range(500):
            if list_orders()[0]["state"] == "expired":
                break
            await anyio.sleep(0.02)
    assert list_orders()[0]["state"] == "expired"
