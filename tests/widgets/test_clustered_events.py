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
from imd_campaign.settings import Settings as CampaignSettings
from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.settings import Settings

pytestmark = pytest.mark.anyio

SITE_URL = "http://widgets.example"
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
        store.add_all(connection, rows())
    engine.dispose()
    return CampaignSettings(secret="s" * 40, public_key=new_key_pair()[0], database_url=url)


@asynccontextmanager
async def open_widgets(
    settings, request_log, *, now=NOW, **further
) -> AsyncIterator[httpx.AsyncClient]:
    campaign = create_campaign(settings)
    asking = httpx.AsyncClient(
        transport=httpx.ASGITransport(campaign),
        base_url=SITE_URL,
        event_hooks={"request": [request_log]},
    )
    client = AsyncClient(SITE_URL, http_client=asking, max_retries=0)
    app = create_app(Settings(**further), client, clock=lambda: now)
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(campaign.router.lifespan_context(campaign))
        await stack.enter_async_context(asking)
        await stack.enter_async_context(app.router.lifespan_context(app))
        browser = httpx.AsyncClient(transport=transport, base_url=SITE_URL)
        yield await stack.enter_async_context(browser)


@pytest.fixture
async def browser(settings, request_log) -> AsyncIterator[httpx.AsyncClient]:
    async with open_widgets(settings, request_log) as browser:
        yield browser


class RequestLog(list):
    async def __call__(self, request: httpx.Request) -> None:
        self.append(request.url)


@pytest.fixture
def request_log() -> RequestLog:
    return RequestLog()


async def get_html(browser: httpx.AsyncClient, query: str = "") -> str:
    response = await browser.get(f"/w/events{query}")
    assert response.status_code == 200
    return response.text


def markers(html: str, which: str = "wide") -> list[tuple[str, int]]:
    """Return the link and the number of events of each marker."""
    group = re.search(rf'<g class="{which}">(.*?)</g>', html, re.DOTALL)[1]
    links = re.findall(r'<a href="([^"]*)"(.*?)</a>', group, re.DOTALL)
    counts = [re.search(r"<text[^>]*>([\d,]+)<", inner) for _, inner in links]
    return [
        (unescape(href), int(count[1].replace(",", "")) if count else 1)
        for (href, _), count in zip(links, counts, strict=True)
    ]


def event_ids(html: str) -> list[str]:
    return re.findall(r'<li id="(evt_\d+)"', html)


@pytest.mark.parametrize("which", ["wide", "slim"])
async def test_every_event_is_counted_once(browser, which):
    assert sum(count for _, count in markers(await get_html(browser), which)) == len(PLACED)


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
    found = sum(count for _, count in markers(await get_html(browser, query)))
    assert found == len([one for one in PLACED if wanted(one)])


async def test_every_view_shows_the_totals_of_the_world(browser):
    for query in ("", "?view=africa"):
        assert f"{len(PLACED):,} events · 3 countries" in await get_html(browser, query)


async def test_part_of_the_world_counts_its_own_events(browser):
    found = sum(count for _, count in markers(await get_html(browser, "?view=africa")))
    assert found == len([one for one in PLACED if one["country"] == "KE"])


async def test_view_across_the_antimeridian_is_complete(browser):
    found = sum(count for _, count in markers(await get_html(browser, "?view=-18,180,3")))
    assert found == len([one for one in PLACED if one["country"] == "FJ"])


async def test_selected_country_is_zoomed_in(browser):
    html = await get_html(browser, "?country=KE")
    assert 'class="whole"' not in html
    assert sum(count for _, count in markers(html)) == len(
        [o for o in PLACED if o["country"] == "KE"]
    )


async def test_only_one_page_of_the_list_is_requested(browser, request_log):
    await get_html(browser)
    before = len(request_log)
    html = await get_html(browser, "?view=africa")
    assert len(event_ids(html)) == 25
    assert [(url.path, url.params.get("limit")) for url in request_log[before:]] == [
        ("/v1/events/clusters", None),
        ("/v1/events", "25"),
    ]


async def test_list_has_pages(browser):
    first, second = (
        await get_html(browser, "?view=africa"),
        await get_html(browser, "?view=africa&page=2"),
    )
    assert not set(event_ids(first)) & set(event_ids(second))
    assert "26–50 of" in second


@pytest.mark.parametrize("path", ["/w/event-list", "/w/events"])
async def test_following_next_lists_every_event_once(browser, path):
    response, seen = (await browser.get(path)).text, []
    while True:
        seen += re.findall(r'href="/events/(evt_\d+)\?lang=en" lang', response)
        after = re.search(r'<a href="([^"]*)">Next</a>', response)
        if after is None:
            break
        response = (await browser.get(urljoin(path, unescape(after[1])))).text
    assert sorted(seen) == [f"evt_{number:04}" for number in range(EVENTS)]
    assert f"{EVENTS:,} of {EVENTS:,}" in response


async def test_next_page_takes_one_request(browser, request_log):
    for page in range(1, 6):
        before = len(request_log)
        await browser.get(f"/w/event-list?page={page}")
        lists = [url for url in request_log[before:] if url.params.get("limit") == "25"]
        assert len(lists) == 1


async def test_distant_page_takes_a_bounded_number_of_requests(browser, request_log):
    text = (await browser.get("/w/event-list?page=40000")).text
    assert "1,001–1,025 of" in text
    assert len([url for url in request_log if url.params.get("limit") == "25"]) == 41
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
    html = await get_html(browser, "?kind=online")
    assert len(event_ids(html)) == 25
    assert len(event_ids(await get_html(browser, "?kind=online&page=2"))) == ONLINE - 25


async def test_markers_link_closer_until_events_are_single(browser):
    html, zooms = await get_html(browser), 0
    while (largest := max(markers(html), key=lambda dot: dot[1]))[0].startswith("?"):
        html, zooms = await get_html(browser, largest[0]), zooms + 1
        assert markers(html)
    assert 2 <= zooms <= 6
    assert largest[1] < 10


async def test_single_event_links_to_its_page(browser):
    html = await get_html(browser, "?view=-1.3,36.8,7")
    alone = [href for href, count in markers(html) if count == 1]
    assert alone
    for href in alone:
        assert href.removeprefix("#") in event_ids(html) or href.startswith("/events/evt_")


async def test_events_near_a_city_are_counted_within_the_circle(browser):
    html = await get_html(browser, "?near=-1.3,36.8&radius_km=300")
    near = len([one for one in PLACED if one["country"] == "KE"])
    assert near * 0.8 < sum(count for _, count in markers(html)) <= near


async def fail(request: httpx.Request) -> None:
    raise httpx.ConnectError("no campaign", request=request)


async def test_map_is_shown_the_next_day_while_the_campaign_is_down(
    settings, request_log, tmp_path
):
    paths = ["/w/events", "/w/events?view=africa&kind=vigil", "/w/events?page=2"]
    async with open_widgets(settings, request_log, snapshot_dir=tmp_path) as browser:
        before = [await browser.get(path) for path in paths]
    next_day = NOW + timedelta(days=1)
    async with open_widgets(settings, fail, now=next_day, snapshot_dir=tmp_path) as browser:
        after = [await browser.get(path) for path in paths]
    assert [response.status_code for response in after] == [200] * len(paths)
    assert all("The campaign cannot be reached right now." in response.text for response in after)
    assert [titles(response.text) for response in after] == [
        titles(response.text) for response in before
    ]


def titles(text: str) -> list[str]:
    return re.findall(r">(Sample event \d+)</a>", text)
