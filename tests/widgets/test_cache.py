import asyncio

import httpx
import pytest

from imd_sdk import AsyncClient, NotFound, OutcomeUnknown, Problem
from imd_widgets.caching.cache import Cache, Unavailable

pytestmark = pytest.mark.anyio


class Campaign:
    """A loader that counts its calls, and fails if `error` is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.calls += 1
        await self.gate.wait()
        if self.error:
            raise self.error
        return self.calls


@pytest.fixture
async def load() -> Campaign:
    return Campaign()


@pytest.fixture
def cache(clock) -> Cache:
    return Cache(fresh_seconds=10, grace_seconds=120, timeout=0.05, max_entries=3, clock=clock)


def broken() -> Exception:
    return OutcomeUnknown("no answer")


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_concurrent_reads_make_one_request(cache, load):
    load.gate.clear()
    readers = [asyncio.create_task(cache.read("a", load)) for _ in range(50)]
    await settled()
    load.gate.set()
    assert {reading.value for reading in await asyncio.gather(*readers)} == {1}
    assert load.calls == 1


async def test_fresh_value_is_not_read_again(cache, load, clock):
    await cache.read("a", load)
    clock.advance(9)
    assert (await cache.read("a", load)).value == 1
    assert load.calls == 1


async def test_older_value_is_returned_while_it_is_refreshed(cache, load, clock):
    await cache.read("a", load)
    clock.advance(11)
    load.gate.clear()
    assert (await cache.read("a", load)).value == 1
    load.gate.set()
    await settled()
    assert (await cache.read("a", load)).value == 2


async def test_names_of_signers_are_read_again_within_a_second(cache, load, clock):
    key = ("signers", "convention", 5)
    await cache.read(key, load)
    clock.advance(0.6)
    assert (await cache.read(key, load)).value == 2


async def test_slow_values_are_refreshed_less_often(clock):
    calls = []

    async def slow() -> int:
        calls.append(1)
        await asyncio.sleep(0.8)
        return len(calls)

    cache = Cache(fresh_seconds=10, clock=clock)
    await cache.read("a", slow)
    clock.advance(15)
    await cache.read("a", slow)
    await cache.close()
    assert len(calls) == 1


async def test_value_past_the_grace_period_is_awaited(cache, load, clock):
    await cache.read("a", load)
    clock.advance(3600)
    assert (await cache.read("a", load)).value == 2


async def test_clock_set_back_does_not_freeze_values(cache, load, clock):
    await cache.read("a", load)
    clock.advance(-3600)
    assert (await cache.read("a", load)).value == 2


async def test_clock_set_back_does_not_prolong_failures(cache, load, clock):
    load.error = broken()
    with pytest.raises(Unavailable):
        await cache.read("a", load)
    load.error = None
    clock.advance(-3600)
    assert (await cache.read("a", load)).value == 2


@pytest.mark.parametrize(("asked", "calls"), [(5, 2), (30, 1), (3600, 1)])
async def test_retry_after_of_the_campaign_is_respected(cache, clock, asked, calls):
    headers = {"retry-after": str(asked)}
    campaign = httpx.MockTransport(lambda _: httpx.Response(429, headers=headers, json={}))
    async with httpx.AsyncClient(transport=campaign) as http:
        client = AsyncClient("http://campaign.example", http_client=http, max_retries=0)
        seen = []

        async def count() -> object:
            seen.append(1)
            return await client.petitions.count("convention")

        for _ in range(2):
            with pytest.raises(Unavailable):
                await cache.read("a", count)
            clock.advance(20)
        assert len(seen) == calls
        clock.advance(21)
        with pytest.raises(Unavailable):
            await cache.read("a", count)
        assert len(seen) == calls + 1


async def test_reader_waits_no_longer_than_the_timeout(cache, load, clock):
    await cache.read("a", load)
    clock.advance(3600)
    load.gate.clear()
    reading = await cache.read("a", load)
    assert (reading.value, reading.is_stale) == (1, True)
    load.gate.set()
    await cache.close()


async def test_only_one_reader_waits_for_a_slow_campaign(cache, load, clock):
    await cache.read("a", load)
    clock.advance(3600)
    load.gate.clear()
    await cache.read("a", load)
    async with asyncio.timeout(0.02):
        assert (await cache.read("a", load)).is_stale
    load.gate.set()
    await cache.close()


async def test_last_value_is_returned_while_the_campaign_is_down(cache, load, clock):
    await cache.read("a", load)
    load.error = broken()
    clock.advance(3600)
    reading = await cache.read("a", load)
    assert (reading.value, reading.is_stale) == (1, True)


async def test_value_is_refreshed_when_the_campaign_is_back(cache, load, clock):
    await cache.read("a", load)
    load.error = broken()
    clock.advance(3600)
    await cache.read("a", load)
    load.error = None
    clock.advance(11)
    await cache.read("a", load)
    await settled()
    reading = await cache.read("a", load)
    assert (reading.value, reading.is_stale) == (3, False)


async def test_cold_start_without_a_campaign_is_unavailable(cache, load):
    load.error = broken()
    with pytest.raises(Unavailable):
        await cache.read("a", load)


async def test_failing_campaign_is_not_requested_by_every_reader(cache, load):
    load.error = broken()
    for _ in range(20):
        with pytest.raises(Unavailable):
            await cache.read("a", load)
    assert load.calls == 1


async def test_value_that_the_campaign_deleted_is_dropped(cache, load, clock):
    await cache.read("a", load)
    load.error = NotFound("gone", status=404, problem=Problem("not-found", "gone"))
    clock.advance(3600)
    with pytest.raises(NotFound):
        await cache.read("a", load)


async def test_expired_value_is_read_at_once(cache, load):
    await cache.read("a", load)
    cache.expire("a")
    assert (await cache.read("a", load)).value == 2


async def test_least_used_value_is_evicted(cache, load):
    for key in "abc":
        await cache.read(key, load)
    await cache.read("a", load)
    await cache.read("d", load)
    assert len(cache) == 3
    assert (await cache.read("a", load)).value == 1
    assert (await cache.read("b", load)).value == 5


async def test_cancelled_reader_does_not_cancel_the_others(cache, load):
    load.gate.clear()
    leaver = asyncio.create_task(cache.read("a", load))
    stayer = asyncio.create_task(cache.read("a", load))
    await settled()
    leaver.cancel()
    load.gate.set()
    assert (await stayer).value == 1


async def test_many_visitors_make_one_request_to_the_campaign(browser, campaign):
    responses = await asyncio.gather(*(browser.get("/w/counter/convention") for _ in range(40)))
    assert {response.status_code for response in responses} == {httpx.codes.OK}
    assert campaign.calls.count("GET /v1/petitions/convention/count") == 1
