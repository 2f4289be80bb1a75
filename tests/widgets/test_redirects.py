"""Redirects for links in sandboxed frames lead to their target and nowhere else."""

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
async def test_message_redirects_to_its_network(browser, network, there):
    response = await browser.get(f"/share/{network}/convention?lang=en&hashtags=show")
    assert response.status_code == 303
    assert response.headers["location"].partition("?")[0] == there
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


async def test_redirect_posts_the_text_of_the_widget(browser, campaign):
    response = await browser.get("/share/x/convention?hashtags=hide&text=Other+words")
    said = parse_qs(urlsplit(response.headers["location"]).query)["text"][0]
    assert campaign.share_kit["messages"][0]["text"] in said
    assert "#" not in said


async def test_online_event_redirects_to_its_url(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    response = await browser.get("/events/evt_1/online")
    assert (response.status_code, response.headers["location"]) == (303, "https://example.org/call")


async def test_after_sunset_redirects_to_the_campaign_website(browser, campaign):
    campaign.campaign["links"] = {"website": "https://website.example/2026"}
    response = await browser.get("/after")
    assert (response.status_code, response.headers["location"]) == (
        303,
        "https://website.example/2026",
    )


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
async def test_unknown_target_is_not_found(browser, path):
    response = await browser.get(path)
    assert response.status_code == 404
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//x.example", "http://["]
)
async def test_redirects_lead_to_http_urls_only(browser, campaign, address):
    campaign.event |= {"online": True, "place": None, "url": address}
    campaign.campaign["links"] = {"website": address}
    assert (await browser.get("/events/evt_1/online")).status_code == 404
    assert (await browser.get("/after")).status_code == 404
