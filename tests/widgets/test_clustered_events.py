"""A map of more events than the cache holds, with the real campaign server."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from random import Random
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from imd_campaign import db
from imd_campaign.app import create_app as create_campaign
from imd_campaign.crypto import new_key_pair
from imd_campaign.events import store
from imd_campaign.events.geography import Point, vector
from imd_campaign.events.tables import events
from imd_campaign.settings import Settings as CampaignSettings
from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

pytestmark = pytest.mark.anyio

ADDRESS = "http://widgets.example"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVENTS, ONLINE = 2600, 30
TOWNS = [
    ("Sample A", "MX", 19.4, -99.1),
    ("Sample B", "KE", -1.3, 36.8),
    ("Sample C", "FJ", -18, 179),
]


def rows() -> list[dict[str, Any]]:
    dice = Random(18)  # noqa: S311 - a sample
    return [row(dice, number) for number in range(EVENTS)]


def row(dice: Random, number: int) -> dict[str, Any]:
    town, country, latitude, longitude = dice.choice(TOWNS)
    online = number < ONLINE
    begins = NOW + timedelta(days=17, minutes=dice.randrange(1440))
    spoken = [dice.choice(["en", "es-MX"])]
    placed = {
        "place_name": "Sample hall",
        "locality": town,
        "country": country,
        "latitude": latitude + dice.gauss(0, 1),
        "longitude": (longitude + dice.gauss(0, 1) + 180) % 360 - 180,
    }
    x, y, z = vector(Point(placed["latitude"], placed["longitude"]))
    placed |= {"x": x, "y": y, "z": z}
    return {
        "id": f"evt_{number:04}",
        "state": "public",
        "kind": "online" if online else dice.choice(["vigil", "march"]),
        "title": f"Sample event {number}",
        "description": "",
        "lang": "en",
        "languages": spoken,
        "starts_at": begins,
        "time_zone": "UTC",
        "first_day": begins.date(),
        "last_day": begins.date(),
        "online": online,
        "private": False,
        **(dict.fromkeys(placed) if online else placed),
        "host": "Sample Group",
        "spoken": store.spoken(spoken),
        "search": "",
        "created_at": NOW,
        "updated_at": NOW,
    }


PLACED = [one for one in rows() if not one["online"]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> CampaignSettings:
    folder = tmp_path_factory.mktemp("campaign")
    url = f"sqlite:///{folder / 'campaign.sqlite3'}"
    engine = db.open_engine(url)
    db.migrate(engine)
    with db.Database(engine).write() as connection:
        connection.execute(events.insert(), rows())
    engine.dispose()
    return CampaignSettings(secret="s" * 40, public_key=new_key_pair()[0], database_url=url)


@asynccontextmanager
async def served(settings, asked, *, now=NOW, **further) -> AsyncIterator[httpx.AsyncClient]:
    campaign = create_campaign(settings)
    asking = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign),
        base_url=ADDRESS,
        event_hooks={"request": [asked]},
    )
    client = AsyncClient(ADDRESS, http_client=asking, max_retries=0)
    app = create_app(Settings(**further), client, clock=lambda: now)
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(campaign.router.lifespan_context(campaign))
        await stack.enter_async_context(asking)
        await stack.enter_async_context(app.router.lifespan_context(app))
        browser = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        yield await stack.enter_async_context(browser)


@pytest.fixture
async def browser(settings, asked) -> AsyncIterator[httpx.AsyncClient]:
    async with served(settings, asked) as browser:
        yield browser


class Asked(list):
    async def __call__(self, request: httpx.Request) -> None:
        self.append(request.url)


@pytest.fixture
def asked() -> Asked:
    return Asked()


async def see(browser: httpx.AsyncClient, query: str = "") -> str:
    answer = await browser.get(f"/w/events{query}")
    assert answer.status_code == 200
    return answer.text


def dots(html: str, which: str = "wide") -> list[tuple[str, int]]:
    """Where each marker leads, and how many events it stands for."""
    group = re.search(rf'<g class="{which}">(.*?)</g>', html, re.DOTALL)[1]
    links = re.findall(r'<a href="([^"]*)"(.*?)</a>', group, re.DOTALL)
    counts = [re.search(r"<text[^>]*>([\d,]+)<", inner) for _, inner in links]
    return [
        (unescape(href), int(count[1].replace(",", "")) if count else 1)
        for (href, _), count in zip(links, counts, strict=True)
    ]


def listed(html: str) -> list[str]:
    return re.findall(r'<li id="(evt_\d+)"', html)


@pytest.mark.parametrize("which", ["wide", "slim"])
async def test_every_event_is_counted_once(browser, which):
    assert sum(count for _, count in dots(await see(browser), which)) == len(PLACED)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("?kind=march", lambda one: one["kind"] == "march"),
        ("?country=KE,FJ&view=world", lambda one: one["country"] in {"KE", "FJ"}),
        ("?language=es", lambda one: one["languages"] == ["es-MX"]),
        ("?since=2026-12-19", lambda one: one["first_day"].day >= 19),
        ("?until=2026-12-18", lambda one: one["first_day"].day <= 18),
        (
            "?kind=vigil&country=MX&view=world",
            lambda one: (one["kind"], one["country"]) == ("vigil", "MX"),
        ),
    ],
)
async def test_options_filter_the_counted_events(browser, query, wanted):
    found = sum(count for _, count in dots(await see(browser, query)))
    assert found == len([one for one in PLACED if wanted(one)])


async def test_every_view_shows_the_totals_of_the_world(browser):
    for query in ("", "?view=africa"):
        assert f"{len(PLACED):,} events · 3 countries" in await see(browser, query)


async def test_part_of_the_world_counts_its_own_events(browser):
    found = sum(count for _, count in dots(await see(browser, "?view=africa")))
    assert found == len([one for one in PLACED if one["country"] == "KE"])


async def test_view_across_the_antimeridian_is_complete(browser):
    found = sum(count for _, count in dots(await see(browser, "?view=-18,180,3")))
    assert found == len([one for one in PLACED if one["country"] == "FJ"])


async def test_selected_country_is_zoomed_in(browser):
    html = await see(browser, "?country=KE")
    assert 'class="whole"' not in html
    assert sum(count for _, count in dots(html)) == len([o for o in PLACED if o["country"] == "KE"])


async def test_only_one_page_of_the_list_is_requested(browser, asked):
    await see(browser)
    before = len(asked)
    html = await see(browser, "?view=africa")
    assert len(listed(html)) == 25
    assert [(url.path, url.params.get("limit")) for url in asked[before:]] == [
        ("/v1/events/clusters", None),
        ("/v1/events", "25"),
    ]


async def test_list_has_pages(browser):
    first, second = await see(browser, "?view=africa"), await see(browser, "?view=africa&page=2")
    assert not set(listed(first)) & set(listed(second))
    assert "26–50 of" in second


@pytest.mark.parametrize("path", ["/w/event-list", "/w/events"])
async def test_following_next_lists_every_event_once(browser, path):
    answer, seen = (await browser.get(path)).text, []
    while True:
        seen += re.findall(r'href="/events/(evt_\d+)\?lang=en" lang', answer)
        after = re.search(r'<a href="([^"]*)">Next</a>', answer)
        if after is None:
            break
        answer = (await browser.get(urljoin(path, unescape(after[1])))).text
    assert sorted(seen) == [f"evt_{number:04}" for number in range(EVENTS)]
    assert f"{EVENTS:,} of {EVENTS:,}" in answer


async def test_next_page_takes_one_request(browser, asked):
    for page in range(1, 6):
        before = len(asked)
        await browser.get(f"/w/event-list?page={page}")
        lists = [url for url in asked[before:] if url.params.get("limit") == "25"]
        assert len(lists) == 1


async def test_distant_page_takes_a_bounded_number_of_requests(browser, asked):
    text = (await browser.get("/w/event-list?page=40000")).text
    assert "1,001–1,025 of" in text
    assert len([url for url in asked if url.params.get("limit") == "25"]) == 41
    assert "2,026–2,050 of" in (await browser.get("/w/event-list?page=39999")).text


async def test_expired_cursor_starts_from_the_first_page(browser):
    await browser.get("/w/event-list")
    cursors = browser._transport.app.state.context.source.cursors
    for key in [key for key, _ in cursors.items()]:
        cursors.put(key, "no cursor")
    assert "26–50 of" in (await browser.get("/w/event-list?page=2")).text


async def test_list_near_a_city_counts_only_events_within_the_circle(browser):
    text = (await browser.get("/w/event-list?near=-1.3,36.8&radius_km=300")).text
    told = int(re.search(r"1–25 of ([\d,]+)", text)[1].replace(",", ""))
    assert told == pytest.approx(len([o for o in PLACED if o["country"] == "KE"]), rel=0.2)


async def test_online_events_are_listed(browser):
    html = await see(browser, "?kind=online")
    assert len(listed(html)) == 25
    assert len(listed(await see(browser, "?kind=online&page=2"))) == ONLINE - 25


async def test_markers_link_closer_until_events_are_single(browser):
    html, zooms = await see(browser), 0
    while (largest := max(dots(html), key=lambda dot: dot[1]))[0].startswith("?"):
        html, zooms = await see(browser, largest[0]), zooms + 1
        assert dots(html)
    assert 2 <= zooms <= 6
    assert largest[1] < 10


async def test_single_event_links_to_its_page(browser):
    html = await see(browser, "?view=-1.3,36.8,7")
    alone = [href for href, count in dots(html) if count == 1]
    assert alone
    for href in alone:
        assert href.removeprefix("#") in listed(html) or href.startswith("/events/evt_")


async def test_events_near_a_city_are_counted_within_the_circle(browser):
    html = await see(browser, "?near=-1.3,36.8&radius_km=300")
    near = len([one for one in PLACED if one["country"] == "KE"])
    assert near * 0.8 < sum(count for _, count in dots(html)) <= near


async def refuse(request: httpx.Request) -> None:
    raise httpx.ConnectError("no campaign", request=request)


async def test_map_is_shown_the_next_day_while_the_campaign_is_down(settings, asked, tmp_path):
    paths = ["/w/events", "/w/events?view=africa&kind=vigil", "/w/events?page=2"]
    async with served(settings, asked, snapshot_dir=tmp_path) as browser:
        before = [await browser.get(path) for path in paths]
    next_day = NOW + timedelta(days=1)
    async with served(settings, refuse, now=next_day, snapshot_dir=tmp_path) as browser:
        after = [await browser.get(path) for path in paths]
    assert [answer.status_code for answer in after] == [200] * len(paths)
    assert all("The campaign cannot be reached right now." in answer.text for answer in after)
    assert [titles(answer.text) for answer in after] == [titles(answer.text) for answer in before]


def titles(text: str) -> list[str]:
    return re.findall(r">(Sample event \d+)</a>", text)
