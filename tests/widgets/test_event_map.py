"""The map of events, from the responses of the campaign to the page."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import combinations
from math import hypot
from random import Random
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from playwright.sync_api import Browser
from sample_campaign import NOW, list_events

from imd_sdk.testing import InMemoryCampaign, Unavailable
from imd_widgets.app import create_app
from imd_widgets.assets import find_static_folder
from imd_widgets.settings import Settings

pytestmark = pytest.mark.anyio

CITIES = [
    ("Mexico City", "MX", 19.43, -99.13, "America/Mexico_City", "-06:00"),
    ("New York", "US", 40.71, -74.01, "America/New_York", "-05:00"),
    ("Newark", "US", 40.74, -74.17, "America/New_York", "-05:00"),
    ("Bogotá", "CO", 4.71, -74.07, "America/Bogota", "-05:00"),
    ("Madrid", "ES", 40.42, -3.70, "Europe/Madrid", "+01:00"),
    ("Berlin", "DE", 52.52, 13.40, "Europe/Berlin", "+01:00"),
    ("Nairobi", "KE", -1.29, 36.82, "Africa/Nairobi", "+03:00"),
    ("Beirut", "LB", 33.89, 35.50, "Asia/Beirut", "+02:00"),
    ("Kathmandu", "NP", 27.71, 85.32, "Asia/Kathmandu", "+05:45"),
    ("Manila", "PH", 14.60, 120.98, "Asia/Manila", "+08:00"),
    ("Suva", "FJ", -18.14, 178.44, "Pacific/Fiji", "+12:00"),
    ("Apia", "WS", -13.83, -171.77, "Pacific/Apia", "+13:00"),
]


def make_event(number: int = 0, city: int = 0, shift: float = 0, **changed: Any) -> dict[str, Any]:
    locality, country, latitude, longitude, zone, offset = CITIES[city]
    hour = 8 + number % 12
    place = {
        "name": f"Sample hall {number}",
        "address": None,
        "locality": locality,
        "region": None,
        "country": country,
        "latitude": latitude + shift,
        "longitude": longitude + shift,
        "precision": "exact",
    }
    return {
        "id": f"evt_{number:04}",
        "title": f"Sample event {number}",
        "description": "",
        "lang": "en",
        "languages": ["en"],
        "kind": "vigil",
        "state": "public",
        "starts_at": f"2026-12-18T{hour:02}:00:00{offset}",
        "ends_at": None,
        "time_zone": zone,
        "online": False,
        "url": None,
        "place": place,
        "host": "Sample Group",
        "capacity": None,
        "places_left": None,
        "distance_km": None,
        "updated_at": "2026-11-20T10:00:00+00:00",
    } | changed


def make_events(count: int) -> list[dict[str, Any]]:
    dice = Random(count)  # noqa: S311 - a sample
    return [
        make_event(n, dice.randrange(len(CITIES)), dice.choice([0, 0, dice.gauss(0, 2)]))
        for n in range(count)
    ]


class Clock:
    time = NOW

    def __call__(self) -> datetime:
        return self.time


@asynccontextmanager
async def open_site(*events: dict[str, Any], clock: Clock | None = None) -> AsyncIterator[Any]:
    campaign = InMemoryCampaign(now=NOW, sample=False)
    list_events(campaign, events)
    client = campaign.async_client(max_retries=0)
    app = create_app(Settings(), client, clock=clock or Clock())
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://widgets.example"
    )
    async with app.router.lifespan_context(app), browser:
        yield Visitor(browser, campaign)


@dataclass
class Visitor:
    browser: httpx.AsyncClient
    campaign: InMemoryCampaign

    async def open(self, query: str = "", status: int = 200) -> "MapPage":
        response = await self.browser.get(f"/w/events{query}")
        assert response.status_code == status
        return MapPage(response.text)


@dataclass
class Dot:
    href: str
    name: str
    x: float
    y: float
    radius: float
    count: int


@dataclass
class MapPage:
    html: str

    @property
    def text(self) -> str:
        bare = re.sub(r"<(style|svg).*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    @property
    def titles(self) -> list[str]:
        return re.findall(r'<a href="/events/[^>]*dir="auto"[^>]*>([^<]*)</a>', self.html)

    @property
    def ids(self) -> list[str]:
        return re.findall(r'<li id="([^"]*)"', self.html)

    def dots(self, which: str) -> list[Dot]:
        group = re.search(rf'<g class="{which}">(.*?)</g>', self.html, re.DOTALL)
        link = re.compile(
            r'<a href="([^"]*)"(?: lang="\w+")?><title>([^<]*)</title>'
            r'<circle(?: class="area")? cx="([\d.]+)%" cy="([\d.]+)%" r="(\d+)"/>'
            r"(?:<text[^>]*>([^<]*)</text>)?</a>"
        )
        return [
            Dot(unescape(href), unescape(name), float(x), float(y), float(radius), int(count or 1))
            for href, name, x, y, radius, count in link.findall(group[1])
        ]

    @property
    def ratio(self) -> float:
        return int(re.search(r'viewBox="0 0 1000 (\d+)"', self.html)[1]) / 1000

    def link(self, text: str) -> str:
        return unescape(re.search(rf'<a href="([^"]*)"[^>]*>{text}</a>', self.html)[1])


async def test_every_event_is_in_the_list():
    async with open_site(make_event(1), make_event(2, 5)) as visitor:
        map_page = await visitor.open()
    assert map_page.titles == ["Sample event 1", "Sample event 2"]


async def test_event_shows_local_time_zone_place_and_kind():
    async with open_site(make_event(8)) as visitor:
        text = (await visitor.open()).text
    assert "4:00 pm Sample event 8 Vigil · Sample hall 8 · Mexico City · Mexico" in text
    assert "Central Standard Time" in text
    assert "Friday, 18 December 2026" in text


async def test_dates_zones_countries_and_numbers_are_localised():
    async with open_site(*make_events(30)) as visitor:
        text = (await visitor.open("?lang=es")).text
    assert "viernes, 18 de diciembre de 2026" in text
    assert "hora estándar" in text


async def test_host_text_keeps_its_language_and_direction():
    event = make_event(title="وقفة", lang="ar")
    async with open_site(event) as visitor:
        html = (await visitor.open()).html
    assert 'lang="ar" dir="auto" target="_blank" rel="noopener">وقفة</a>' in html
    assert html.count('lang="ar"><title>وقفة</title>') == 2


async def test_private_place_is_an_area():
    event = make_event()
    event["place"] |= {"name": None, "precision": "area"}
    async with open_site(event) as visitor:
        map_page = await visitor.open()
    assert "Vigil · Mexico City · Mexico · Private place, shown as an area" in map_page.text
    assert map_page.html.count('<circle class="area"') == 2


async def test_online_event_is_listed_but_not_on_the_map():
    event = make_event(kind="online", online=True, place=None)
    async with open_site(event) as visitor:
        map_page, africa = await visitor.open(), await visitor.open("?view=africa")
    assert map_page.titles
    assert not map_page.dots("wide")
    assert not africa.titles


async def test_host_text_is_escaped_on_the_map():
    event = make_event(title="<script>alert(1)</script>")
    event["place"]["locality"] = '"><img src=x>'
    async with open_site(event) as visitor:
        html = (await visitor.open()).html
    assert "<script>alert" not in html
    assert "<img" not in html


async def test_cancelled_event_is_listed_but_not_on_the_map():
    async with open_site(make_event(state="cancelled")) as visitor:
        map_page = await visitor.open()
    assert "Cancelled" in map_page.text
    assert not map_page.dots("wide")


async def test_past_events_come_last():
    clock = Clock()
    clock.time = datetime(2026, 12, 19, tzinfo=UTC)
    later = make_event(2, starts_at="2026-12-20T18:00:00-06:00")
    async with open_site(make_event(1), later, clock=clock) as visitor:
        map_page = await visitor.open()
    assert map_page.titles == ["Sample event 2", "Sample event 1"]
    assert map_page.text.count("Over") == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("?kind=march", [1]),
        ("?country=ES", [2]),
        ("?country=es,lb", [2, 3]),
        ("?language=ar", [3]),
        ("?language=ar,es", [2, 3]),
        ("?since=2026-12-19", [1]),
        ("?until=2026-12-18", [0, 2, 3]),
        ("?since=2026-12-18&until=2026-12-18&kind=vigil", [0, 2, 3]),
        ("?country=&language=&since=&until=&view=", [0, 1, 2, 3]),
    ],
)
async def test_options_filter_the_events(query, found):
    events = (
        make_event(0),
        make_event(1, kind="march", starts_at="2026-12-19T01:00:00-06:00"),
        make_event(2, 4, languages=["es-ES"]),
        make_event(3, 7, languages=["en", "ar"]),
    )
    async with open_site(*events) as visitor:
        map_page = await visitor.open(query)
    assert sorted(map_page.ids) == [f"evt_{number:04}" for number in found]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?view=mars", "region must be"),
        ("?view=1,2,99", "region must be"),
        ("?kind=party", "kind of event"),
        ("?country=Mexico", "two-letter code"),
        ("?country=EU", "two-letter code"),
        ("?country=ZZZ", "two-letter code"),
        ("?language=<b>", "event language must be"),
        ("?since=tomorrow", "first day"),
        ("?until=2026-13-01", "last day"),
        ("?page=0", "page number must be"),
        ("?colour=red", "colour"),
    ],
)
async def test_invalid_option_is_explained(query, told):
    async with open_site(make_event()) as visitor:
        map_page = await visitor.open(query, status=400)
    assert told in map_page.text


async def test_empty_map_says_so():
    async with open_site() as visitor:
        map_page = await visitor.open()
    assert "No events here yet" in map_page.text
    assert not map_page.dots("wide")


async def test_empty_view_links_to_the_whole_world():
    async with open_site(make_event()) as visitor:
        map_page = await visitor.open("?view=oceania&kind=vigil")
        whole = await visitor.open(map_page.link("See the whole world"))
    assert "No events here yet" in map_page.text
    assert whole.titles == ["Sample event 0"]


async def test_all_views_share_one_request():
    async with open_site(*make_events(120)) as visitor:
        for query in ("", "?view=africa", "?lang=fr", "?country=ES"):
            await visitor.open(query)
    first, second = (request.query for request in visitor.campaign.requests)
    assert first == {"from": ["2026-01-01"], "limit": ["100"]}
    assert second == first | {"cursor": second["cursor"]}


async def test_map_stays_with_its_date_while_the_campaign_is_down():
    clock = Clock()
    async with open_site(make_event(), clock=clock) as visitor:
        await visitor.open()
        visitor.campaign.fail_next(Unavailable(), times=None)
        clock.time += timedelta(hours=1)
        map_page = await visitor.open()
    assert map_page.titles == ["Sample event 0"]
    assert "As of 23 November 2026, 12:00 pm UTC" in map_page.text.replace("\u202f", " ")
    assert "The campaign cannot be reached right now." in map_page.text


async def test_campaign_that_was_never_reached_is_explained():
    async with open_site() as visitor:
        visitor.campaign.fail_next(Unavailable(), times=None)
        await visitor.open(status=503)


async def test_long_list_has_pages():
    async with open_site(*make_events(60)) as visitor:
        map_page = await visitor.open("?lang=en")
        seen = list(map_page.ids)
        while ">Next</a>" in map_page.html and len(seen) < 100:
            map_page = await visitor.open(
                urlsplit(map_page.link("Next"))._replace(fragment="").geturl()
            )
            seen += map_page.ids
    assert sorted(seen) == [f"evt_{number:04}" for number in range(60)]


async def test_page_past_the_end_is_the_last():
    async with open_site(*make_events(60)) as visitor:
        assert (await visitor.open("?page=99")).ids == (await visitor.open("?page=3")).ids


async def test_selected_country_is_zoomed_in():
    async with open_site(make_event(), make_event(1, 6)) as visitor:
        near, whole = (
            await visitor.open("?country=KE"),
            await visitor.open("?country=KE&view=world"),
        )
    assert near.ratio != whole.ratio
    assert [dot.name for dot in near.dots("wide")] == ["Sample event 1"]


async def test_selected_city_is_zoomed_in():
    async with open_site(make_event(), make_event(1, 6), make_event(2, 4)) as visitor:
        map_page = await visitor.open("?near=nairobi&radius_km=100")
    assert map_page.titles == ["Sample event 1"]
    assert "Within 100 km of Nairobi" in map_page.text
    assert [dot.name for dot in map_page.dots("wide")] == ["Sample event 1"]


async def test_links_keep_the_options():
    async with open_site(*make_events(40)) as visitor:
        map_page = await visitor.open("?lang=en&theme=dark&kind=vigil")
    hrefs = [dot.href for dot in map_page.dots("wide") if dot.href.startswith("?")]
    assert hrefs
    assert all("theme=dark" in href and "kind=vigil" in href for href in hrefs)


@pytest.mark.parametrize("query", ["", "?view=north-america", "?view=41,-74,5", "?view=oceania"])
@pytest.mark.parametrize(("which", "width"), [("slim", 280), ("wide", 560)])
async def test_no_marker_covers_another(query, which, width):
    async with open_site(*make_events(300)) as visitor:
        map_page = await visitor.open(query)
    for a, b in combinations(map_page.dots(which), 2):
        apart = hypot((a.x - b.x) * width / 100, (a.y - b.y) * width * map_page.ratio / 100)
        assert apart >= max(a.radius, 12) + max(b.radius, 12)


@pytest.mark.parametrize("which", ["slim", "wide"])
async def test_each_event_of_the_world_is_counted_once(which):
    async with open_site(*make_events(300)) as visitor:
        map_page = await visitor.open()
    assert sum(dot.count for dot in map_page.dots(which)) == 300


@pytest.mark.parametrize("which", ["slim", "wide"])
async def test_every_event_is_reached_by_links(which):
    events = make_events(80)
    async with open_site(*events) as visitor:
        found = await _follow_markers(visitor, which, "", set())
    assert found == {event["id"] for event in events}


async def _follow_markers(visitor: Visitor, which: str, query: str, been: set[str]) -> set[str]:
    been.add(query)
    map_page = await visitor.open(query)
    found: set[str] = set()
    for dot in map_page.dots(which):
        before, _, fragment = dot.href.partition("#")
        if fragment:
            listed = (await visitor.open(before or query)).ids
            assert fragment in listed
            found |= {fragment} if dot.count == 1 else set(listed)
        elif before not in been:
            found |= await _follow_markers(visitor, which, before, been)
    return found


async def test_marker_links_to_the_list_page_of_its_event():
    last = make_event(99, 9, starts_at="2026-12-20T18:00:00+08:00")
    async with open_site(*(make_event(n) for n in range(30)), last) as visitor:
        [dot] = [dot for dot in (await visitor.open()).dots("wide") if dot.count == 1]
        query, fragment = dot.href.split("#")
        assert fragment == "evt_0099"
        assert fragment in (await visitor.open(query)).ids


async def test_marker_of_one_place_links_to_its_list():
    async with open_site(*(make_event(n) for n in range(3)), make_event(9, 5)) as visitor:
        [cluster] = [dot for dot in (await visitor.open()).dots("wide") if dot.count == 3]
        assert cluster.name == "3 events around Mexico City"
        assert cluster.href == "?view=19.4,-99.1,7"
        close = await visitor.open(cluster.href)
    assert close.titles == ["Sample event 0", "Sample event 1", "Sample event 2"]
    assert [dot.href for dot in close.dots("wide")] == ["#evt_0000"]


async def test_the_map_is_not_mirrored():
    async with open_site(make_event(0), make_event(1, 9)) as visitor:
        left, right = sorted((await visitor.open("?lang=ar")).dots("wide"), key=lambda dot: dot.x)
    assert (left.name, right.name) == ("Sample event 0", "Sample event 1")


async def test_some_places_are_named_on_the_map():
    async with open_site(make_event(0), make_event(1, 9)) as visitor:
        html = (await visitor.open()).html
    assert re.findall(r'<text [^>]*text-anchor="start">([^<]*)</text>', html) == [
        "Mexico City",
        "Manila",
    ]


async def test_map_makes_no_further_request():
    async with open_site(*make_events(30)) as visitor:
        html = (await visitor.open()).html
    assert not re.findall(r"<(?:img|iframe|image|use)\b|stylesheet|url\(|@import| src=", html)


def _tokens(name: str) -> dict[str, str]:
    css = (find_static_folder() / name).read_text(encoding="utf-8")
    return dict(re.findall(r"(--[\w-]+): (#\w+);", css))


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light.css", "dark.css"])
@pytest.mark.parametrize("marker", ["--dot", "--ink"])
def test_markers_stand_out_from_land_and_sea(scheme, marker):
    tokens = _tokens(scheme)
    assert _contrast(tokens[marker], tokens["--ground"]) >= 3
    assert _contrast(tokens[marker], tokens["--land"]) >= 3


LAID_OUT = """() => {
    const seen = e => e.getBoundingClientRect().width > 0;
    const frame = document.querySelector('.map').getBoundingClientRect();
    const at = link => {
        const circle = link.querySelector('circle'), box = circle.getBoundingClientRect();
        const reach = Math.max(12, parseFloat(circle.getAttribute('r')));
        return {link, reach, x: box.x + box.width / 2, y: box.y + box.height / 2};
    };
    const hits = (dot, x, y) => document.elementFromPoint(dot.x + x, dot.y + y)?.closest('a');
    const sides = [[0, 0], [11, 0], [-11, 0], [0, 11], [0, -11]];
    const dots = [...document.querySelectorAll('.map a')].filter(seen).map(at);
    const names = [...document.querySelectorAll('.names text')].filter(seen);
    const boxes = names.map(name => name.getBoundingClientRect());
    return {
        dots: dots.length,
        faults: [
            ...dots.filter(d => sides.some(([x, y]) => hits(d, x, y) !== d.link)).map(() => 'hit'),
            ...boxes.filter(b => b.x < frame.x || b.right > frame.right).map(() => 'name is cut'),
            ...(document.documentElement.scrollWidth > innerWidth ? ['page is too wide'] : []),
        ],
        height: document.documentElement.scrollHeight,
    };
}"""


async def _pages(count: int, queries: list[str]) -> list[str]:
    async with open_site(*make_events(count)) as visitor:
        return [(await visitor.open(query)).html for query in queries]


@pytest.fixture(scope="module")
def map_pages() -> list[str]:
    queries = ["", "?view=europe", "?lang=ar&view=asia", "?lang=fr&view=41,-74,6"]
    return [html for count in (30, 300) for html in anyio.run(_pages, count, queries)]


async def _page_of(event: dict[str, Any]) -> str:
    async with open_site(event) as visitor:
        return (await visitor.open()).html


@pytest.mark.anyio
@pytest.mark.parametrize(("view", "offered"), [("world", 0), ("africa", 0), ("19,-99,2", 1)])
async def test_zoom_out_is_offered_only_in_a_custom_view(browser, view, offered):
    assert (await browser.get(f"/w/events?view={view}")).text.count("Zoom out") == offered


@pytest.fixture(scope="module")
def long_words_page() -> str:
    event = make_event(title="w" * 120)
    event["place"] |= {"name": "n" * 90, "locality": "l" * 90}
    return anyio.run(_page_of, event)


@pytest.fixture(scope="module")
def chromium(map_pages: list[str], long_words_page: str, chromium: Browser) -> Browser:
    return chromium


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 559, 560, 759, 760, 899, 900, 1200])
def test_in_chromium_no_marker_is_covered_and_nothing_is_cut(chromium, map_pages, width):
    page = chromium.new_page(viewport={"width": width, "height": 1200})
    for html in map_pages:
        page.set_content(html)
        seen = page.evaluate(LAID_OUT)
        assert seen["faults"] == []
        assert seen["dots"] > 0
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 600, 1200])
def test_in_chromium_the_widget_fits_the_maximum_height_of_wordpress(chromium, map_pages, width):
    page = chromium.new_page(viewport={"width": width, "height": 600})
    for html in map_pages:
        page.set_content(html)
        assert page.evaluate(LAID_OUT)["height"] <= 1000
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 600, 800, 1200])
def test_in_chromium_long_words_are_broken(chromium, long_words_page, width):
    page = chromium.new_page(viewport={"width": width, "height": 600})
    page.set_content(long_words_page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(list => list.scrollWidth - list.clientWidth)(window.list)") == 0
    page.close()


@pytest.mark.browser
def test_in_chromium_the_keyboard_reaches_the_list_in_two_steps(chromium, map_pages):
    page = chromium.new_page()
    page.set_content(map_pages[0])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#list') !== null")
    page.close()


@pytest.mark.browser
def test_in_chromium_links_of_the_map_have_names(chromium, map_pages):
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.set_content(map_pages[4])
    name = re.compile(r"^\d+ events around .+")
    assert page.get_by_role("link", name=name).count() > 5
    page.close()
