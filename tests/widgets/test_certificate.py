"""The certificates of numbered prints, and how an order says to pay."""

import pytest

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def place(campaign):
    """Place an order; return its ID."""

    def place(**changes):
        token = campaign.order_prints(**changes).rpartition("/")[2]
        return campaign.client().confirmations.confirm(token).order

    return place


@pytest.fixture
def decide(campaign):
    staff = campaign.client(api_key=campaign.key("orders:manage"))

    def decide(order_id, *decisions):
        for decision in decisions:
            staff.moderation.decide_order(order_id, decision=decision, reason="A sample.")

    return decide


async def test_paid_order_has_a_certificate_for_each_print(browser, place, decide):
    order_id = place(quantity=2)
    decide(order_id, "paid")
    assert f"/orders/{order_id}/certificate" in (await browser.get(f"/orders/{order_id}")).text
    text = (await browser.get(f"/orders/{order_id}/certificate")).text
    assert text.count('<section class="certificate"') == 2
    assert " / 100</bdi>" in text
    assert "Sample Buyer" not in text


@pytest.mark.parametrize(
    ("edition", "decisions"),
    [("limited", []), ("limited", ["cancel"]), ("limited", ["paid", "refund"]), ("open", ["paid"])],
)
async def test_other_orders_have_no_certificate(browser, place, decide, edition, decisions):
    order_id = place(edition=edition, quantity=1)
    decide(order_id, *decisions)
    assert "/certificate" not in (await browser.get(f"/orders/{order_id}")).text
    assert (await browser.get(f"/orders/{order_id}/certificate")).status_code == 404


async def test_name_is_printed_when_the_buyer_asks(browser, place, decide):
    order_id = place()
    decide(order_id, "paid", "sent")
    response = await browser.post(
        f"/orders/{order_id}/certificate",
        data={"name": "Buyer <b>"},
        headers=SAME_ORIGIN,
    )
    assert "<dd><bdi>Buyer &lt;b&gt;</bdi></dd>" in response.text
    assert response.headers["cache-control"] == "no-store"


async def test_name_from_another_site_is_rejected(browser, place, decide):
    order_id = place()
    decide(order_id, "paid")
    elsewhere = SAME_ORIGIN | {"Origin": "https://other.example"}
    path = f"/orders/{order_id}/certificate"
    assert (await browser.post(path, data={"name": "X"}, headers=elsewhere)).status_code == 403


async def test_order_shows_the_ways_to_pay(browser, campaign, place):
    ways = [
        {"kind": "checkout", "detail": None, "url": "https://pay.example/?a=1&b=2"},
        {"kind": "invoice", "detail": "IBAN <XX>\nSample", "url": None},
        {"kind": "pickup", "detail": "Sample Hall", "url": None},
    ]
    order_id = place()

    def add_ways(sent):
        return sent | {"payment": sent["payment"] | {"ways": ways, "reference": "ABCD-1234"}}

    campaign.change_responses(add_ways, on="GET /v1/orders/{order_id}")
    text = (await browser.get(f"/orders/{order_id}")).text
    assert 'href="https://pay.example/?a=1&amp;b=2" rel="noreferrer"' in text
    assert "IBAN &lt;XX&gt;&#10;Sample" in text
    assert '<b dir="ltr">ABCD-1234</b>' in text
    assert "When you collect it" in text


@pytest.mark.parametrize(
    ("decisions", "title"),
    [
        (["paid", "refund"], "Your payment has been refunded"),
        (["cancel", "paid_late"], "Your payment arrived too late"),
    ],
)
async def test_title_says_what_became_of_the_payment(browser, place, decide, decisions, title):
    order_id = place()
    decide(order_id, *decisions)
    assert f"<h1>{title}</h1>" in (await browser.get(f"/orders/{order_id}")).text
