"""The list of events, from the responses of the campaign to the page."""

import gzip
import re
from copy import deepcopy
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[2] / "docs/widgets/event-list.md"
PLACES = {
    "Mexico City": ("MX", 19.43, -99.13, "America/Mexico_City", "-06:00"),
    "Nairobi": ("KE", -1.29, 36.82, "Africa/Nairobi", "+03:00"),
    "Thika": ("KE", -1.04, 37.08, "Africa/Nairobi", "+03:00"),
    "Mombasa": ("KE", -4.05, 39.67, "Africa/Nairobi", "+03:00"),
}


@pytest.fixture
def announce(campaign):
    def event(title, locality="Nairobi", day=18, hour=18, **changed):
        country, lat, lon, zone, offset = PLACES[locality]
        event = deepcopy(campaign.event)
        event["place"] |= {
            "locality": locality,
            "country": country,
            "latitude": lat,
            "longitude": lon,
        }
        event |= {
            "id": f"evt_{len(campaign.events):03}",
            "title": title,
            "starts_at": f"2026-12-{day}T{hour:02}:00:00{offset}",
            "ends_at": None,
            "time_zone": zone,
        }
        campaign.events.append(event | changed)
        return campaign.events[-1]

    return event


@pytest.fixture
def get_html(browser):
    async def get_html(query="", status=200):
        response = await browser.get(f"/w/event-list{query}" if "/" not in query else query)
        assert response.status_code == status
        return response.text

    return get_html


def visible_text(html: str) -> str:
    bare = re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def titles(html: str) -> list[str]:
    return re.findall(r'<a href="/events/[^"]*" lang="[^>]*>([^<]*)</a>', html)


def link(html: str, text: str) -> str:
    return unescape(re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{text}</a>', html)[1])


async def test_events_are_grouped_by_local_day(get_html, announce):
    announce("Late in Mexico", "Mexico City", day=18, hour=23)
    announce("Early in Nairobi", day=18, hour=8)
    announce("The day after", day=19)
    text = visible_text(await get_html())
    assert re.search(
        r"Friday, 18 December 2026 8:00.am Early in Nairobi .*11:00.pm Late in Mexico"
        r".*Saturday, 19 December 2026 6:00.pm The day after",
        text,
    )
    assert "East Africa Time" in text


async def test_events_near_a_city_show_their_distance(get_html, announce):
    announce("Here")
    announce("Next town", "Thika", hour=19)
    announce("At the coast", "Mombasa")
    html = await get_html("?near=nairobi")
    assert titles(html) == ["Here", "Next town"]
    assert "Within 50 km of Nairobi" in visible_text(html)
    assert "Thika · Kenya · 39 km" in visible_text(html)


async def test_a_wider_circle_holds_more(get_html, announce):
    announce("At the coast", "Mombasa")
    assert titles(await get_html("?near=Nairobi&radius_km=500")) == ["At the coast"]


async def test_coordinates_can_be_used_instead_of_a_city(get_html, announce):
    announce("Here")
    announce("At the coast", "Mombasa")
    html = await get_html("?near=-4.1,39.7")
    assert titles(html) == ["At the coast"]
    assert "GeoNames" not in html


async def test_geonames_is_credited_if_a_city_was_found(get_html):
    html = await get_html("?near=Nairobi")
    assert 'href="https://www.geonames.org/"' in html
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in html
    assert "GeoNames" not in await get_html()


async def test_online_events_are_not_near_a_city(get_html, announce):
    announce("Everywhere", online=True, place=None, kind="online", url="https://meet.example/")
    announce("Here")
    assert titles(await get_html("?near=Nairobi")) == ["Here"]
    assert titles(await get_html("?online=only")) == ["Everywhere"]
    assert titles(await get_html("?online=hide")) == ["Here"]


async def test_an_online_event_has_its_link(get_html, announce):
    announce("Everywhere", online=True, place=None, url="https://meet.example/?a=1&b=2")
    assert link(await get_html(), "Take part online") == "https://meet.example/?a=1&b=2"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//x", "http://[", "data:text/html,x", None]
)
async def test_links_that_are_not_http_are_left_out(get_html, announce, url):
    announce("Everywhere", online=True, place=None, url=url)
    assert "Take part online" not in await get_html()


async def test_private_place_shows_only_its_locality(get_html, announce):
    event = announce("At home")
    event["place"] |= {"precision": "area", "name": "House of a Sample Person"}
    event["place"]["address"] = "1 Sample Street"
    html = await get_html()
    assert "Nairobi · Kenya · Private place, shown as an area" in visible_text(html)
    assert "House of" not in html
    assert "Sample Street" not in html


async def test_each_event_links_to_its_calendar_page(get_html, announce, browser):
    announce("Here", id="evt_1")
    page = (await browser.get(link(await get_html("?lang=es"), "Añadir al calendario"))).text
    file = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)[1]
    assert file == link(page, "Guardar el archivo")
    assert (await browser.get(file)).headers["content-type"].startswith("text/calendar")


async def test_calendar_page_offers_a_url_and_a_file(get_html, browser):
    page = (await browser.get(link(await get_html("?near=Nairobi"), "By URL or as a file"))).text
    address = unescape(re.search(r'<input id="address" value="([^"]*)"', page)[1])
    assert address == "http://widgets.example/events.ics?near=Nairobi"
    assert link(page, "Or download all events once, as a file") == "/events.ics?near=Nairobi"
    assert 'href="/events/calendar?lang=fr&amp;near=Nairobi"' in page


async def test_calendar_page_explains_invalid_options(browser):
    response = await browser.get("/events/calendar?near=Nowhere&lang=es")
    assert response.status_code == 400
    assert "«Nowhere» no está entre las ciudades" in response.text


async def test_the_list_can_be_subscribed_to_with_the_same_filters(get_html, browser, campaign):
    query = "?lang=fr&theme=dark&kind=vigil&near=Mexico City&radius_km=80&until=2026-12-18"
    html = await get_html(query)
    subscription = link(html, "S'abonner dans votre calendrier")
    assert subscription.startswith("webcal://widgets.example/events.ics?")
    await browser.get(subscription.replace("webcal:", "http:"))
    assert campaign.calls[-1] == "GET /v1/events.ics"
    assert campaign.requests[-1].query == {
        "limit": ["1000"],
        "near": ["19.43,-99.13"],
        "radius_km": ["80"],
        "from": ["2026-01-01"],
        "to": ["2026-12-18"],
        "kind": ["vigil"],
    }


@pytest.mark.parametrize(
    ("online", "asked"), [("show", None), ("only", ["true"]), ("hide", ["false"])]
)
async def test_calendar_filters_online_events_like_the_list(browser, campaign, online, asked):
    await browser.get(f"/events.ics?online={online}")
    assert campaign.requests[-1].query.get("online") == asked


async def test_subscription_url_has_only_the_chosen_options(browser):
    first = await browser.get("/events.ics")
    again = await browser.get("/events.ics", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_few_calendars_are_cached(browser, campaign):
    for radius in (*range(1, 41), 1):
        await browser.get(f"/events.ics?near=Nairobi&radius_km={radius}")
    assert campaign.calls.count("GET /v1/events.ics") == 41


async def test_invalid_calendar_option_is_explained(browser):
    response = await browser.get("/events.ics?near=Nowhere&lang=es")
    assert response.status_code == 400
    assert "«Nowhere» no está entre las ciudades" in response.text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?near=Nairobbi", "Did you mean Nairobi,KE?"),
        ("?near=Xyzzyplugh", "Enter a larger city nearby, or latitude and longitude"),
        ("?near=Nairobi,ES", "The city “Nairobi,ES” was not found."),
        ("?near=91,0", "was not found"),
        ("?near=" + "a" * 1_001, "was not found"),
        ("?near=Nairobi&radius_km=0", "whole number from 1 to 20038"),
        ("?near=Nairobi&radius_km=far", "whole number from 1 to 20038"),
        ("?near=Nairobi&online=only", "Use only one of these two options"),
        ("?online=maybe", "Online events must be one of: show, only, hide."),
        ("?since=tomorrow", "first day"),
        ("?page=0", "page number must be"),
        ("?view=africa", "There is no option “view”."),
    ],
)
async def test_invalid_option_is_explained(get_html, query, told):
    assert told in visible_text(await get_html(query, status=400))


async def test_empty_option_is_ignored(get_html, announce):
    announce("Here")
    query = "?near=&radius_km=&kind=all&online=show&country=&language=&since=&until="
    assert titles(await get_html(query)) == ["Here"]


async def test_long_list_has_pages_that_keep_the_position(get_html, announce):
    for number in range(60):
        announce(f"Event {number:02}", hour=8 + number % 12)
    html = await get_html("?theme=dark&near=Nairobi")
    found = titles(html)
    while ">Next</a>" in html:
        assert "#" not in link(html, "Next")
        html = await get_html(link(html, "Next"))
        assert "theme=dark" in link(html, "Previous")
        found += titles(html)
    assert sorted(found) == [f"Event {number:02}" for number in range(60)]


async def test_empty_list_links_to_all_events(get_html, announce):
    announce("Here")
    html = await get_html("?near=Oslo&lang=en")
    assert "No events here yet" in html
    assert titles(await get_html(link(html, "See all events"))) == ["Here"]


async def test_past_and_cancelled_events_are_marked(get_html, announce, clock):
    announce("Gone", day=17)
    announce("Off", day=20, state="cancelled")
    clock.time = datetime(2026, 12, 18, 12, tzinfo=UTC)
    text = visible_text(await get_html())
    assert text.index("Off") < text.index("Gone")
    assert "Cancelled" in text
    assert "Over" in text


async def test_list_stays_with_a_note_while_the_campaign_is_down(
    get_html, announce, campaign, clock
):
    announce("Here")
    await get_html()
    campaign.down = True
    clock.advance(3600)
    html = await get_html()
    assert titles(html) == ["Here"]
    assert "The campaign cannot be reached right now." in html


async def test_campaign_that_was_never_reached_is_explained(get_html, campaign):
    campaign.down = True
    assert "The campaign cannot be reached right now" in await get_html(status=503)


async def test_map_and_list_share_one_request(get_html, browser, campaign):
    await get_html()
    await browser.get("/w/events")
    await get_html("?near=Nairobi")
    assert campaign.calls.count("GET /v1/events") == 1


async def test_host_text_is_escaped(get_html, announce):
    announce("<script>alert(1)</script>")["place"]["locality"] = '"><img src=x>'
    html = await get_html()
    assert "<script>alert" not in html
    assert "<img" not in html


@pytest.mark.parametrize("lang", ["en", "ar"])
async def test_25_events_fit_into_6_kb(get_html, announce, lang):
    for number in range(25):
        announce(f"Sample event of another name {number}", [*PLACES][number % 4], hour=number % 24)
    html = await get_html(f"?lang={lang}&near=Nairobi&radius_km=20000")
    assert len(titles(html)) == 25
    assert len(gzip.compress(html.encode())) <= 6000
    assert not re.search(r"<(img|script src|iframe)\b|stylesheet", html)


@pytest.mark.parametrize(("near", "status"), [("90,180", 200), ("-90,-180", 200), ("90.1,0", 400)])
async def test_coordinates_beyond_the_poles_are_rejected(browser, near, status):
    assert (await browser.get(f"/w/event-list?near={near}")).status_code == status


async def test_single_event_is_shown_with_day_place_and_link(get_html):
    html = await get_html("?event=evt_1&lang=es")
    assert "Sample vigil Vigilia" in visible_text(html)
    assert "viernes, 18 de diciembre de 2026" in visible_text(html)
    assert "Mexico City" in visible_text(html)
    assert 'href="/events/evt_1?lang=es"' in html
    assert "Encuentra un evento" not in html


async def test_exact_place_of_a_private_single_event_is_not_shown(get_html, campaign):
    campaign.event["place"] |= {"name": "Home of a person", "precision": "area"}
    html = await get_html("?event=evt_1")
    assert "Home of a person" not in html
    assert "Private place, shown as an area" in html


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"state": "cancelled"}, "Cancelled"), ({"starts_at": "2026-11-01T18:00:00-06:00"}, "Over")],
)
async def test_single_event_that_is_not_to_come_takes_no_answers(get_html, campaign, changed, word):
    campaign.event |= {"ends_at": None, **changed}
    html = await get_html("?event=evt_1")
    assert word in visible_text(html)
    assert "I am coming" not in html


@pytest.mark.parametrize("query", ["?event=none", "?event=..", "?event=a/b%2F"])
async def test_unknown_single_event_is_not_found(browser, query):
    assert (await browser.get(f"/w/event-list{query}")).status_code == 404
