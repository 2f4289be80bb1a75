"""The page behind the link to confirm an order, and what it offers if the prints are sold out."""

import re

import pytest
from sample_campaign import BUYER

from imd_sdk.testing import Rejected

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}
CONFIRM = "POST /v1/confirmations/{token}"

pytestmark = pytest.mark.anyio


@pytest.fixture
def submit(browser):
    async def post(path, lang="en", **values):
        return await browser.post(f"{path}?lang={lang}", data=values, headers=SAME_ORIGIN)

    return post


@pytest.fixture
def path(campaign) -> str:
    return campaign.order_prints()


def fail_sold_out(campaign, available) -> None:
    campaign.fail_next(Rejected("sold-out", extra={"available": available}), on=CONFIRM)


async def test_page_shows_the_prints_the_price_and_the_address(browser, path):
    text = (await browser.get(path)).text
    assert "Confirm your order" in text
    assert "<dd>2 prints</dd>" in text
    assert "<dd>US$180.00</dd>" in text
    lines = ("1 Sample Street", "Sample House", "00100 Sampletown", "Kenya")
    assert "<br>".join(f"<bdi>{line}</bdi>" for line in lines) in text
    assert 'name="name" type="text" value="Sample Buyer"' in text


async def test_typed_text_is_escaped(browser, campaign):
    address = BUYER["address"] | {"lines": ["<b>Street</b>"]}
    text = (await browser.get(campaign.order_prints(address=address, name="<i>Name"))).text
    assert "&lt;b&gt;Street" in text
    assert "<i>" not in text


async def test_page_asks_for_no_consent(browser, path):
    text = (await browser.get(path)).text
    assert 'name="public"' not in text
    assert 'name="updates"' not in text


async def test_confirming_leads_to_the_page_of_the_order(browser, submit, campaign, path):
    response = await submit(path, name="Corrected Buyer")
    assert response.headers["location"] == f"{path}?lang=en"
    response = await browser.get(response.headers["location"])
    [order] = campaign.orders()
    assert response.headers["location"] == f"/orders/{order.id}?lang=en"
    assert order.name == "Corrected Buyer"


async def test_invalid_name_is_shown_at_its_field(submit, path):
    response = await submit(path, name="x" * 101)
    assert response.status_code == 422
    assert 'id="name-wrong">Enter your name, with up to 100 characters.' in response.text


async def test_confirmed_order_refreshes_the_stock(browser, submit, path, campaign):
    assert "37 of 100 left" in (await browser.get("/posters/many-paths")).text
    campaign.poster["editions"][1]["available"] = 35
    await submit(path, name="Sample Buyer")
    assert "35 of 100 left" in (await browser.get("/posters/many-paths")).text


async def test_rejected_order_is_deleted(browser, submit, campaign, path):
    await submit(f"{path}/reject")
    text = (await browser.get(path)).text
    assert "What was entered has been deleted" in text
    assert "Sample" not in text
    assert campaign.orders() == []


async def test_emails_can_be_allowed_again(browser, submit, path):
    await submit(f"{path}/reject")
    response = await submit(f"{path}/allow")
    text = (await browser.get(response.headers["location"])).text
    assert "E-mails are allowed again" in text
    assert 'href="/w/posters?lang=en"' in text


async def test_form_is_kept_while_the_campaign_is_down(submit, campaign, path):
    campaign.down = True
    response = await submit(path, name="Corrected Buyer", kind="order")
    assert response.status_code == 503
    assert 'value="Corrected Buyer"' in response.text


# ------------------------------------------------------------------ sold out


def read_offers(text: str) -> list[tuple[str, str]]:
    return re.findall(r'name="edition" value="(\w+)">\s*<input[^>]*value="(\d+)"', text)


async def test_open_edition_is_offered_instead(submit, campaign, path):
    fail_sold_out(campaign, 0)
    response = await submit(path, name="Corrected Buyer")
    assert response.status_code == 409
    assert "<h1>Sold out</h1>" in re.sub(r">\s+|\s+<", lambda m: m[0].strip(), response.text)
    assert "This edition is sold out. Nothing has been ordered yet." in response.text
    assert read_offers(response.text) == [("open", "2")]
    assert "<dd>US$50.00</dd>" in response.text
    assert 'name="name" value="Corrected Buyer"' in response.text


async def test_remaining_print_is_offered_at_the_price_of_the_order(submit, campaign, path):
    fail_sold_out(campaign, 1)
    response = await submit(path, name="Sample Buyer")
    assert "Only 1 print of this edition is left." in response.text
    assert read_offers(response.text) == [("open", "2"), ("limited", "1")]
    assert "<dd>US$90.00</dd>" in response.text


async def test_offer_is_ordered_with_one_press(browser, submit, campaign, path):
    fail_sold_out(campaign, 0)
    text = (await submit(path, name="Sample Buyer")).text
    [(edition, quantity)] = read_offers(text)
    await submit(path, name="Sample Buyer", kind="order", edition=edition, quantity=quantity)
    [order] = campaign.orders()
    assert (order.state, order.edition, order.quantity) == ("placed", "open", 2)


async def test_poster_off_sale_offers_nothing(submit, campaign, path):
    fail_sold_out(campaign, 0)
    campaign.poster["state"] = "archived"
    response = await submit(path, name="Sample Buyer")
    assert response.status_code == 409
    assert read_offers(response.text) == []


async def test_unreadable_poster_offers_nothing(submit, campaign, path):
    fail_sold_out(campaign, 0)
    campaign.remove("/v1/posters/many-paths")
    response = await submit(path, name="Sample Buyer")
    assert (response.status_code, read_offers(response.text)) == (409, [])


async def test_limit_of_unpaid_prints_is_explained(submit, campaign, path):
    campaign.fail_next(Rejected("order-limit-reached", extra={"available": 1}), on=CONFIRM)
    response = await submit(path, name="Sample Buyer")
    assert response.status_code == 409
    assert "You can have at most two unpaid prints of an edition on order." in response.text
    assert read_offers(response.text) == [("open", "2"), ("limited", "1")]


async def test_changed_offer_is_rejected(submit, path):
    response = await submit(path, name="Sample Buyer", edition="golden", quantity="x")
    assert response.status_code == 422
    assert "This could not be accepted." in response.text
