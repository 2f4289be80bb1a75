import pytest

from imd_widgets.site_check.checker import MAX_CHECKS

pytestmark = pytest.mark.anyio


async def test_form_is_shown_without_a_url(browser):
    text = (await browser.get("/check?lang=es")).text
    assert 'name="url"' in text
    assert 'lang="es"' in text


async def test_invalid_url_is_an_error_at_the_field(browser):
    text = (await browser.get("/check", params={"url": "ftp://ally.example"})).text
    assert "This is not the URL of a page" in text
    assert 'value="ftp://ally.example"' in text


async def test_url_is_kept_when_the_language_changes(browser):
    text = (await browser.get("/check?url=not-an-address")).text
    assert 'href="/check?lang=es&amp;url=not-an-address"' in text


async def test_private_network_is_not_requested(browser):
    text = (await browser.get("/check", params={"url": "http://127.0.0.1/"})).text
    assert "This page is in a private network" in text


async def test_hostile_text_stays_text(browser):
    text = (await browser.get("/check", params={"url": '"><script>alert(1)</script>'})).text
    assert "<script>alert" not in text


async def test_checks_are_rate_limited(browser):
    for _ in range(MAX_CHECKS):
        await browser.get("/check", params={"url": "x"})
    assert (await browser.get("/check", params={"url": "x"})).status_code == 429


async def test_checked_url_is_not_logged(browser):
    kept = await browser.get("/check")
    checked = await browser.get("/check", params={"url": "not-an-address"})
    assert kept.headers["cache-control"].startswith("public, ")
    assert checked.headers["cache-control"] == "no-store"
