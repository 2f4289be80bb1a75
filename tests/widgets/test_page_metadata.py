"""Previews of pasted links, and metadata for search engines."""

import json
import re
from html import unescape

import pytest

from imd_widgets.languages import read_languages
from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

PATHS = [widget.path.format(petition="convention") for widget in WIDGETS]
LISTED = [
    "/",
    "/petitions/convention",
    "/events/evt_1",
    "/posters/many-paths",
    "/check",
    "/privacy",
]
UNLISTED = [
    "/petitions/convention/thanks",
    "/confirm",
    "/confirm/good",
    "/confirm/rejected",
    "/confirm/rejected/allowed",
    "/events/evt_1/thanks",
    "/posters/many-paths/thanks",
    "/events/evt_1/calendar",
    "/events/calendar",
    "/orders/{order}",
    "/share/mastodon/convention",
    "/check?url=example",
]
NOINDEX = '<meta name="robots" content="noindex">'
PRIVATE = {"name": "Home of a person", "address": "1 Hidden Street", "precision": "area"}


@pytest.fixture
def place_order(campaign):
    def place_order() -> str:
        token = campaign.order_prints().removeprefix("/confirm/")
        return campaign.client().confirmations.confirm(token).order

    return place_order


async def card(browser, path: str) -> dict[str, str]:
    text = (await browser.get(path)).text
    metas = re.findall(r'<meta property="(og:\w+)"[^>]* content="(.*?)">', text)
    links = re.findall(r'<link rel="(canonical|icon)" href="(.*?)"', text)
    return {name: unescape(value) for name, value in (*metas, *links)}


async def read_json_ld(browser) -> dict:
    text = (await browser.get("/events/evt_1")).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1]) if found else {}


@pytest.mark.parametrize("path", [*PATHS, *LISTED])
async def test_pasted_link_shows_a_preview(browser, path):
    said = await card(browser, f"{path}?lang=es")
    assert said["og:title"]
    assert said["og:description"]
    assert said["canonical"] == f"http://widgets.example{path}?lang=es"
    assert "Día Internacional del Migrante" in said.get("og:site_name", said["og:title"])
    icon = await browser.get(said.get("icon", "/favicon.ico"))
    assert icon.headers["content-type"] == "image/svg+xml"


def described(text: str) -> str:
    found = re.findall(r'<meta [^>]*\bname="description" content="(.*?)">', text)
    assert len(found) == 1
    return unescape(found[0])


@pytest.mark.parametrize("path", LISTED)
async def test_page_lists_its_alternates_in_each_language(browser, path):
    text = (await browser.get(f"{path}?lang=ar")).text
    told = dict(re.findall(r'<link rel="alternate" hreflang="(.*?)" href="(.*?)">', text))
    assert told.pop("x-default") == f"http://widgets.example{path}"
    assert set(told) == set(read_languages())
    assert told["ko"] == f"http://widgets.example{path}?lang=ko"
    assert NOINDEX not in text


@pytest.mark.parametrize("path", UNLISTED)
async def test_private_pages_are_not_indexed(browser, place_order, path):
    text = (await browser.get(path.format(order=place_order()))).text
    assert NOINDEX in text
    assert described(text)


async def test_canonical_url_of_a_screen_is_its_petition(browser, campaign):
    text = (await browser.get("/screen/convention?lang=es")).text
    page = "http://widgets.example/petitions/convention?lang=es"
    assert f'<link rel="canonical" href="{page}">' in text
    assert described(text) == campaign.petition["summary"]


async def test_preview_has_the_title_and_description_of_the_page(browser, campaign):
    petition = await card(browser, "/petitions/convention")
    assert petition["og:title"] == campaign.petition["title"]
    assert petition["og:description"] == campaign.petition["summary"]
    event = await card(browser, "/events/evt_1")
    assert event["og:title"] == "Sample vigil"
    assert event["og:description"] == "18 December · Mexico City · Mexico"


async def test_preview_image_exists(browser):
    image = (await card(browser, "/w/counter/convention?lang=fr"))["og:image"]
    assert image == "http://widgets.example/w/counter/convention.png?lang=fr"
    assert (await browser.get(image)).headers["content-type"] == "image/png"


async def test_canonical_url_has_no_tracking_parameters(browser):
    said = await card(browser, "/w/countdown?theme=dark&utm_source=x&fbclid=1&childId=2&lang=en")
    assert said["canonical"] == "http://widgets.example/w/countdown?lang=en&theme=dark"


async def test_public_event_has_json_ld(browser):
    assert await read_json_ld(browser) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Sample vigil",
        "description": "First paragraph.\n\nSecond paragraph.",
        "inLanguage": "es",
        "startDate": "2026-12-18T18:00:00-06:00",
        "endDate": "2026-12-18T20:00:00-06:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "Sample hall",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "1 Sample Street",
                "addressLocality": "Mexico City",
                "addressCountry": "MX",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 19.4326, "longitude": -99.1332},
        },
        "image": ["http://widgets.example/events/evt_1.png?lang=en"],
        "offers": {
            "@type": "Offer",
            "url": "http://widgets.example/events/evt_1",
            "availability": "https://schema.org/InStock",
        },
        "organizer": {
            "@type": "Organization",
            "name": "Sample Group",
            "url": "http://widgets.example/events/evt_1",
        },
        "url": "http://widgets.example/events/evt_1",
    }


async def test_json_ld_of_a_private_place_has_only_the_locality(browser, campaign):
    campaign.event["place"] |= PRIVATE
    assert (await read_json_ld(browser))["location"] == {
        "@type": "Place",
        "name": "Mexico City",
        "address": {
            "@type": "PostalAddress",
            "addressLocality": "Mexico City",
            "addressCountry": "MX",
        },
    }


async def test_json_ld_of_an_online_event_has_its_url(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    said = await read_json_ld(browser)
    assert said["location"] == {"@type": "VirtualLocation", "url": "https://example.org/call"}
    assert said["eventAttendanceMode"].endswith("OnlineEventAttendanceMode")


async def test_organizer_has_the_url_of_the_event_page(browser, campaign):
    campaign.event["url"] = "https://group.example/vigil"
    assert (await read_json_ld(browser))["organizer"]["url"] == "https://group.example/vigil"


async def test_url_of_an_online_event_is_not_the_organizers_url(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    page = "http://widgets.example/events/evt_1"
    assert (await read_json_ld(browser))["organizer"]["url"] == page


async def test_event_without_places_left_is_sold_out(browser, campaign):
    campaign.event["places_left"] = 0
    assert (await read_json_ld(browser))["offers"]["availability"] == "https://schema.org/SoldOut"


@pytest.mark.parametrize("changed", [{"state": "cancelled"}, {"ends_at": "2026-11-01T00:00:00Z"}])
async def test_event_without_a_form_has_no_offer(browser, campaign, changed):
    campaign.event |= changed
    assert "offers" not in await read_json_ld(browser)


async def test_image_in_json_ld_exists(browser):
    response = await browser.get((await read_json_ld(browser))["image"][0])
    assert response.headers["content-type"] == "image/png"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[", None])
async def test_json_ld_leaves_out_urls_that_are_not_http(browser, campaign, url):
    campaign.event |= {"online": True, "place": None, "url": url}
    assert (await read_json_ld(browser))["location"]["url"] == "http://widgets.example/events/evt_1"


async def test_cancelled_event_is_marked_as_cancelled(browser, campaign):
    campaign.event["state"] = "cancelled"
    assert (await read_json_ld(browser))["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.parametrize("state", ["pending_review", "rejected", "something_new"])
async def test_event_that_is_not_public_has_no_json_ld(browser, campaign, state):
    campaign.event["state"] = state
    assert await read_json_ld(browser) == {}


async def test_host_text_cannot_close_the_script_element(browser, campaign):
    campaign.event["title"] = "</script><script>alert(1)</script><!--"
    assert (await read_json_ld(browser))["name"] == campaign.event["title"]
    assert "<script>alert" not in (await browser.get("/events/evt_1")).text
