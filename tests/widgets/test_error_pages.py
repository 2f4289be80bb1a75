"""Error pages for pages and widgets."""

import re
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from imd_sdk.testing import Rejected
from imd_widgets.languages import read_languages
from imd_widgets.pages.error_pages import ResponseInterrupted

pytestmark = pytest.mark.anyio

MAX_BYTES = 2_000
LANGUAGES = sorted(read_languages())
PAGES = ["/nothing", "/petitions/none", "/events/none", "/orders/none", "/static/none"]
NAME = "Sample Person"
WIDGETS = ["/w/counter/none", "/w/countdown?theme=pink", "/w/event-list?event=none"]


async def sent(browser, path: str, method: str = "GET") -> tuple[int, int]:
    headers = {"Accept-Encoding": "br"}
    async with browser.stream(method, path, headers=headers) as response:
        return response.status_code, sum([len(part) async for part in response.aiter_raw()])


async def fail(_request: Request) -> Response:
    raise RuntimeError(NAME)


async def fail_half_way(_request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield "one"
        raise RuntimeError(NAME)

    return StreamingResponse(parts())


@pytest.fixture
def broken(browser):
    """The widgets with two routes that have a programming error."""
    routes = [Route("/broken", fail), Route("/broken-half-way", fail_half_way)]
    browser._transport.app.router.routes[:0] = routes
    return browser


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_error_page_is_small_in_every_language(browser, campaign, lang):
    assert max([(await sent(browser, f"{path}?lang={lang}"))[1] for path in PAGES]) < MAX_BYTES
    assert (await sent(browser, f"/privacy?lang={lang}", "POST"))[1] < MAX_BYTES
    campaign.down = True
    status, size = await sent(browser, f"/petitions/convention?lang={lang}")
    assert (status, size < MAX_BYTES) == (503, True)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_error_in_a_frame_is_small_in_every_language(browser, lang):
    for path in WIDGETS:
        status, size = await sent(browser, f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert status in {400, 404}
        assert size < MAX_BYTES, path


@pytest.mark.parametrize("path", PAGES)
async def test_error_page_is_in_the_language_asked_for(browser, path):
    text = (await browser.get(f"{path}?lang=ar")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert "لا شيء هنا" in text


@pytest.mark.parametrize("path", PAGES)
async def test_error_page_has_links(browser, path):
    links = re.findall(r'<a href="(.*?)"', (await browser.get(f"{path}?lang=fr")).text)
    assert links
    assert {(await browser.get(link)).status_code for link in links} == {200}


@pytest.mark.parametrize("path", PAGES)
async def test_error_page_is_neither_cached_nor_indexed(browser, path):
    response = await browser.get(path)
    assert response.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in response.text
    assert "og:" not in response.text


async def test_unreachable_campaign_has_a_retry_after_header(browser, campaign):
    campaign.down = True
    response = await browser.get("/petitions/convention")
    assert response.headers["retry-after"] == "30"
    assert "This will be back as soon as the campaign responds." in response.text


async def test_programming_error_has_a_page_of_its_own(broken):
    response = await broken.get("/broken")
    assert response.status_code == 500
    assert "<h1>Something went wrong here</h1>" in response.text
    assert "cannot be reached" not in response.text
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_page_of_a_programming_error_is_small_in_every_language(broken, lang):
    status, size = await sent(broken, f"/broken?lang={lang}")
    assert (status, size < MAX_BYTES) == (500, True)


async def test_programming_error_is_logged_with_the_code_on_its_page(broken, caplog):
    response = await broken.get("/broken")
    request_id = response.headers["x-request-id"]
    assert f"<p>{request_id}</p>" in response.text
    assert f"{request_id} RuntimeError\n" in caplog.text
    assert "in fail\n" in caplog.text


@pytest.mark.parametrize("path", ["/broken", "/broken?name=Sample+Person"])
async def test_programming_error_reveals_no_personal_data(broken, caplog, path):
    assert NAME not in (await broken.get(path)).text
    assert not re.search("sample.person", caplog.text, re.IGNORECASE)


async def test_programming_error_interrupts_a_response_that_has_started(broken, caplog):
    with pytest.raises(ResponseInterrupted):
        await broken.get("/broken-half-way")
    assert "RuntimeError\n" in caplog.text
    assert NAME not in caplog.text


async def test_campaign_that_pauses_is_explained(browser, campaign):
    campaign.fail_next(Rejected("busy"), on="GET /v1/hosted-events/{token}")
    response = await browser.get(f"/hosted-events/{'x' * 22}")
    assert (response.status_code, response.headers["retry-after"]) == (503, "30")
    assert "The campaign accepts no changes at the moment" in response.text
