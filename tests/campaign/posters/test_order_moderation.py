import pytest

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


async def test_paid_order_keeps_no_address_that_the_server_can_read(place, decide, list_orders):
    await decide((await place())["id"], "paid")
    [row] = list_orders()
    assert row["locked_buyer"] is None
    assert row["sealed"]


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
