from contextlib import ExitStack

import pytest

from imd_widgets.site_check.checker import (
    MAX_AT_ONCE,
    MAX_AT_ONCE_PER_NETWORK,
    MAX_CHECKS,
    MAX_CHECKS_PER_NETWORK,
    Checker,
    TooManyChecks,
)

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
    rejected = await browser.get("/check", params={"url": "x"})
    assert rejected.status_code == 429
    assert rejected.headers["retry-after"] == "60"
    assert "Please try again in a minute" in rejected.text


async def test_one_network_cannot_take_all_checks(served_with):
    async with served_with(trusted_proxies="127.0.0.1") as browser:

        async def check(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            return (await browser.get("/check?url=x", headers=headers)).status_code

        statuses = [await check("198.51.100.7") for _ in range(MAX_CHECKS_PER_NETWORK + 1)]
        assert statuses[-2:] == [200, 429]
        assert await check("198.51.100.200") == 429
        assert await check("192.0.2.7") == 200


async def test_one_network_cannot_run_all_checks_at_once():
    checker = Checker()
    with ExitStack() as running:
        for _ in range(MAX_AT_ONCE_PER_NETWORK):
            running.enter_context(checker.admit("198.51.100.0/24"))
        with pytest.raises(TooManyChecks):
            running.enter_context(checker.admit("198.51.100.0/24"))
        running.enter_context(checker.admit("192.0.2.0/24"))


async def test_checks_at_once_are_limited_in_total():
    checker = Checker()
    with ExitStack() as running:
        for _ in range(MAX_AT_ONCE):
            running.enter_context(checker.admit(None))
        with pytest.raises(TooManyChecks):
            running.enter_context(checker.admit(None))


async def test_an_ended_check_makes_room():
    checker = Checker()
    for _ in range(MAX_CHECKS_PER_NETWORK):
        with checker.admit("192.0.2.0/24"):
            assert checker.running._open == {"192.0.2.0/24": 1}
    assert not checker.running._open


async def test_checked_url_is_not_logged(browser):
    kept = await browser.get("/check")
    checked = await browser.get("/check", params={"url": "not-an-address"})
    assert kept.headers["cache-control"].startswith("public, ")
    assert checked.headers["cache-control"] == "no-store"
