"""Refreshing of the number, the clock and the screen by scripts."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

SAYINGS = "e => { said = 0; new MutationObserver(() => said++).observe(e, { childList: true }) }"
SAID = "The milestone of 5,000 has been passed."
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
pytestmark = pytest.mark.browser


def test_widget_refreshes_in_a_cross_origin_sandbox(page, server_url, campaign):
    page.clock.install()
    page.set_content(
        f'<iframe src="{server_url}/w/counter/convention" width="600" height="500"'
        ' sandbox="allow-scripts"></iframe>'
    )
    number = page.frame_locator("iframe").locator("[data-total]")
    expect(number).to_have_text("1,234")
    campaign.total += 1
    page.clock.fast_forward(50_000)
    expect(number).to_have_text("1,234")
    page.clock.fast_forward(20_000)
    expect(number).to_have_text("1,235")


def test_reader_can_pause_refreshing(page, server_url, campaign):
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    pause = page.get_by_role("button", name="Pause updates")
    pause.press("Enter")
    expect(pause).to_have_attribute("aria-pressed", "true")
    campaign.total += 1
    page.clock.fast_forward(200_000)
    expect(page.locator("[data-total]")).to_have_text("1,234")
    pause.press("Enter")
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_pause_button_is_hidden_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/w/counter/convention")
    expect(no_js_page.locator("[data-total]")).to_have_text("1,234")
    expect(no_js_page.locator("button")).to_be_hidden()


def counts(requests: list[str]) -> int:
    return sum(path.endswith("/count") for path in requests)


def hide(page: Page, *, hidden: bool) -> None:
    """Switch to another tab, or back."""
    page.evaluate(
        "hidden => {"
        "Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_hidden_page_does_not_refresh_until_it_is_visible(page, server_url, campaign):
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    hide(page, hidden=True)
    before = counts(campaign.calls)
    campaign.total += 1
    page.clock.run_for(3_600_000)
    assert counts(campaign.calls) == before
    hide(page, hidden=False)
    page.clock.run_for(10)
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_returning_soon_does_not_refresh(page, server_url, campaign):
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    before = counts(campaign.calls)
    for _ in range(5):
        page.clock.run_for(5_000)
        hide(page, hidden=True)
        hide(page, hidden=False)
    page.clock.run_for(10_000)
    assert counts(campaign.calls) == before


def test_longer_interval_of_the_campaign_is_used(page, server_url, campaign):
    campaign.poll_after = 300
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    campaign.total += 1
    page.clock.run_for(290_000)
    expect(page.locator("[data-total]")).to_have_text("1,234")
    page.clock.run_for(45_000)
    expect(page.locator("[data-total]")).to_have_text("1,235")


def test_failures_lengthen_the_interval_until_one_succeeds(chromium, server_url, campaign):
    page = chromium.new_page()
    urls: list[str] = []
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    page.route("**/w/**", lambda route: (urls.append(route.request.url), route.abort()))
    for _ in range(160):
        page.clock.run_for(5_000)
        page.wait_for_timeout(5)
    assert 2 <= len(urls) <= 3
    page.unroute("**/w/**")
    campaign.total += 1
    for _ in range(200):
        page.clock.run_for(5_000)
        page.wait_for_timeout(5)
    expect(page.locator("[data-total]")).to_have_text("1,235")
    page.close()


def test_passed_milestone_is_announced_once(page, server_url, campaign):
    page.clock.install()
    page.goto(f"{server_url}/w/counter/convention")
    status = page.get_by_role("status")
    expect(status).to_have_text("")
    status.evaluate(SAYINGS)
    for total, said in ((4999, ""), (5001, SAID), (4990, SAID), (5002, SAID)):
        campaign.total = total
        page.clock.run_for(70_000)
        expect(page.locator("[data-total]")).to_have_text(f"{total:,}")
        expect(status).to_have_text(said)
    assert page.evaluate("said") == 1


def test_clock_counts_down_and_can_be_paused(page, server_url):
    page.clock.install(time=NOW.replace(hour=11))
    page.clock.pause_at(NOW)
    page.goto(f"{server_url}/w/countdown?zone=UTC&seconds=on")
    face = page.locator(".clock bdi")
    expect(face).to_have_text("588:00:00")
    page.clock.run_for(61_000)
    expect(face).to_have_text("587:58:59")
    page.get_by_role("button", name="Pause updates").click()
    page.clock.run_for(5_000)
    expect(face).to_have_text("587:58:59")


def test_clock_is_never_negative(page, server_url):
    page.clock.install(time=NOW.replace(year=2027))
    page.goto(f"{server_url}/w/countdown?seconds=on")
    expect(page.locator(".clock")).to_be_hidden()


def test_clock_is_hidden_without_javascript(no_js_page, server_url):
    no_js_page.goto(f"{server_url}/w/countdown?seconds=on")
    expect(no_js_page.locator(".clock")).to_be_hidden()


def test_screen_shows_a_new_number_at_once(page, server_url, campaign):
    page.goto(f"{server_url}/screen/convention")
    expect(page.locator("[data-total]")).to_have_text("1,234")
    campaign.total += 1
    expect(page.locator("[data-total]")).to_have_text("1,235", timeout=15_000)
    page.goto("about:blank")


def test_screen_without_a_stream_refreshes_like_a_counter(chromium, server_url, campaign):
    page = chromium.new_page()
    page.route("**/stream", lambda route: route.fulfill(status=503))
    page.clock.install()
    page.goto(f"{server_url}/screen/convention")
    campaign.total += 1
    page.clock.run_for(70_000)
    expect(page.locator("[data-total]")).to_have_text("1,235")
    page.close()
