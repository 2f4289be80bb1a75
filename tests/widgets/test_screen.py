import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import anyio
import pytest

from imd_widgets.caching.cache import Cache
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.petitions import large_screen
from imd_widgets.responses.connection_limit import ConnectionLimit

pytestmark = pytest.mark.anyio

STREAM = "/screen/convention/stream"


@pytest.fixture
def no_delay(monkeypatch) -> None:
    monkeypatch.setattr(large_screen, "POLL_SECONDS", 0)


@asynccontextmanager
async def open_source(campaign, clock) -> AsyncIterator[CachedCampaign]:
    cache = Cache(fresh_seconds=10, grace_seconds=10, clock=clock)
    yield CachedCampaign(campaign.async_client(max_retries=0), cache, cache)
    await cache.close()


async def test_number_is_shown_without_javascript(browser):
    text = (await browser.get("/screen/convention")).text
    assert "data-total>1,234<" in text
    assert "widgets.example/petitions/convention" in text


async def test_screen_is_in_the_language_of_the_query(browser):
    text = (await browser.get("/screen/convention?lang=ar")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert "أضف اسمك" in text


async def test_closed_petition_has_no_link_to_sign(browser, campaign):
    campaign.petition["state"] = "closed"
    text = (await browser.get("/screen/convention")).text
    assert "data-total>1,234<" in text
    assert '<a href="' not in text


async def test_screen_is_not_cached(browser):
    assert (await browser.get("/screen/convention")).headers["cache-control"] == "no-cache"


async def test_unknown_petition_is_a_404_page(browser):
    assert (await browser.get("/screen/nothing")).status_code == 404
    assert (await browser.get("/screen/nothing/stream")).status_code == 404


async def test_unknown_option_is_explained(browser):
    response = await browser.get("/screen/convention?zone=UTC")
    assert response.status_code == 400
    assert "There is no option “zone”." in response.text


async def test_stream_sends_the_number_when_it_changes(campaign, clock, no_delay):
    async with open_source(campaign, clock) as source:
        lines = large_screen.watch_totals(source, "convention", asyncio.Event())
        received = [await anext(lines) for _ in range(3)]
        campaign.total += 1
        clock.advance(31)
        received.append(await anext(lines))
    data = ["data: 1234\n\n", large_screen.HEARTBEAT, "data: 1235\n\n"]
    assert received == [large_screen.RECONNECT, *data]


async def test_concurrent_streams_make_one_request(campaign, clock, no_delay):
    async with open_source(campaign, clock) as source:
        streams = [
            large_screen.watch_totals(source, "convention", asyncio.Event()) for _ in range(50)
        ]
        for _ in range(4):
            await asyncio.gather(*map(anext, streams))
    assert campaign.calls == ["GET /v1/petitions/convention/count"]


async def test_stream_stays_open_while_the_campaign_is_down(campaign, clock, no_delay):
    async with open_source(campaign, clock) as source:
        lines = large_screen.watch_totals(source, "convention", asyncio.Event())
        [await anext(lines) for _ in range(2)]
        campaign.down = True
        clock.advance(60)
        assert await anext(lines) == large_screen.HEARTBEAT


async def test_stream_ends_when_the_petition_is_deleted(campaign, clock, no_delay):
    async with open_source(campaign, clock) as source:
        lines = large_screen.watch_totals(source, "convention", asyncio.Event())
        [await anext(lines) for _ in range(2)]
        campaign.remove("/v1/petitions/convention/count")
        clock.advance(60)
        assert [line async for line in lines] == []


async def test_stream_ends_when_the_server_stops(campaign, clock):
    stopping = asyncio.Event()
    async with open_source(campaign, clock) as source:
        lines = large_screen.watch_totals(source, "convention", stopping)
        [await anext(lines) for _ in range(2)]
        stopping.set()
        assert [line async for line in lines] == []


def scope() -> dict[str, object]:
    return {"type": "http", "method": "GET", "path": STREAM, "headers": []}


async def test_connection_is_released_when_the_client_disconnects():
    connections, sent = ConnectionLimit(1, 1), []
    disconnected = anyio.Event()

    async def lines() -> AsyncIterator[str]:
        yield large_screen.HEARTBEAT
        assert connections.is_full
        disconnected.set()
        await anyio.sleep_forever()

    async def receive() -> dict[str, str]:
        await disconnected.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await large_screen.TotalsStream(connections, None, lines())(scope(), receive, send)
    assert sent[0]["status"] == 200
    assert b"set-cookie" not in dict(sent[0]["headers"])
    assert not connections.is_full


async def test_connection_limit_returns_503_with_retry_after(served_with):
    async with served_with(screens=0) as browser:
        with anyio.fail_after(5):
            response = await browser.get(STREAM)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "60"
    assert response.headers["cache-control"] == "no-store"


async def test_one_network_cannot_take_all_screens():
    connections = ConnectionLimit(3, 2)
    with ExitStack() as screens:
        for _ in range(2):
            screens.enter_context(connections.acquire("192.0.2.0/24"))
        assert not connections.has_room("192.0.2.0/24")
        assert connections.has_room("198.51.100.0/24")
        screens.enter_context(connections.acquire(None))
        assert not connections.has_room("198.51.100.0/24")


async def test_screens_of_unknown_networks_share_the_total_only():
    connections = ConnectionLimit(3, 1)
    with connections.acquire(None), connections.acquire(None):
        assert connections.has_room(None)


async def test_too_many_screens_of_a_network_get_a_429(served_with):
    settings = {"screens_per_network": 0, "trusted_proxies": "127.0.0.1"}
    async with served_with(**settings) as browser:
        with anyio.fail_after(5):
            response = await browser.get(STREAM, headers={"X-Forwarded-For": "198.51.100.7"})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "60"
