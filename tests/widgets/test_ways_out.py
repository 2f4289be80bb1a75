"""Presses that come through us are sent on to where they were meant to go, and nowhere else."""

from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.anyio

DOORS = {
    "x": "https://x.com/intent/post",
    "bluesky": "https://bsky.app/intent/compose",
    "facebook": "https://www.facebook.com/sharer/sharer.php",
    "whatsapp": "https://wa.me/",
    "telegram": "https://t.me/share/url",
}


@pytest.mark.parametrize(("network", "there"), DOORS.items())
async def test_a_message_is_taken_to_its_network(browser, network, there):
    answer = await browser.get(f"/share/{network}/convention?lang=en&hashtags=show")
    assert answer.status_code == 303
    assert answer.headers["location"].partition("?")[0] == there
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_words_are_those_of_the_widget(browser, campaign):
    answer = await browser.get("/share/x/convention?hashtags=hide&text=Other+words")
    said = parse_qs(urlsplit(answer.headers["location"]).query)["text"][0]
    assert campaign.kit["messages"][0]["text"] in said
    assert "#" not in said


async def test_an_online_event_is_left_for_where_it_happens(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    answer = await browser.get("/events/evt_1/online")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://example.org/call")


async def test_after_the_end_the_campaign_s_website_is_where_to_go(browser, campaign):
    campaign.campaign["links"] = {"website": "https://website.example/2026"}
    answer = await browser.get("/after")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://website.example/2026")


@pytest.mark.parametrize(
    "path",
    [
        "/after",
        "/events/evt_1/online",
        "/events/nothing/online",
        "/share/nothing/convention",
        "/share/email/convention",
        "/share/x/nothing",
    ],
)
async def test_where_nothing_is_meant_nobody_is_sent(browser, path):
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//x.example", "http://["]
)
async def test_nobody_is_sent_to_what_is_no_web_address(browser, campaign, address):
    campaign.event |= {"online": True, "place": None, "url": address}
    campaign.campaign["links"] = {"website": address}
    assert (await browser.get("/events/evt_1/online")).status_code == 404
    assert (await browser.get("/after")).status_code == 404
