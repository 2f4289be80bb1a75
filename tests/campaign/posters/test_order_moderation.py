import pytest

from imd_campaign import retention
from imd_campaign.audit import service as audit
from imd_campaign.crypto import open_sealed

pytestmark = pytest.mark.anyio


@pytest.fixture
def list_managed(client, key):
    headers = key("orders:manage")

    async def read(**query):
        return await client.get("/v1/moderation/orders", params=query, headers=headers)

    return read


@pytest.mark.both_databases
async def test_staff_see_orders_with_their_sealed_buyers(place, list_managed, private_key):
    placed = await place(quantity=2)
    [managed] = (await list_managed()).json()["items"]
    assert managed["order"] == placed
    assert open_sealed(managed["sealed"], private_key)["email"] == "buyer@example.org"


async def test_orders_are_listed_by_state_oldest_first(place, list_managed, decide, clock):
    first = await place()
    clock.forward(hours=1)
    second = await place(email="second@example.org")
    clock.forward(hours=1)
    paid = await place("open", email="third@example.org")
    await decide(paid["id"], "paid")
    page = (await list_managed(limit=1)).json()
    assert [item["order"]["id"] for item in page["items"]] == [first["id"]]
    rest = (await list_managed(limit=1, cursor=page["next"])).json()
    assert [item["order"]["id"] for item in rest["items"]] == [second["id"]]
    [only] = (await list_managed(state="paid")).json()["items"]
    assert only["order"]["id"] == paid["id"]


async def test_other_scopes_cannot_see_or_decide(client, place, key):
    placed, headers = await place(), key("events:moderate", "signatures:read")
    path = f"/v1/moderation/orders/{placed['id']}/decisions"
    body = {"decision": "paid", "reason": "A sample reason."}
    assert (await client.get("/v1/moderation/orders", headers=headers)).status_code == 403
    assert (await client.post(path, json=body, headers=headers)).status_code == 403
    assert (await client.post(path, json=body)).status_code == 401


@pytest.mark.both_databases
async def test_paid_and_sent_are_recorded_with_their_reason(context, place, decide):
    placed = await place()
    paid = (await decide(placed["id"], "paid", "Transfer 17")).json()["order"]
    sent = (await decide(placed["id"], "sent", "Parcel 18")).json()["order"]
    assert (paid["state"], paid["payment"]["state"], paid["kept_until"]) == ("paid", "paid", None)
    assert (sent["state"], sent["numbers"]) == ("sent", [1])
    with context.database.read() as connection:
        entries = audit.list_entries(connection, placed["id"])
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("order.paid", "Transfer 17"),
        ("order.sent", "Parcel 18"),
    ]


@pytest.mark.both_databases
async def test_address_of_a_sent_order_is_deleted_after_thirty_days(
    context, clock, place, decide, list_orders
):
    order_id = (await place())["id"]
    await decide(order_id, "paid")
    await decide(order_id, "sent")
    clock.forward(days=30)
    retention.purge_expired(context)
    assert list_orders()[0]["locked_buyer"]
    clock.forward(seconds=1)
    retention.purge_expired(context)
    assert list_orders()[0]["locked_buyer"] is None
    assert list_orders()[0]["sealed"]


async def test_address_of_a_paid_order_is_kept_until_it_is_sent(
    context, clock, place, decide, list_orders
):
    await decide((await place())["id"], "paid")
    clock.forward(days=100)
    retention.purge_expired(context)
    assert list_orders()[0]["locked_buyer"]


@pytest.mark.both_databases
async def test_cancelled_order_frees_its_prints_and_tells_the_buyer(
    place, decide, emails, count_available, list_orders
):
    placed = await place(quantity=2)
    cancelled = (await decide(placed["id"], "cancel", "The edition is damaged.")).json()
    assert (cancelled["order"]["state"], cancelled["order"]["numbers"]) == ("cancelled", [])
    assert (cancelled["sealed"], list_orders()[0]["mailbox"]) == (None, None)
    assert await count_available() == 5
    texts = {email["Subject"]: email.get_content() for email in emails()}
    assert "The edition is damaged." in texts["Your order has been cancelled: Paths"]


async def test_cancelled_paid_order_keeps_the_sealed_buyer(place, decide):
    placed = await place()
    await decide(placed["id"], "paid")
    cancelled = (await decide(placed["id"], "cancel")).json()
    assert (cancelled["order"]["state"], bool(cancelled["sealed"])) == ("cancelled", True)


@pytest.mark.parametrize(
    ("earlier", "decision"),
    [(["cancel"], "paid"), (["paid"], "paid"), (["paid", "sent"], "cancel")],
)
async def test_decision_that_comes_too_late_is_rejected(place, decide, earlier, decision):
    placed = await place()
    for made in earlier:
        await decide(placed["id"], made)
    response = await decide(placed["id"], decision)
    assert (response.status_code, response.json()["type"]) == (
        409,
        "/v1/problems/already-decided",
    )


async def test_unpaid_order_cannot_be_sent(place, decide):
    response = await decide((await place())["id"], "sent")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "decision")


async def test_deciding_on_an_unknown_order_is_not_found(decide):
    assert (await decide("ord_none", "paid")).status_code == 404


def find_email(emails, subject):
    [found] = [email for email in emails if email["Subject"] == subject]
    return found


async def test_buyer_is_told_that_the_order_was_sent(place, decide, emails):
    placed = await place()
    for decision in ("paid", "sent"):
        await decide(placed["id"], decision, "Parcel 18")
    email = find_email(emails(), "Your order has been sent: Paths")
    assert email["To"] == "buyer@example.org"
    text = email.get_content()
    assert f"https://campaign.example/orders/{placed['id']}?lang=en" in text.splitlines()
    assert "Parcel" not in text


async def test_buyer_is_told_that_a_paid_order_was_cancelled_and_refunded(place, decide, emails):
    placed = await place(lang="es")
    for decision in ("paid", "cancel", "refund"):
        await decide(placed["id"], decision, "Damaged.")
    sent = emails()
    cancelled = find_email(sent, "Tu pedido se ha cancelado: Caminos").get_content()
    assert "te devolveremos el pago" in cancelled
    assert "Damaged." in cancelled.splitlines()
    assert "US$" in find_email(sent, "Te hemos devuelto el pago: Caminos").get_content()


@pytest.mark.both_databases
async def test_stock_counts_sold_held_and_left(client, key, place, decide):
    paid = await place(quantity=2)
    await decide(paid["id"], "paid")
    await place(email="second@example.org")
    await place("open", 3, email="third@example.org")
    response = await client.get("/v1/moderation/stock", headers=key("orders:manage"))
    limited, opened = response.json()["items"]
    assert limited == {
        "poster": "paths",
        "edition": "limited",
        "kind": "limited",
        "run": 5,
        "sold": 2,
        "held": 1,
        "left": 2,
    }
    assert (opened["sold"], opened["held"], opened["left"]) == (0, 3, None)


async def test_print_refunded_after_it_was_sent_stays_sold(client, key, place, decide):
    placed = await place()
    for decision in ("paid", "sent", "refund"):
        await decide(placed["id"], decision)
    response = await client.get("/v1/moderation/stock", headers=key("orders:manage"))
    limited = response.json()["items"][0]
    assert (limited["sold"], limited["left"]) == (1, 4)


async def test_stock_needs_its_scope(client, key, poster):
    response = await client.get("/v1/moderation/stock", headers=key("events:moderate"))
    assert response.status_code == 403
