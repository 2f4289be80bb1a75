"""Widgets are rendered once for each change, encoded, cached, and bounded in size."""

import asyncio
import gc
import gzip
from dataclasses import dataclass, field
from typing import Any

import brotli
import httpx
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imd_sdk.models import Event, Page
from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
DECODE = {
    "br": brotli.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
    "gzip": gzip.decompress,
}
CODINGS = [*DECODE, "identity"]


@dataclass
class PreparedResponse:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def app_of(browser: httpx.AsyncClient) -> Any:
    return browser._transport.app


async def ask(app: Any, path: str, query: bytes = b"", **headers: str) -> PreparedResponse:
    """Send a request at the ASGI level, without decoding the response."""
    response = PreparedResponse()

    async def send(message: dict[str, Any]) -> None:
        response.status = message.get("status", response.status)
        raw = message.get("headers", [])
        response.headers |= {name.decode(): value.decode() for name, value in raw}
        response.body = message.get("body", response.body)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query}
    scope |= {"root_path": "", "headers": named}
    await app(scope, None, send)
    return response


async def test_unchanged_widget_is_the_same_bytes_object(browser, clock):
    first = await ask(app_of(browser), COUNTER)
    clock.advance(5)
    assert (await ask(app_of(browser), COUNTER)).body is first.body


async def test_equivalent_queries_share_a_response(browser):
    first = await ask(app_of(browser), COUNTER, b"theme=dark&lang=EN")
    assert (await ask(app_of(browser), COUNTER, b"lang=en&theme=d%61rk")).body is first.body


async def test_changed_number_is_rendered(browser, campaign, clock):
    await browser.get(COUNTER)
    campaign.total = 4321
    clock.advance(60)
    assert "4,321" in (await browser.get(COUNTER)).text


async def test_unchanged_number_is_not_rendered_again(browser, clock):
    first = await ask(app_of(browser), COUNTER)
    clock.advance(60)
    assert (await ask(app_of(browser), COUNTER)).body is first.body


async def test_countdown_changes_without_new_data(browser, clock):
    first = await ask(app_of(browser), "/w/countdown")
    clock.advance(24 * 3600)
    assert (await ask(app_of(browser), "/w/countdown")).body != first.body


async def test_deleted_petition_is_not_served_from_the_cache(browser, campaign, clock):
    await browser.get(COUNTER)
    campaign.remove("/v1/petitions/convention", "/v1/petitions/convention/count")
    clock.advance(3600)
    assert (await browser.get(COUNTER)).status_code == 404


async def test_cached_widget_says_that_the_campaign_is_down(browser, campaign, clock):
    await browser.get(COUNTER)
    campaign.down = True
    clock.advance(3600)
    for _ in range(2):
        assert "cannot be reached" in (await browser.get(COUNTER)).text


async def test_concurrent_requests_on_a_cold_server_render_once(browser, campaign):
    storm = (ask(app_of(browser), COUNTER) for _ in range(100))
    responses = await asyncio.gather(*storm)
    assert len({id(response.body) for response in responses}) == 1
    assert len(campaign.calls) == len(set(campaign.calls)) == 2


async def test_concurrent_requests_for_a_stale_widget_read_once(browser, campaign, clock):
    await browser.get(COUNTER)
    clock.advance(11)
    await asyncio.gather(*(ask(app_of(browser), COUNTER) for _ in range(100)))
    await asyncio.sleep(0.05)
    assert campaign.calls.count("GET /v1/petitions/convention/count") == 2


@pytest.mark.parametrize("coding", DECODE)
@pytest.mark.parametrize("path", [COUNTER, "/w/countdown", "/w/events", "/petitions/convention"])
async def test_encoded_responses_decode_to_the_same_page(browser, path, coding):
    plain, coded = await ask(app_of(browser), path), None
    coded = await ask(app_of(browser), path, accept_encoding=coding)
    assert coded.headers["content-encoding"] == coding
    assert int(coded.headers["content-length"]) == len(coded.body) < len(plain.body)
    assert DECODE[coding](coded.body) == plain.body


@pytest.mark.parametrize("path", [COUNTER, "/petitions/convention"])
async def test_each_encoding_has_its_own_strong_etag(browser, path):
    asked = [await ask(app_of(browser), path, accept_encoding=coding) for coding in CODINGS]
    tags = [response.headers["etag"] for response in asked]
    assert len(set(tags)) == len(CODINGS)
    assert not any(tag.startswith("W/") for tag in tags)


@pytest.mark.parametrize("coding", CODINGS)
async def test_matching_etag_returns_304(browser, coding):
    first = await ask(app_of(browser), COUNTER, accept_encoding=coding)
    known = f'"other", W/{first.headers["etag"]}'
    again = await ask(app_of(browser), COUNTER, accept_encoding=coding, if_none_match=known)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers


async def test_etag_of_another_encoding_returns_200(browser):
    first = await ask(app_of(browser), COUNTER, accept_encoding="br")
    tag = first.headers["etag"]
    again = await ask(app_of(browser), COUNTER, accept_encoding="gzip", if_none_match=tag)
    assert again.status == 200


@pytest.mark.parametrize("path", ["/confirm", "/confirm/good", "/confirm/rejected/allowed"])
async def test_pages_with_secrets_are_never_encoded(browser, path):
    response = await ask(app_of(browser), path, accept_encoding="br")
    assert "content-encoding" not in response.headers


async def test_many_urls_do_not_evict_a_popular_widget(campaign, clock, served_with):
    async with served_with(answer_bytes=400_000) as browser:
        app = app_of(browser)
        await ask(app, COUNTER)
        hot = await ask(app, COUNTER)
        for number in range(1_200):
            await ask(app, "/w/countdown", b"accent=%06x" % number)
        assert (await ask(app, COUNTER)).body is hot.body
        assert app.state.context.response_cache.weight <= 400_000
        assert len(app.state.context.known_requests) <= 1024


async def test_cached_widget_accepts_no_post(browser):
    await browser.get(COUNTER)
    assert (await browser.post(COUNTER)).status_code == 405


async def test_long_urls_are_not_kept_in_memory(browser):
    known = app_of(browser).state.context.known_requests
    await browser.get(f"{COUNTER}{'x' * 3000}")
    long_query = {f"utm_{name}": "x" * 700 for name in ("medium", "source", "term")}
    assert (await browser.get(COUNTER, params=long_query)).status_code == 200
    assert len(known) == 0


UNHEARD_OF = 10**40


def count_lists(kind: type) -> int:
    gc.collect()
    return sum(type(value) is kind for value in gc.get_objects())


async def test_rendered_widgets_keep_no_old_data(browser, campaign, clock):
    """Each widget is requested once, so that no request replaces what it was rendered from."""
    before = count_lists(Page[Event])
    for number in range(5):
        campaign.event["title"] = f"Sample vigil {number}"
        clock.advance(600)
        await browser.get(f"/w/event-list?accent=0a7d5{number}")
    assert count_lists(Page[Event]) - before <= 1


async def test_unrenderable_data_keep_the_previous_response(browser, campaign, clock, caplog):
    before = await browser.get(COUNTER)
    campaign.total = UNHEARD_OF
    for _ in range(2):
        clock.advance(3600)
        after = await browser.get(COUNTER)
        assert (after.status_code, after.text) == (200, before.text)
    assert "counter could not be rendered" in caplog.text
    campaign.total = 1300
    clock.advance(3600)
    assert "data-total>1,300<" in (await browser.get(COUNTER)).text


async def test_unrenderable_data_return_503_on_a_cold_server(browser, campaign):
    campaign.total = UNHEARD_OF
    campaign.campaign["day"] = "2024-02-29"
    for path in (COUNTER, "/w/countdown"):
        response = await browser.get(path)
        assert response.status_code == 503
        assert "cannot be reached right now" in response.text


async def test_page_with_unrenderable_data_is_an_error_page(browser, campaign):
    campaign.total = UNHEARD_OF
    response = await browser.get("/petitions/convention?lang=ar")
    assert response.status_code == 500
    assert '<html lang="ar" dir="rtl">' in response.text


ODD = st.sampled_from(
    [
        b"%",
        b"%zz",
        b"%00",
        b"%ed%a0%80",
        b"&",
        b"=",
        b";",
        b"+",
        b"lang",
        b"theme",
        b"view",
        b"zone",
    ]
)
QUERIES = st.lists(ODD | st.binary(max_size=8), max_size=12).map(b"".join)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(query=QUERIES)
async def test_no_query_makes_a_widget_fail(browser, query):
    for widget in WIDGETS:
        path = widget.path.replace("{petition}", "convention")
        assert (await ask(app_of(browser), path, query)).status in (200, 400)


@pytest.mark.parametrize(
    "query",
    [
        b"lang=" + b"a-" * 30_000,
        b"language=" + b"a," * 30_000,
        b"view=" + b"1" * 60_000 + b",2,3",
        b"&".join(b"n%d=1" % number for number in range(10_000)),
        b"lang=en&" * 10_000,
        b"page=" + b"9" * 5_000,
    ],
    ids=lambda query: query[:12].decode(),
)
async def test_error_for_a_huge_query_is_short(browser, query):
    response = await ask(app_of(browser), "/w/events", query)
    assert response.status == 400
    assert len(response.body) < 10_000
