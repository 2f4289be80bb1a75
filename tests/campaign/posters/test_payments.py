import base64
import hmac
import json
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from imd_campaign.audit import service as audit
from imd_campaign.closing import service as closing
from imd_campaign.posters import orders
from imd_campaign.settings import Settings
from imd_campaign.switches.service import Change
from imd_sdk import webhooks

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + base64.b64encode(b"a sample secret for tests only..").decode()
TEMPLATE = (
    "https://pay.example/checkout?order={order}&amount={amount}&currency={currency}"
    "&signature={signature}"
)


@pytest.fixture
def settings(settings):
    ways = {
        "checkout_url": TEMPLATE,
        "checkout_secret": SECRET,
        "payment_instructions": r"IBAN XX00 0000 0000\nSample Organisation",
        "payment_pickup": "Sample Hall, on the day",
    }
    fields = settings.model_dump() | {"secret": settings.secret.get_secret_value()}
    return Settings(**(fields | ways))


@pytest.fixture
def pay(client, clock):
    """Report a payment as the checkout does."""

    async def post(placed, *, message_id="msg_1", secret=SECRET, at=None, path=None, **changes):
        report = {"order": placed["id"], **placed["total"], **changes}
        body = json.dumps(report).encode()
        at = clock().timestamp() if at is None else at
        headers = webhooks.sign(body, secret, delivery_id=message_id, at=at)
        headers["content-type"] = "application/json"
        target = f"/v1/orders/{path or placed['id']}/payments"
        return await client.post(target, content=body, headers=headers)

    return post


# --- ways to pay ---------------------------------------------------------------------------------


async def test_order_lists_the_ways_to_pay(place):
    payment = (await place())["payment"]
    assert payment["detail"] == "Nothing has been paid yet."
    assert [way["kind"] for way in payment["ways"]] == ["checkout", "invoice", "pickup"]
    assert payment["ways"][1]["detail"] == "IBAN XX00 0000 0000\nSample Organisation"


async def test_checkout_link_is_signed_over_order_amount_and_currency(place):
    placed = await place(quantity=2)
    sent = parse_qs(urlsplit(placed["payment"]["ways"][0]["url"]).query)
    assert (sent["order"], sent["amount"], sent["currency"]) == ([placed["id"]], ["18000"], ["USD"])
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"checkout.{placed['id']}.18000.USD".encode()
    expected = base64.urlsafe_b64encode(hmac.digest(key, signed, sha256)).decode().rstrip("=")
    assert sent["signature"] == [expected]


async def test_reference_opens_nothing(client, place):
    placed = await place()
    reference = placed["payment"]["reference"]
    assert len(reference) == 9
    assert reference.replace("-", "").lower() not in placed["id"]
    assert (await client.get(f"/v1/orders/{reference}")).status_code == 404


async def test_email_says_how_to_pay_with_the_reference(place, emails):
    placed = await place()
    [text] = [e.get_content() for e in emails() if e["Subject"] == "Your order: Paths"]
    assert placed["payment"]["ways"][0]["url"] in text.splitlines()
    assert f"reference {placed['payment']['reference']}:" in text
    assert "IBAN XX00 0000 0000" in text.splitlines()
    assert "We will e-mail you again" not in text


async def test_paid_order_offers_no_way_to_pay(place, decide):
    paid = (await decide((await place())["id"], "paid")).json()["order"]
    assert (paid["payment"]["ways"], paid["payment"]["state"]) == ([], "paid")


# --- payments that the checkout reports ----------------------------------------------------------


@pytest.mark.both_databases
async def test_reported_payment_marks_the_order_as_paid(context, client, place, pay, clock):
    placed = await place()
    response = await pay(placed)
    assert (response.status_code, response.json()) == (200, {"outcome": "paid"})
    paid = (await client.get(f"/v1/orders/{placed['id']}")).json()
    assert (paid["state"], paid["payment"]["paid_at"]) == ("paid", clock().isoformat())
    with context.database.read() as connection:
        [entry] = audit.list_entries(connection, placed["id"])
    assert (entry.actor, entry.action, entry.details) == (
        "checkout",
        "order.paid",
        {"payment": "msg_1"},
    )


@pytest.mark.both_databases
async def test_repeated_report_records_one_payment(client, key, place, pay):
    placed = await place()
    first, again = await pay(placed), await pay(placed)
    assert first.json() == again.json() == {"outcome": "paid"}
    path = f"/v1/moderation/orders/{placed['id']}"
    managed = (await client.get(path, headers=key("orders:manage"))).json()
    assert [payment["outcome"] for payment in managed["payments"]] == ["paid"]


async def test_second_payment_of_an_order_is_kept_for_staff(client, key, place, pay):
    placed = await place()
    await pay(placed)
    assert (await pay(placed, message_id="msg_2")).json() == {"outcome": "repeated"}
    path = f"/v1/moderation/orders/{placed['id']}"
    managed = (await client.get(path, headers=key("orders:manage"))).json()
    assert [payment["outcome"] for payment in managed["payments"]] == ["paid", "repeated"]
    assert managed["order"]["state"] == "paid"


@pytest.mark.parametrize("end", ["expired", "cancelled"])
async def test_late_payment_is_kept_for_staff(
    context, client, key, clock, place, decide, pay, count_available, end
):
    placed = await place()
    if end == "expired":
        clock.forward(days=16)
        orders.expire_unpaid(context)
    else:
        await decide(placed["id"], "cancel")
    assert (await pay(placed)).json() == {"outcome": "paid_late"}
    query, headers = {"state": "paid_late"}, key("orders:manage")
    listed = await client.get("/v1/moderation/orders", params=query, headers=headers)
    [managed] = listed.json()["items"]
    assert (managed["order"]["id"], managed["order"]["payment"]["state"]) == (placed["id"], "late")
    assert await count_available() == 5
    assert (await decide(placed["id"], "refund")).json()["order"]["state"] == "refunded"


async def test_payment_after_closing_is_recorded(context, client, place, pay):
    placed = await place()
    closing.begin(context, Change("shell:sample", "It has ended.", context.now()))
    closing.delete_personal_data(context, lambda *_: None)
    client._transport.app.state.context.recent_reads._reads.clear()  # as a second later
    refused = await client.post("/v1/orders", json={})
    assert (refused.status_code, (await pay(placed)).json()) == (409, {"outcome": "paid_late"})


async def test_wrong_secret_is_rejected(place, pay):
    response = await pay(await place(), secret=webhooks.new_secret())
    assert (response.status_code, response.json()["type"]) == (
        401,
        "/v1/problems/invalid-signature",
    )


@pytest.mark.parametrize("late", [-301, 301])
async def test_old_or_future_message_is_rejected(place, pay, clock, late):
    response = await pay(await place(), at=clock().timestamp() + late)
    assert response.status_code == 401


async def test_unsigned_message_is_rejected(client, place):
    placed = await place()
    report = {"order": placed["id"], **placed["total"]}
    response = await client.post(f"/v1/orders/{placed['id']}/payments", json=report)
    assert response.status_code == 401


async def test_signature_of_another_body_is_rejected(client, clock, place):
    placed = await place()
    headers = webhooks.sign(b"{}", SECRET, at=clock().timestamp())
    report = {"order": placed["id"], **placed["total"]}
    path = f"/v1/orders/{placed['id']}/payments"
    assert (await client.post(path, json=report, headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"amount": 1}, "amount"), ({"currency": "EUR"}, "currency"), ({"order": "ord_x"}, "order")],
)
async def test_payment_that_does_not_match_changes_nothing(client, place, pay, changes, field):
    placed = await place()
    response = await pay(placed, **changes)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    assert (await client.get(f"/v1/orders/{placed['id']}")).json()["state"] == "placed"


async def test_message_for_one_order_pays_no_other(client, place, pay):
    first, second = await place(), await place(email="other@example.org")
    assert (await pay(first, path=second["id"])).status_code == 422
    assert (await client.get(f"/v1/orders/{second['id']}")).json()["state"] == "placed"


async def test_message_id_is_for_one_order(place, pay):
    first, second = await place(), await place(email="other@example.org")
    await pay(first)
    response = await pay(second)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "webhook-id")


async def test_payment_of_an_unknown_order_is_not_found(place, pay):
    placed = await place()
    assert (await pay({**placed, "id": "ord_unknown"})).status_code == 404


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example/{order}/{amount}/{currency}/{signature}",
        "https://pay.example/{order}/{amount}/{currency}",
        "https://pay.example/{order}/{amount}/{currency}/{signature}/{other}",
        "https:///{order}/{amount}/{currency}/{signature}",
        "https://pay.example/{order.x}/{amount}/{currency}/{signature}",
        "https://pay.example/{",
    ],
)
def test_checkout_url_that_cannot_be_used_is_rejected(settings, url):
    with pytest.raises(ValidationError, match="placeholders"):
        settings.model_validate({**settings.model_dump(), "checkout_url": url})


def test_checkout_needs_url_and_secret(settings):
    fields = settings.model_dump() | {"secret": "x" * 40, "checkout_secret": None}
    with pytest.raises(ValidationError, match="belong together"):
        Settings(**fields)


def test_short_checkout_secret_is_rejected(settings):
    fields = settings.model_dump() | {"secret": "x" * 40, "checkout_secret": "whsec_c2hvcnQ="}
    with pytest.raises(ValidationError, match="24 to 64 bytes"):
        Settings(**fields)


def test_settings_do_not_show_the_secret(settings):
    assert SECRET not in repr(settings)
