"""How forms pass a proof of work and the visitor's network to the campaign."""

import pytest
from sample_campaign import ATTEND, ORDER, SIGN

from imd_sdk.testing import Rejected, TooManyRequests

pytestmark = pytest.mark.anyio

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL}
FILLED = {"name": "Sample Person", "email": "sample@example.org", "country": "KE"}
VISITOR = "203.0.113.9"


async def test_challenge_is_never_cached_and_for_our_own_pages_only(browser):
    response = await browser.get("/challenge")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in response.headers


async def test_form_goes_without_a_proof_if_the_campaign_is_down(browser, campaign):
    campaign.down = True
    assert (await browser.get("/challenge")).json() == {"challenge": None}


async def test_limit_of_the_campaign_is_passed_on(browser, campaign):
    campaign.fail_next(TooManyRequests(retry_after=7), on="GET /v1/challenges")
    response = await browser.get("/challenge")
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.json() == {"challenge": None}


@pytest.mark.parametrize(
    ("path", "on", "values"),
    [
        ("/petitions/convention", SIGN, FILLED),
        ("/events/evt_1", ATTEND, FILLED | {"guests": "0"}),
        ("/posters/many-paths/order", ORDER, FILLED | {"edition": "open", "quantity": "1"}),
    ],
)
async def test_full_queue_keeps_what_was_entered(browser, campaign, path, on, values):
    campaign.fail_next(Rejected("queue-full"), on=on)
    response = await browser.post(path, data=values | {"proof": "abc"}, headers=SAME_ORIGIN)
    assert response.status_code == 503
    assert "So many people are taking part right now" in response.text
    assert 'value="Sample Person"' in response.text
    assert 'name="proof" value="abc"' in response.text


@pytest.mark.parametrize("problem", ["busy"])
async def test_paused_campaign_is_explained_and_keeps_what_was_entered(browser, campaign, problem):
    campaign.fail_next(Rejected(problem), on=SIGN)
    response = await browser.post("/petitions/convention", data=FILLED, headers=SAME_ORIGIN)
    assert response.status_code == 503
    assert "We are not accepting forms at the moment" in response.text
    assert 'value="Sample Person"' in response.text


async def test_thanks_page_says_how_long_the_email_can_take(browser):
    text = (await browser.get("/petitions/convention/thanks")).text
    assert "can take up to two hours" in text


async def test_proof_of_an_order_reaches_the_campaign(browser, campaign):
    token = campaign.client().posters.reserve("many-paths", edition="open").token
    values = FILLED | {"reservation": token, "lines": "1 Sample Street", "locality": "Sampletown"}
    path = "/posters/many-paths/order"
    await browser.post(path, data=values | {"proof": "abc"}, headers=SAME_ORIGIN)
    assert campaign.received[-1]["proof"] == "abc"


# --- whose network -----------------------------------------------------------------------------


def read_visitor(campaign) -> str | None:
    return campaign.requests[-1].headers.get("imd-visitor-address")


async def test_campaign_learns_the_visitors_address_from_a_known_server(campaign, served_with):
    key = campaign.key("submissions:relay")
    settings = {"campaign_key": key, "trusted_proxies": "127.0.0.1"}
    async with served_with(**settings) as browser:
        browser.headers["X-Forwarded-For"] = f"198.51.100.7, {VISITOR}"
        campaign.clear_faults()
        await browser.get("/challenge")
        assert read_visitor(campaign) == VISITOR


async def test_address_that_a_visitor_claims_is_not_believed(campaign, served_with):
    async with served_with(campaign_key=campaign.key("submissions:relay")) as browser:
        browser.headers["X-Forwarded-For"] = VISITOR
        await browser.get("/challenge")
        assert read_visitor(campaign) != VISITOR


async def test_no_address_is_sent_without_a_key(campaign, browser):
    await browser.post("/petitions/convention", data=FILLED, headers=SAME_ORIGIN)
    assert read_visitor(campaign) is None
