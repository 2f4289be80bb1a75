import pytest

from imd_widgets.site_check.checker import MAX_CHECKS

pytestmark = pytest.mark.anyio


async def test_the_form_is_there_without_an_address(browser):
    text = (await browser.get("/check?lang=es")).text
    assert 'name="url"' in text
    assert 'lang="es"' in text


async def test_a_wrong_address_is_said_beside_the_field(browser):
    text = (await browser.get("/check", params={"url": "ftp://ally.example"})).text
    assert "This is not the URL of a page" in text
    assert 'value="ftp://ally.example"' in text


async def test_the_address_stays_when_the_page_is_read_in_another_language(browser):
    text = (await browser.get("/check?url=not-an-address")).text
    assert 'href="/check?lang=es&amp;url=not-an-address"' in text


async def test_our_own_network_is_not_looked_at(browser):
    text = (await browser.get("/check", params={"url": "http://127.0.0.1/"})).text
    assert "This page is in a private network" in text


async def test_hostile_text_stays_text(browser):
    text = (await browser.get("/check", params={"url": '"><script>alert(1)</script>'})).text
    assert "<script>alert" not in text


async def test_nobody_can_use_us_against_a_third(browser):
    for _ in range(MAX_CHECKS):
        await browser.get("/check", params={"url": "x"})
    assert (await browser.get("/check", params={"url": "x"})).status_code == 429


async def test_whose_page_was_checked_is_kept_nowhere(browser):
    kept = await browser.get("/check")
    checked = await browser.get("/check", params={"url": "not-an-address"})
    assert kept.headers["cache-control"].startswith("public, ")
    assert checked.headers["cache-control"] == "no-store"
