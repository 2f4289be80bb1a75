"""All widgets count calendar days, and show the same number."""

import re
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from imd_widgets.widget.options import list_zones

DAY = date(2026, 12, 18)
KIRITIMATI, MEXICO, BAKER = "Pacific/Kiritimati", "America/Mexico_City", "Etc/GMT+12"
NUMBER = re.compile(r'<b class="num[^>]*>(.*?)</b> <span>(?:days?|hours?|is|Inter)')
CHANGE = re.compile(r'<template data-from="(-?\d+)">(.*?)</template>', re.DOTALL)

NOON = (2026, 11, 28, 16, 41)
# Time (UTC), time zone, and the calendar days left there.
DAYS = [
    (NOON, "UTC", "20"),
    (NOON, MEXICO, "20"),
    (NOON, KIRITIMATI, "19"),
    (NOON, BAKER, "20"),
    ((2026, 11, 28, 9, 59), KIRITIMATI, "20"),
    ((2026, 11, 28, 10), KIRITIMATI, "19"),
    ((2026, 11, 29, 5, 59), MEXICO, "20"),
    ((2026, 11, 29, 6), MEXICO, "19"),
    ((2026, 11, 28, 11, 59), BAKER, "21"),
    ((2026, 11, 28, 12), BAKER, "20"),
    ((2026, 3, 29, 22), "Europe/Madrid", "263"),
    ((2026, 10, 25, 12), "Europe/Madrid", "54"),
    ((2026, 11, 28, 18, 29), "Asia/Kolkata", "20"),
    ((2026, 11, 28, 18, 30), "Asia/Kolkata", "19"),
    ((2026, 11, 28, 18, 15), "Asia/Kathmandu", "19"),
]
# The last two days in hours until midnight, the day itself, and the time after it.
COUNTDOWN = [
    ((2026, 12, 15, 10), KIRITIMATI, "48"),
    ((2026, 12, 17, 9, 59), KIRITIMATI, "1"),
    ((2026, 12, 17, 10), KIRITIMATI, "Today"),
    ((2026, 12, 17, 10), BAKER, "26"),
    ((2026, 12, 17, 18, 15), "Asia/Kathmandu", "Today"),
    ((2026, 12, 17, 18), "Asia/Kathmandu", "1"),
    ((2026, 12, 18, 11, 59), BAKER, "1"),
    ((2026, 12, 18, 12), BAKER, "Today"),
    ((2026, 12, 18, 10), KIRITIMATI, "2026"),
    ((2026, 12, 19, 12), BAKER, "2026"),
]


def number(html: str) -> str:
    return NUMBER.search(html)[1]


def number_for_reader(html: str, zone: str, now: datetime) -> str:
    """Return the number that the script shows to a reader in the time zone."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() / timedelta(minutes=1)
    changes = [html, *(part for start, part in CHANGE.findall(html) if int(start) <= offset)]
    return next(number(part) for part in reversed(changes) if NUMBER.search(part))


@pytest.fixture
async def get_html(browser, clock):
    async def get(path: str, when: tuple[int, ...]) -> str:
        clock.time = datetime(*when, tzinfo=UTC)
        return (await browser.get(path)).text

    return get


@pytest.mark.anyio
class TestTable:
    @pytest.mark.parametrize(("when", "zone", "left"), [*DAYS, *COUNTDOWN])
    async def test_countdown_of_a_zone_counts_calendar_days(self, get_html, when, zone, left):
        assert number(await get_html(f"/w/countdown?zone={quote(zone)}", when)) == left

    @pytest.mark.parametrize(("when", "zone", "left"), [*DAYS, *COUNTDOWN])
    async def test_countdown_of_a_reader_counts_calendar_days(
        self, get_html, clock, when, zone, left
    ):
        assert number_for_reader(await get_html("/w/countdown", when), zone, clock.time) == left

    @pytest.mark.parametrize(("when", "zone", "left"), DAYS)
    async def test_share_storm_counts_the_same_days(self, get_html, campaign, when, zone, left):
        """The storm is at noon local time, so that it is on the date of the day."""
        midday = datetime(2026, 12, 18, 12, tzinfo=ZoneInfo(zone))
        campaign.share_kit["storm_at"] = midday.isoformat()
        assert number(await get_html(f"/w/share?zone={quote(zone)}", when)) == left

    @pytest.mark.parametrize("hour", range(0, 24, 3))
    async def test_evening_and_morning_have_the_same_count(self, get_html, hour):
        when = (2026, 11, 28, hour)
        paths = ("/w/countdown?zone=UTC", "/w/share?zone=UTC", "/w/countdown")
        assert {number(await get_html(path, when)) for path in paths} == {"20"}


@pytest.mark.anyio
@pytest.mark.parametrize("quarter", range(0, 4 * 96, 7))
async def test_every_time_zone_has_its_own_count(get_html, clock, quarter):
    """Covers the time from the first zone's last 48 hours to the last zone's midnight."""
    now = datetime(2026, 12, 15, 9, 30, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    html = await get_html("/w/countdown", now.timetuple()[:5])
    wrong = {
        zone: read
        for zone in list_zones()
        if (read := number_for_reader(html, zone, clock.time)) != expected_text(zone, now)
    }
    assert wrong == {}


def expected_text(zone: str, now: datetime) -> str:
    here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    left = datetime(2026, 12, 18) - here  # noqa: DTZ001 the clock on the wall there
    if left <= timedelta(days=-1):
        return "2026"
    if left <= timedelta():
        return "Today"
    return str(
        (DAY - here.date()).days if left > timedelta(days=2) else -(-left // timedelta(hours=1))
    )


@pytest.fixture
def reader_in(chromium: Browser):
    """Open pages with the browser in a time zone."""
    with ExitStack() as stack:

        def page(zone: str) -> Page:
            return stack.enter_context(chromium.new_context(timezone_id=zone)).new_page()

        yield page


@pytest.fixture
def at_noon(server_url, clock) -> str:
    clock.time = datetime(*NOON, tzinfo=UTC)
    return f"{server_url}/w/countdown"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "zone", "left"),
    [("", MEXICO, "20"), ("", KIRITIMATI, "19"), ("?updates=off", KIRITIMATI, "19")],
)
def test_browser_shows_the_days_in_its_time_zone(reader_in, at_noon, query, zone, left):
    page = reader_in(zone)
    page.set_content(f'<iframe sandbox="allow-scripts" src="{at_noon}{query}"></iframe>')
    frame = page.frame_locator("iframe")
    expect(frame.locator(".num")).to_have_text(left)
    expect(frame.locator("[data-live=note]")).to_have_text(
        re.compile("^Counted on 2[89] November$")
    )


@pytest.mark.browser
def test_refreshed_count_is_in_the_readers_time_zone(reader_in, server_url, clock):
    clock.time = datetime(2026, 12, 15, 9, 55, tzinfo=UTC)
    page = reader_in(KIRITIMATI)
    page.clock.install()
    page.goto(f"{server_url}/w/countdown")
    expect(page.locator(".num")).to_have_text("3")
    clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
    page.clock.fast_forward(700_000)
    expect(page.locator(".sum")).to_contain_text("is 18 December")


@pytest.mark.browser
def test_days_without_javascript_are_in_the_named_zone(no_js_page, at_noon):
    no_js_page.goto(at_noon)
    assert no_js_page.locator(".num").inner_text() == "20"
    assert no_js_page.locator("[data-live=note]").inner_text() == "Counted on 28 November · UTC"


@pytest.mark.browser
def test_clock_runs_to_midnight_in_the_readers_time_zone(reader_in, server_url, clock):
    clock.time = datetime(2026, 12, 17, 9, tzinfo=UTC)
    page = reader_in(KIRITIMATI)
    page.clock.set_fixed_time(clock.time)
    page.goto(f"{server_url}/w/countdown?seconds=on")
    assert page.locator(".clock bdi").inner_text() == "1:00:00"
