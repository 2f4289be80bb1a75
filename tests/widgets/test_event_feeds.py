"""Feeds of events and links to calendars on the web."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import feedparser
import pytest

from imd_widgets.events import feeds

pytestmark = pytest.mark.anyio

FORMATS = {
    "atom": "application/atom+xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
}
QUERY = "?lang=fr&theme=dark&kind=vigil&near=Mexico City&radius_km=80&until=2026-12-18"


@pytest.fixture
def announce(campaign):
    """Change the only event, and list it."""

    def change(title, **changed):
        campaign.event |= {"title": title, "ends_at": None} | changed
        if campaign.event["place"]:
            campaign.event["place"] |= {"locality": "Nairobi", "region": None, "country": "KE"}
        campaign.events.append(campaign.event)
        return campaign.event

    return change


@pytest.mark.parametrize(("format_", "media_type"), FORMATS.items())
async def test_feed_has_the_filters_of_the_list(browser, campaign, format_, media_type):
    response = await browser.get(f"/events.{format_}{QUERY}")
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["access-control-allow-origin"] == "*"
    assert campaign.requests[-1].query == {
        "limit": ["100" if format_ == "atom" else "1000"],
        "near": ["19.43,-99.13"],
        "radius_km": ["80"],
        "from": ["2026-01-01"],
        "to": ["2026-12-18"],
        "kind": ["vigil"],
    }


@pytest.mark.parametrize("format_", FORMATS)
async def test_feed_is_read_from_the_campaign_once(browser, campaign, format_):
    first = await browser.get(f"/events.{format_}?lang=es")
    tag = {"If-None-Match": first.headers["etag"]}
    assert (await browser.get(f"/events.{format_}", headers=tag)).status_code == 304
    assert campaign.calls.count(f"GET /v1/events.{format_}") == 1


@pytest.mark.parametrize("format_", ["ics", "csv", "geojson"])
@pytest.mark.parametrize("query", ["", "?until=2026-06-30"])
async def test_feed_of_too_many_events_has_those_to_come(
    browser, campaign, monkeypatch, format_, query
):
    monkeypatch.setattr(feeds, "MAX_EVENTS", 2)
    campaign.add_event(title="Ahead")
    for _ in range(3):
        campaign.add_event(title="Past", starts_at="2026-03-08T18:00:00+00:00")
    feed = (await browser.get(f"/events.{format_}{query}")).text
    assert ("Ahead" in feed, "Past" in feed) == (not query, bool(query))


@pytest.mark.parametrize("format_", ["ics", "csv", "geojson"])
async def test_feed_of_few_events_has_those_of_the_whole_year(
    browser, campaign, monkeypatch, format_
):
    monkeypatch.setattr(feeds, "MAX_EVENTS", 9)
    campaign.add_event(title="Ahead", description='"type":"Feature"\nBEGIN:VEVENT\n' * 9)
    campaign.add_event(title="Past", starts_at="2026-03-08T18:00:00+00:00")
    assert "Past" in (await browser.get(f"/events.{format_}")).text


async def test_atom_feed_links_to_itself_at_the_url_of_the_widgets(browser):
    content = (await browser.get("/events.atom?near=Nairobi&kind=vigil&lang=es")).content
    feed = feedparser.parse(content)
    assert not feed.bozo
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"] == "http://widgets.example/events.atom?near=Nairobi&kind=vigil"


@pytest.mark.parametrize("format_", FORMATS)
async def test_invalid_option_of_a_feed_is_explained(browser, format_):
    response = await browser.get(f"/events.{format_}?near=Nowhere&lang=es")
    assert response.status_code == 400
    assert "«Nowhere» no está entre las ciudades" in response.text


@pytest.mark.parametrize("widget", ["/w/events", "/w/event-list", "/events/calendar"])
async def test_list_and_map_name_their_feeds(browser, widget):
    html = (await browser.get(f"{widget}?kind=vigil&lang=fr")).text
    found = re.findall(
        r'<link rel="alternate" type="([^"]*)" title="([^"]*)" href="([^"]*)">', html
    )
    expected = [
        ("text/calendar", "iCalendar", "http://widgets.example/events.ics?kind=vigil"),
        ("application/atom+xml", "Atom", "http://widgets.example/events.atom?kind=vigil"),
        ("text/csv", "CSV", "http://widgets.example/events.csv?kind=vigil"),
        ("application/geo+json", "GeoJSON", "http://widgets.example/events.geojson?kind=vigil"),
    ]
    assert found == (expected[1:] if widget == "/events/calendar" else expected)


async def test_map_links_to_its_calendar(browser):
    html = (await browser.get("/w/events?kind=vigil&view=africa&lang=fr")).text
    assert 'href="/events/calendar?lang=fr&amp;kind=vigil"' in html


# --- calendars on the web ----------------------------------------------------------------------


def _read_target(response):
    assert response.status_code == 303
    assert response.headers["referrer-policy"] == "no-referrer"
    parts = urlsplit(response.headers["location"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))


async def test_google_link_has_the_event_in_utc(browser, announce):
    announce(
        "وقفة & 守夜",
        starts_at="2026-12-18T18:00:00+03:00",
        ends_at="2026-12-18T19:30:00+03:00",
        time_zone="Africa/Nairobi",
    )
    url, values = _read_target(await browser.get("/events/evt_1/google-calendar?lang=en"))
    assert url == "https://calendar.google.com/calendar/render"
    assert values["action"] == "TEMPLATE"
    assert values["text"] == "وقفة & 守夜"
    assert values["dates"] == "20261218T150000Z/20261218T163000Z"
    assert values["details"] == "http://widgets.example/events/evt_1"
    assert values["location"].endswith("Nairobi, Kenya")


async def test_outlook_link_has_the_event_in_utc(browser, announce):
    announce("Vigil", starts_at="2026-12-18T18:00:00+03:00", ends_at=None)
    url, values = _read_target(await browser.get("/events/evt_1/outlook?lang=en"))
    assert url == "https://outlook.live.com/calendar/0/deeplink/compose"
    assert (values["rru"], values["subject"]) == ("addevent", "Vigil")
    assert values["startdt"] == values["enddt"] == "2026-12-18T15:00:00Z"


@pytest.mark.parametrize("name", ["google-calendar", "outlook"])
async def test_web_calendar_gets_the_online_room_and_the_page(browser, announce, name):
    room = "https://example.org/live?a=1&b=2"
    announce("Online", online=True, place=None, url=room)
    _, values = _read_target(await browser.get(f"/events/evt_1/{name}"))
    text = values.get("details") or values["body"]
    assert text.split("\n") == [room, "http://widgets.example/events/evt_1"]
    assert values["location"] == room


@pytest.mark.parametrize("name", ["google-calendar", "outlook"])
async def test_web_calendar_gets_only_the_town_of_a_private_place(browser, announce, name):
    event = announce("At home")
    event["place"] |= {"precision": "area", "name": "House of a Sample Person"}
    event["place"]["address"] = "1 Sample Street"
    _, values = _read_target(await browser.get(f"/events/evt_1/{name}?lang=en"))
    assert values["location"] == "Nairobi, Kenya"


@pytest.mark.parametrize("name", ["google-calendar", "outlook"])
async def test_url_of_a_web_calendar_is_short_enough(browser, announce, name):
    event = announce("👪" * 200)
    event["place"] |= {"name": "守" * 200, "address": "夜" * 200}
    response = await browser.get(f"/events/evt_1/{name}")
    assert len(response.headers["location"]) < 4000


@pytest.mark.parametrize("name", ["google-calendar", "outlook"])
async def test_web_calendar_of_an_unknown_event_is_not_found(browser, name):
    assert (await browser.get(f"/events/nothing/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/events/evt_1?", "Ajouter à Google Agenda"),
        ("/events/evt_1/calendar?", "Ajouter à Google Agenda"),
        ("/w/event-list?", "Google"),
        ("/w/event-list?event=evt_1&", "Google"),
    ],
)
async def test_event_has_links_to_web_calendars(browser, announce, path, words):
    announce("Vigil")
    html = (
        await browser.get(path, params={"lang": "fr"} | dict(parse_qsl(urlsplit(path).query)))
    ).text
    links = dict(re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html))
    assert links["/events/evt_1/google-calendar?lang=fr"] == words
    assert "/events/evt_1/outlook?lang=fr" in links
    assert unescape(html).count("Ajouter à Google Agenda") >= 1
