"""A response that was checked a moment ago is sent without checking all of its data again."""

import gc
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from imd_widgets.responses.prepared_response import PreparedResponse

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
COUNT = ("count", "convention")


@pytest.fixture
def switches(tmp_path):
    return tmp_path / "switches.toml"


async def get_warm(browser: httpx.AsyncClient, path: str = COUNTER) -> str:
    """Return what the third request gets: the first renders, and the second checks."""
    for _ in range(2):
        await browser.get(path)
    return (await browser.get(path)).text


def source_of(browser: httpx.AsyncClient):
    return browser._transport.app.state.context.source


def find_days(text: str) -> int:
    return int(re.search(r"(\d+)\D{0,40}days until", text)[1])


async def test_number_that_expires_early_is_read_again_at_once(browser, campaign):
    assert "1,234" in await get_warm(browser)
    campaign.total += 1
    source_of(browser).cache.expire(COUNT)
    assert "1,235" in (await browser.get(COUNTER)).text


async def test_number_is_read_again_when_it_is_ten_seconds_old(browser, campaign, clock):
    await get_warm(browser)
    campaign.total += 1
    clock.advance(9.9)
    assert "1,234" in (await browser.get(COUNTER)).text
    clock.advance(40)
    assert "1,235" in (await browser.get(COUNTER)).text


async def test_names_are_read_again_after_half_a_second(browser, campaign, clock):
    path = f"{COUNTER}?show=signers"
    assert "Sample One" not in await get_warm(browser, path)
    signer = {"name": "Sample One", "email": "one@example.org", "public": True}
    campaign.add_signature("convention", confirmed=True, **signer)
    clock.advance(0.5)
    assert "Sample One" in (await browser.get(path)).text


async def test_countdown_changes_at_midnight(browser, clock):
    clock.time = datetime(2026, 11, 23, 23, 59, 59, 900_000, tzinfo=UTC)
    before = find_days(await get_warm(browser, "/w/countdown"))
    clock.advance(0.1)
    assert find_days((await browser.get("/w/countdown")).text) == before - 1


async def test_widget_closes_at_the_moment_of_the_sunset(campaign, clock, served_with):
    async with served_with(sunset=clock() + timedelta(seconds=0.5)) as browser:
        assert "This campaign is over." not in await get_warm(browser)
        clock.advance(0.5)
        assert "This campaign is over." in (await browser.get(COUNTER)).text


async def test_widget_closes_a_second_after_it_is_switched_off(
    campaign, clock, served_with, switches
):
    switches.write_text("all = false", encoding="utf-8")
    clock.advance(0.3)
    async with served_with(switches=switches) as browser:
        await get_warm(browser)
        clock.advance(0.9)
        await get_warm(browser)
        switches.unlink()
        switches.write_text("all = true # off", encoding="utf-8")
        clock.advance(0.1)
        assert "1,234" not in (await browser.get(COUNTER)).text


async def test_number_is_read_again_when_the_clock_is_set_back(browser, campaign, clock):
    await get_warm(browser)
    campaign.total += 1
    clock.advance(-60)
    assert "1,235" in (await browser.get(COUNTER)).text


async def test_known_requests_keep_no_responses_in_memory(campaign, clock, served_with):
    async with served_with(answer_bytes=400_000) as browser:
        for number in range(200):
            await get_warm(browser, f"/w/countdown?accent={number:06x}")
        gc.collect()
        responses = sum(isinstance(one, PreparedResponse) for one in gc.get_objects())
        cached = len(browser._transport.app.state.context.response_cache)
        assert responses <= cached + 5 < 100
