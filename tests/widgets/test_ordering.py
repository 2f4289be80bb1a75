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
    async def post(values, headers=SAME_ORIGIN, lang="en"):
        path = f"/posters/many-paths/order?lang={lang}"
        return await browser.post(path, data=values, headers=headers)

    return post


@pytest.fixture
def form(reserve):
    """The fields of the form that a reservation leads to, filled in."""

    async def fill(**changes):
        return RESERVATION | ADDRESS | {"reservation": read_token((await reserve()).text)} | changes

    return fill


def read_field(name: str, html: str) -> str:
    return unescape(re.search(f'name="{name}" value="([^"]*)"', html)[1])


def read_key(html: str) -> str:
    return read_field("key", html)


def read_token(html: str) -> str:
    return read_field("reservation", html)


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
    assert "<dd>2 prints</dd>" in response.text
    assert "US$180.00" in response.text


async def test_reservation_promises_no_numbers(reserve):
    text = (await reserve()).text
    assert "No. " not in text
    assert "The prints get their numbers when you confirm the order by e-mail." in text
    assert "get their numbers" not in (await reserve(RESERVATION | {"edition": "open"})).text


async def test_reservation_shows_until_when_the_price_is_valid(reserve):
    text = (await reserve()).text
    assert "This price is valid until 1:00\N{NARROW NO-BREAK SPACE}pm UTC." in text
    assert "هذا السعر سارٍ حتى" in (await reserve(lang="ar")).text


async def test_token_of_the_reservation_is_in_no_url(reserve):
    text = (await reserve()).text
    token = read_token(text)
    assert token not in "".join(re.findall(r'(?:href|action|src)="([^"]*)"', text))


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


UNDECIDED = [
    TimedOut(),
    Unavailable(),
    Rejected("idempotency-in-flight"),
    TooManyRequests(),
]


@pytest.mark.parametrize("failure", UNDECIDED, ids=["timeout", "down", "in-flight", "rate"])
async def test_failed_reservation_keeps_what_was_chosen(reserve, campaign, failure):
    campaign.fail_next(failure, on=RESERVE)
    response = await reserve()
    assert response.status_code in {429, 503}
    assert 'value="limited" checked' in response.text
    assert (await reserve()).status_code == 200


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
    assert '<a href="#quantity">Choose up to 2 prints' in response.text


async def test_order_reaches_the_campaign_and_redirects_to_the_thanks_page(
    form, order, browser, campaign
):
    values = await form()
    response = await order(values, lang="fr")
    assert response.status_code == 303
    assert response.headers["location"] == "/posters/many-paths/thanks?lang=fr"
    assert campaign.received[-1] == {
        "reservation": values["reservation"],
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
    thanks = await browser.get(response.headers["location"])
    assert "Nous vous avons envoyé un courriel." in thanks.text


async def test_thanks_page_says_that_one_step_is_left(browser):
    text = (await browser.get("/posters/many-paths/thanks")).text
    assert "Your order is placed only after that." in text
    assert 'href="/posters/many-paths?lang=en"' in text


async def test_order_submitted_twice_has_the_same_key(form, order, campaign):
    values = await form()
    await order(values)
    await order(values)
    await order(values | {"locality": "Othertown"})
    first, second, other = order_keys(campaign)
    assert first == second != other
    assert len(campaign.mail) == 2


async def test_address_errors_are_shown_at_their_fields(form, order, campaign):
    wrong = ("email", "address.lines.0", "address.locality", "address.postal_code")
    campaign.fail_next(Rejected("invalid-body", wrong), on=ORDER)
    response = await order(await form(), lang="es")
    assert response.status_code == 422
    found = re.findall(r'id="(\w+)-wrong"', response.text)
    assert found == ["email", "lines", "postal_code", "locality"]
    assert "Escribe calle y número" in response.text


async def test_form_values_are_kept_after_an_error(form, order, campaign):
    values = await form(name='A "quoted" name')
    campaign.fail_next(Rejected("invalid-body", ("email",)), on=ORDER)
    text = (await order(values)).text
    assert 'value="A &#34;quoted&#34; name"' in text
    assert ">1 Sample Street\nSample House</textarea>" in text.replace("\r\n", "\n")
    assert '<option value="KE" selected>' in text
    assert "US$180.00" in text
    assert read_key(text) == "form-1"


async def test_price_is_fixed_again_after_an_error(form, order, campaign):
    values = await form(email="nobody")
    campaign.clock.advance(30 * 60)
    text = (await order(values)).text
    assert read_token(text) != values["reservation"]
    assert "This price is valid until 1:30\N{NARROW NO-BREAK SPACE}pm UTC." in text


@pytest.mark.parametrize("failure", UNDECIDED, ids=["timeout", "down", "in-flight", "rate"])
async def test_undecided_order_can_be_retried(form, order, campaign, failure):
    values = await form()
    campaign.fail_next(failure, on=ORDER)
    response = await order(values)
    assert response.status_code in {429, 503}
    assert 'value="Sample Person"' in response.text
    assert "US$180.00" in response.text
    assert read_token(response.text) == values["reservation"]
    assert (await order(values)).status_code == 303
    assert len(set(order_keys(campaign))) == 1


async def test_form_values_are_kept_while_the_campaign_is_down(form, order, campaign):
    values = await form()
    campaign.down = True
    response = await order(values)
    assert response.status_code == 503
    assert 'value="Sample Person"' in response.text
    assert read_token(response.text) == values["reservation"]


async def test_expired_price_is_fixed_again_and_keeps_the_address(form, order, campaign):
    values = await form()
    campaign.clock.advance(61 * 60)
    response = await order(values)
    assert response.status_code == 410
    assert "The price was valid for an hour and has been fixed again." in response.text
    assert 'value="Sample Person"' in response.text
    again = values | {"reservation": read_token(response.text)}
    assert (await order(again)).status_code == 303


async def test_edition_that_sold_out_meanwhile_is_reported(form, order, campaign):
    values = await form()
    campaign.clock.advance(61 * 60)
    campaign.fail_next(Rejected("sold-out", extra={"available": 0}), on=RESERVE)
    response = await order(values)
    assert response.status_code == 409
    assert "This edition is sold out." in response.text


async def test_changed_token_is_rejected(form, order, campaign):
    response = await order(await form(reservation="nonsense"))
    assert response.status_code == 422
    assert campaign.mail == ()


@pytest.fixture
def placed(browser, campaign):
    """The path of the page of a confirmed order."""
    token = campaign.order_prints().removeprefix("/confirm/")
    return f"/orders/{campaign.client().confirmations.confirm(token).order}"


def set_state(campaign, state, payment):
    campaign.change_responses(
        lambda sent: (
            sent
            | {"state": state, "payment": sent["payment"] | {"state": payment}, "kept_until": None}
        ),
        on="GET /v1/orders/{order_id}",
    )


async def test_order_page_shows_payment_and_no_personal_data(browser, placed):
    text = (await browser.get(placed)).text
    assert "We have received your order" in text
    assert "We will e-mail you how to pay" in text
    assert "No. 64 and 65 of 100" in text
    assert "Sample Buyer" not in text
    assert "Sample Street" not in text


async def test_order_page_shows_until_when_it_is_kept(browser, placed):
    text = (await browser.get(placed)).text
    assert "Kept for you until" in text
    assert '<time datetime="2026-12-07">7 December 2026</time>' in text


@pytest.mark.parametrize(
    ("state", "payment", "title"),
    [
        ("paid", "paid", "Your order is paid"),
        ("sent", "paid", "Your order has been sent"),
        ("cancelled", "cancelled", "Your order has been cancelled"),
        ("expired", "cancelled", "Your order has expired"),
        ("later", "later", "We have received your order"),
    ],
)
async def test_order_page_shows_its_state(browser, campaign, placed, state, payment, title):
    set_state(campaign, state, payment)
    text = (await browser.get(placed)).text
    assert f"<h1>{title}</h1>" in text
    assert "Kept for you until" not in text


async def test_order_page_is_not_cached_and_sends_no_referrer(browser, placed):
    headers = (await browser.get(placed)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


async def test_order_page_outlives_its_poster(browser, campaign, placed):
    campaign.remove("/v1/posters/many-paths")
    response = await browser.get(placed)
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
    assert (await order(RESERVATION | ADDRESS, headers=headers)).status_code == 403
    assert campaign.received == []


async def test_personal_data_and_secrets_are_not_logged(
    form, order, browser, campaign, placed, caplog
):
    caplog.set_level(logging.DEBUG)
    values = await form()
    await order(values)
    await browser.get(placed)
    campaign.fail_next(Unavailable(), on=ORDER)
    await order(values)
    campaign.down = True
    await browser.get(placed)
    ours = [r.getMessage() for r in caplog.records if "widgets.example" not in r.getMessage()]
    for secret in (
        "Sample Person",
        "sample@example.org",
        "Sample Street",
        values["reservation"],
        placed.removeprefix("/orders/"),
        "form-1",
    ):
        assert secret not in "\n".join(ours)
