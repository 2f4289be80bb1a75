"""robots.txt, sitemap.xml and security.txt."""

from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.anyio

HOME = "http://widgets.example"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SECURITY = "/.well-known/security.txt"
PUBLIC = ["/", "/petitions/convention", "/events/evt_1", "/posters/many-paths", "/w/countdown"]
FOR_ONE_READER = [
    f"/{path}/secret" for path in ("confirm", "orders", "partners", "v1/confirmations")
]


async def read_sitemap(browser) -> dict[str, str | None]:
    root = ET.fromstring((await browser.get("/sitemap.xml")).content)  # noqa: S314 - our own answer
    return {url.findtext(f"{SPACE}loc"): url.findtext(f"{SPACE}lastmod") for url in root}


async def fields(browser) -> dict[str, str]:
    response = await browser.get(SECURITY)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in response.text.splitlines())


async def test_robots_may_read_public_pages_and_nothing_with_a_token(browser):
    robots = RobotFileParser()
    robots.parse((await browser.get("/robots.txt")).text.splitlines())
    assert [path for path in PUBLIC if robots.can_fetch("Twitterbot", HOME + path)] == PUBLIC
    assert not any(robots.can_fetch("Twitterbot", HOME + path) for path in FOR_ONE_READER)
    assert robots.site_maps() == [f"{HOME}/sitemap.xml"]


async def test_robots_may_read_every_page_in_the_sitemap(browser):
    robots = RobotFileParser()
    robots.parse((await browser.get("/robots.txt")).text.splitlines())
    pages = list(await read_sitemap(browser))
    assert [page for page in pages if robots.can_fetch("Twitterbot", page)] == pages


async def test_robots_check_no_pages_of_others(browser):
    assert "\nDisallow: /check?*url=\n" in (await browser.get("/robots.txt")).text


async def test_sitemap_lists_the_public_pages(browser):
    assert await read_sitemap(browser) == {
        f"{HOME}/?lang=en": None,
        f"{HOME}/privacy?lang=en": None,
        f"{HOME}/check?lang=en": None,
        f"{HOME}/petitions/convention?lang=en": None,
        f"{HOME}/events/evt_1?lang=es": "2026-11-20T10:00:00+00:00",
        f"{HOME}/posters/many-paths?lang=en": None,
    }


async def test_every_page_in_the_sitemap_names_itself_as_canonical(browser):
    for address in await read_sitemap(browser):
        text = (await browser.get(address)).text
        assert f'<link rel="canonical" href="{address}">' in text
        assert "noindex" not in text


async def test_new_event_appears_in_the_sitemap(browser, campaign, clock):
    await read_sitemap(browser)
    campaign.events = [campaign.event, campaign.event | {"id": "evt_<2>"}]
    clock.advance(120)
    assert f"{HOME}/events/evt_%3C2%3E?lang=es" in await read_sitemap(browser)


async def test_unpublished_event_is_not_in_the_sitemap(browser, campaign):
    campaign.event["state"] = "pending_review"
    assert not any("/events/" in address for address in await read_sitemap(browser))


async def test_sitemap_outlives_an_outage(browser, campaign, clock):
    before = await read_sitemap(browser)
    campaign.down = True
    clock.advance(3600)
    assert await read_sitemap(browser) == before


async def test_sitemap_without_a_campaign_is_not_cached(browser, campaign):
    campaign.down = True
    response = await browser.get("/sitemap.xml")
    assert (response.status_code, response.headers["retry-after"]) == (503, "30")


async def test_sitemap_asks_the_campaign_once_for_many_readers(browser, campaign):
    for _ in range(5):
        await read_sitemap(browser)
    assert campaign.calls.count("GET /v1/events") == 1


async def test_pages_of_a_campaign_that_is_over_are_not_in_the_sitemap(served_with, clock):
    async with served_with(sunset=datetime(2026, 11, 1, tzinfo=UTC)) as browser:
        assert len(await read_sitemap(browser)) == 3


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("safe@campaign.example", "mailto:safe@campaign.example"),
        ("https://campaign.example/report", "https://campaign.example/report"),
    ],
)
async def test_security_contact_is_that_of_the_settings(served_with, contact, said):
    async with served_with(contact=contact, public_url="https://widgets.example") as browser:
        found = await fields(browser)
    assert found["Contact"] == said
    assert found["Canonical"] == f"https://widgets.example{SECURITY}"


async def test_security_contact_expires_within_a_year(served_with, clock):
    async with served_with(contact="safe@campaign.example") as browser:
        expires = datetime.fromisoformat((await fields(browser))["Expires"])
    assert clock.time + timedelta(days=90) < expires < clock.time + timedelta(days=365)


@pytest.mark.parametrize("contact", ["", "http://campaign.example/report"])
async def test_without_a_usable_contact_there_is_no_security_txt(served_with, contact):
    async with served_with(contact=contact) as browser:
        assert (await browser.get(SECURITY)).status_code == 404
