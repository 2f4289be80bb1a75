"""From a poster to an order, step by step, with errors at each step."""

import logging
import re
from html import unescape

import pytest
from sample_campaign import ORDER, RESERVE

from imd_sdk.testing import (
    ConnectionRefused,
    Rejected,
    TimedOut,
    TooManyRequests,
    Unavailable,
)

SAME_ORIGIN = {"Origin": "http://widgets.example"}
RESERVATION = {"key": "form-1", "edition": "limited", "quantity": "2"}
ADDRESS = {
    "name": "Sample Person",
    "email": "sample@example.org",
    "lines": "1 Sample Street\r\nSample House",
    "postal_code": "",
    "locality": "Sampletown",
    "country": "KE",
}

pytestmark = pytest.mark.anyio


@pytest.fixture
def reserve(browser):
    async def post(values=RESERVATION, headers=SAME_ORIGIN, lang="en", slug="many-paths"):
        return await browser.post(f"/posters/{slug}?lang={lang}", data=values, headers=headers)

    return post


@pytest.fixture
def order(browser):
    async def post(values=RESERVATION | ADDRESS, headers=SAME_ORIGIN, lang="en"):
        path = f"/posters/many-paths/order?lang={lang}"
        return await browser.post(path, data=values, headers=headers)

    return post


def read_key(html: str) -> str:
    return unescape(re.search(r'name="key" value="([^"]*)"', html)[1])


def reservation_keys(campaign) -> list[str]:
    wanted = zip(campaign.received, campaign.keys, strict=True)
    return [key for body, key in wanted if "quantity" in body]


def order_keys(campaign) -> list[str]:
    wanted = zip(campaign.received, campaign.keys, strict=True)
    return [key for body, key in wanted if "reservation" in body]


async def test_each_visitor_gets_a_key_and_the_page_is_not_cached(browser):
    first, second = [await browser.get("/posters/many-paths") for _ in range(2)]
    assert len(read_key(first.text)) >= 20
    assert read_key(first.text) != read_key(second.text)
    assert first.headers["cache-control"] == "no-store"


async def test_reservation_reaches_the_campaign(reserve, campaign):
    response = await reserve()
    assert campaign.received == [{"edition": "limited", "quantity": 2}]
    assert response.status_code == 200
    assert "No. 64 and 65 of 100" in response.text
    assert "US$180.00" in response.text


async def test_reservation_shows_its_expiry_in_the_page_language(reserve):
    text = (await reserve()).text
    assert "For another 15 minutes, until 12:15\N{NARROW NO-BREAK SPACE}pm UTC." in text
    assert "لمدة 15 دقيقة أخرى" in (await reserve(lang="ar")).text


async def test_form_submitted_twice_reserves_once(reserve, campaign):
    await reserve()
    await reserve()
    assert len(set(campaign.keys)) == 1
    assert len(campaign.reservations()) == 1


@pytest.mark.parametrize("changed", [{"key": "form-2"}, {"quantity": "1"}, {"edition": "open"}])
async def test_changed_form_is_another_reservation(reserve, campaign, changed):
    await reserve()
    await reserve(RESERVATION | changed)
    assert len(set(campaign.keys)) == 2


async def test_reservation_page_reveals_no_secret(reserve, campaign):
    text = (await reserve()).text
    assert "rsv_" not in text
    assert reservation_keys(campaign)[0] not in text
    assert "form-1" not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', text))


async def test_too_few_remaining_prints_is_an_error_at_the_field(reserve, campaign):
    campaign.fail_next(Rejected("sold-out", extra={"available": 1}), on=RESERVE)
    response = await reserve()
    assert response.status_code == 409
    assert 'id="quantity-wrong">Only 1 print of this edition is left.' in response.text


async def test_sold_out_error_refreshes_the_stock(reserve, browser, campaign):
    await browser.get("/w/posters")
    campaign.fail_next(Rejected("sold-out", extra={"available": 0}), on=RESERVE)
    campaign.poster["editions"][1]["available"] = 0
    assert "This edition is sold out." in (await reserve()).text
    assert "37 of 100 left" not in (await browser.get("/w/posters")).text


async def test_rejected_form_gets_a_new_key(reserve, campaign):
    campaign.fail_next(Rejected("sold-out", extra={"available": 0}), on=RESERVE)
    text = (await reserve()).text
    assert read_key(text) != "form-1"
    await reserve(RESERVATION | {"key": read_key(text)})
    assert len(set(campaign.keys)) == 2


UNDECIDED = [
    TimedOut(),
    Unavailable(),
    Rejected("idempotency-in-flight"),
    TooManyRequests(),
]


@pytest.mark.parametrize("failure", UNDECIDED, ids=["timeout", "down", "in-flight", "rate"])
async def test_undecided_reservation_keeps_the_key(reserve, campaign, failure):
    campaign.fail_next(failure, on=RESERVE)
    response = await reserve()
    assert response.status_code in {429, 503}
    assert read_key(response.text) == "form-1"
    assert 'value="limited" checked' in response.text
    assert "Reserved for you" in (await reserve()).text
    assert len(set(campaign.keys)) == 1


async def test_unknown_outcome_says_that_retrying_is_safe(reserve, campaign):
    campaign.fail_next(TimedOut(), on=RESERVE)
    assert "nothing will be reserved or ordered twice" in (await reserve()).text


async def test_unsent_order_says_so(reserve, campaign):
    campaign.fail_next(ConnectionRefused(), on=RESERVE)
    assert "Your order could not be sent." in (await reserve()).text


async def test_invalid_reservation_is_an_error_at_its_field(reserve, campaign):
    response = await reserve(RESERVATION | {"edition": "", "quantity": "99"})
    assert response.status_code == 422
    assert campaign.received == [{"edition": "", "quantity": 0}]
    assert 'id="edition-wrong">Choose an edition.' in response.text
    assert '<a href="#quantity">Choose how many prints, from 1 to 10.</a>' in response.text


async def test_order_reaches_the_campaign_and_redirects_to_its_page(reserve, order, campaign):
    await reserve()
    response = await order(lang="fr")
    assert response.status_code == 303
    [placed] = campaign.orders()
    assert response.headers["location"] == f"/orders/{placed.id}?lang=fr"
    assert response.headers["cache-control"] == "no-store"
    assert campaign.received[-1] == {
        "reservation": campaign.reservations()[0].id,
        "name": "Sample Person",
        "email": "sample@example.org",
        "address": {
            "lines": ["1 Sample Street", "Sample House"],
            "postal_code": None,
            "locality": "Sampletown",
            "country": "KE",
        },
        "lang": "fr",
    }


async def test_order_uses_the_existing_reservation(reserve, order, campaign):
    await reserve()
    await order()
    assert len(campaign.reservations()) == 1
    assert len(set(reservation_keys(campaign))) == 1


async def test_order_submitted_twice_has_the_same_key(order, campaign):
    await order()
    await order()
    await order(RESERVATION | ADDRESS | {"locality": "Othertown"})
    first, second, other = order_keys(campaign)
    assert first == second != other
    assert first not in reservation_keys(campaign)


async def test_address_errors_are_shown_at_their_fields(order, campaign):
    wrong = ("email", "address.lines.0", "address.locality", "address.postal_code")
    campaign.fail_next(Rejected("invalid-body", wrong), on=ORDER)
    response = await order(lang="es")
    assert response.status_code == 422
    found = re.findall(r'id="(\w+)-wrong"', response.text)
    assert found == ["email", "lines", "postal_code", "locality"]
    assert "Escribe calle y número" in response.text


async def test_form_values_and_reservation_are_kept_after_an_error(order, campaign):
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=ORDER)
    text = (await order(RESERVATION | ADDRESS | {"name": 'A "quoted" name'})).text
    assert 'value="A &#34;quoted&#34; name"' in text
    assert ">1 Sample Street\nSample House</textarea>" in text.replace("\r\n", "\n")
    assert '<option value="KE" selected>' in text
    assert "No. 64 and 65 of 100" in text
    assert read_key(text) == "form-1"


@pytest.mark.parametrize("failure", UNDECIDED, ids=["timeout", "down", "in-flight", "rate"])
async def test_undecided_order_can_be_retried(order, campaign, failure):
    campaign.fail_next(failure, on=ORDER)
    response = await order()
    assert response.status_code in {429, 503}
    assert 'value="Sample Person"' in response.text
    assert (await order()).status_code == 303
    assert len(set(order_keys(campaign))) == 1


async def test_form_values_are_kept_when_the_reservation_is_unreadable(reserve, order, campaign):
    await reserve()
    campaign.fail_next(Unavailable(), on=RESERVE)
    response = await order()
    assert response.status_code == 503
    assert 'value="Sample Person"' in response.text
    assert read_key(response.text) == "form-1"


async def test_order_with_an_expired_reservation_links_back(order, campaign):
    campaign.fail_next(Rejected("reservation-expired"), on=ORDER)
    response = await order()
    assert response.status_code == 410
    assert "The reservation has expired" in response.text
    assert 'href="/posters/many-paths?lang=en"' in response.text


async def test_form_with_an_expired_reservation_says_so(reserve, clock):
    await reserve()
    clock.advance(16 * 60)
    response = await reserve()
    assert response.status_code == 410
    assert "The reservation has expired" in response.text


async def test_order_page_shows_payment_and_no_personal_data(reserve, order, browser):
    await reserve()
    response = await browser.get((await order()).headers["location"])
    assert "We will e-mail you how to pay" in response.text
    assert "No. 64 and 65 of 100" in response.text
    assert "Sample Person" not in response.text


async def test_order_page_is_not_cached_and_sends_no_referrer(reserve, order, browser):
    await reserve()
    headers = (await browser.get((await order()).headers["location"])).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


async def test_order_page_outlives_its_poster(reserve, order, browser, campaign):
    await reserve()
    location = (await order()).headers["location"]
    campaign.remove("/v1/posters/many-paths")
    response = await browser.get(location)
    assert response.status_code == 200
    assert "We will e-mail you how to pay" in response.text


@pytest.mark.parametrize("path", ["/orders/nothing", "/posters/nothing"])
async def test_unknown_order_or_poster_is_a_404_page(browser, path):
    response = await browser.get(f"{path}?lang=es")
    assert response.status_code == 404
    assert "Aquí no hay nada" in response.text


async def test_order_page_is_unavailable_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    assert (await browser.get("/orders/ord_sample")).status_code == 503


async def test_order_form_without_a_reservation_redirects_to_the_poster(browser):
    response = await browser.get("/posters/many-paths/order?lang=ar")
    assert (response.status_code, response.headers["location"]) == (
        303,
        "/posters/many-paths?lang=ar",
    )


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "null"}, {"Origin": "https://other.example"}, {}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_forms_of_another_site_are_rejected(reserve, order, campaign, headers):
    assert (await reserve(headers=headers)).status_code == 403
    assert (await order(headers=headers)).status_code == 403
    assert campaign.received == []


async def test_personal_data_and_secrets_are_not_logged(reserve, order, browser, campaign, caplog):
    caplog.set_level(logging.DEBUG)
    await reserve()
    location = (await order()).headers["location"]
    await browser.get(location)
    campaign.fail_next(Unavailable(), on=ORDER)
    await order()
    campaign.down = True
    await browser.get(location)
    ours = [r.getMessage() for r in caplog.records if "widgets.example" not in r.getMessage()]
    for secret in (
        "Sample Person",
        "sample@example.org",
        "Sample Street",
        campaign.reservations()[0].id,
        campaign.orders()[0].id,
        "form-1",
    ):
        assert secret not in "\n".join(ours)
