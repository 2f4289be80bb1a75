"""What a pasted link shows, and what search engines may know."""

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
    "/confirm/good",
    "/events/evt_1/thanks",
    "/events/evt_1/calendar",
    "/events/calendar",
    "/orders/ord_secret",
    "/share/mastodon/convention",
    "/check?url=example",
]
ORDER = {
    "id": "ord_secret",
    "state": "placed",
    "poster": "many-paths",
    "edition": "limited",
    "quantity": 1,
    "numbers": [17],
    "total": {"amount": 9000, "currency": "USD"},
    "payment": {"state": "due", "detail": "We write to you how to pay."},
    "created_at": "2026-11-23T12:05:00+00:00",
}
NOINDEX = '<meta name="robots" content="noindex">'
PRIVATE = {"name": "Home of a person", "address": "1 Hidden Street", "precision": "area"}


async def card(browser, path: str) -> dict[str, str]:
    text = (await browser.get(path)).text
    metas = re.findall(r'<meta property="(og:\w+)"[^>]* content="(.*?)">', text)
    links = re.findall(r'<link rel="(canonical|icon)" href="(.*?)"', text)
    return {name: unescape(value) for name, value in (*metas, *links)}


async def known(browser) -> dict:
    text = (await browser.get("/events/evt_1")).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1]) if found else {}


@pytest.mark.parametrize("path", [*PATHS, *LISTED])
async def test_a_pasted_link_shows_a_card(browser, path):
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
async def test_search_engines_are_told_of_a_page_in_each_language(browser, path):
    text = (await browser.get(f"{path}?lang=ar")).text
    told = dict(re.findall(r'<link rel="alternate" hreflang="(.*?)" href="(.*?)">', text))
    assert told.pop("x-default") == f"http://widgets.example{path}"
    assert set(told) == set(read_languages())
    assert told["ko"] == f"http://widgets.example{path}?lang=ko"
    assert NOINDEX not in text


@pytest.mark.parametrize("path", UNLISTED)
async def test_what_is_for_one_reader_alone_is_kept_from_search_engines(browser, campaign, path):
    campaign.orders.append(ORDER)
    text = (await browser.get(path)).text
    assert NOINDEX in text
    assert described(text)


async def test_search_engines_take_the_screen_for_its_petition(browser, campaign):
    text = (await browser.get("/screen/convention?lang=es")).text
    page = "http://widgets.example/petitions/convention?lang=es"
    assert f'<link rel="canonical" href="{page}">' in text
    assert described(text) == campaign.petition["summary"]


async def test_a_card_has_the_words_of_what_it_leads_to(browser, campaign):
    petition = await card(browser, "/petitions/convention")
    assert petition["og:title"] == campaign.petition["title"]
    assert petition["og:description"] == campaign.petition["summary"]
    event = await card(browser, "/events/evt_1")
    assert event["og:title"] == "Sample vigil"
    assert event["og:description"] == "18 December · Mexico City · Mexico"


async def test_a_picture_is_there_where_one_is_promised(browser):
    picture = (await card(browser, "/w/counter/convention?lang=fr"))["og:image"]
    assert picture == "http://widgets.example/w/counter/convention.png?lang=fr"
    assert (await browser.get(picture)).headers["content-type"] == "image/png"


async def test_the_address_of_a_widget_is_without_what_others_hung_on_it(browser):
    said = await card(browser, "/w/countdown?theme=dark&utm_source=x&fbclid=1&childId=2&lang=en")
    assert said["canonical"] == "http://widgets.example/w/countdown?lang=en&theme=dark"


async def test_a_public_event_is_told_to_search_engines(browser):
    assert await known(browser) == {
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


async def test_of_a_private_place_only_the_locality_is_told(browser, campaign):
    campaign.event["place"] |= PRIVATE
    assert (await known(browser))["location"] == {
        "@type": "Place",
        "name": "Mexico City",
        "address": {
            "@type": "PostalAddress",
            "addressLocality": "Mexico City",
            "addressCountry": "MX",
        },
    }


async def test_an_online_event_is_at_its_own_address(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    said = await known(browser)
    assert said["location"] == {"@type": "VirtualLocation", "url": "https://example.org/call"}
    assert said["eventAttendanceMode"].endswith("OnlineEventAttendanceMode")


async def test_group_with_a_page_is_told_with_it(browser, campaign):
    campaign.event["url"] = "https://group.example/vigil"
    assert (await known(browser))["organizer"]["url"] == "https://group.example/vigil"


async def test_link_into_an_online_event_is_not_told_as_the_page_of_its_group(browser, campaign):
    campaign.event |= {"online": True, "place": None, "url": "https://example.org/call"}
    page = "http://widgets.example/events/evt_1"
    assert (await known(browser))["organizer"]["url"] == page


async def test_event_without_places_left_is_told_as_sold_out(browser, campaign):
    campaign.event["places_left"] = 0
    assert (await known(browser))["offers"]["availability"] == "https://schema.org/SoldOut"


@pytest.mark.parametrize("changed", [{"state": "cancelled"}, {"ends_at": "2026-11-01T00:00:00Z"}])
async def test_event_that_takes_no_answers_offers_no_place(browser, campaign, changed):
    campaign.event |= changed
    assert "offers" not in await known(browser)


async def test_picture_told_to_search_engines_is_there(browser):
    answer = await browser.get((await known(browser))["image"][0])
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://[", None])
async def test_a_link_that_is_no_web_address_is_not_told(browser, campaign, url):
    campaign.event |= {"online": True, "place": None, "url": url}
    assert (await known(browser))["location"]["url"] == "http://widgets.example/events/evt_1"


async def test_a_cancelled_event_is_told_as_cancelled(browser, campaign):
    campaign.event["state"] = "cancelled"
    assert (await known(browser))["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.parametrize("state", ["pending_review", "rejected", "something_new"])
async def test_an_event_that_is_not_public_is_told_to_nobody(browser, campaign, state):
    campaign.event["state"] = state
    assert await known(browser) == {}


async def test_words_of_a_host_cannot_end_the_script(browser, campaign):
    campaign.event["title"] = "</script><script>alert(1)</script><!--"
    assert (await known(browser))["name"] == campaign.event["title"]
    assert "<script>alert" not in (await browser.get("/events/evt_1")).text
