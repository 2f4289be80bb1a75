from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from imd_widgets.countdown import CountdownOptions, remaining

DAY = date(2026, 12, 18)


def here(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=UTC).astimezone(ZoneInfo(zone))


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ((2026, 11, 23, 12), ("days", 25)),
        ((2026, 12, 15, 23, 59), ("days", 3)),
        ((2026, 12, 16, 0), ("hours", 48)),
        ((2026, 12, 16, 0, 1), ("hours", 48)),
        ((2026, 12, 17, 23, 0), ("hours", 1)),
        ((2026, 12, 17, 23, 59, 59), ("hours", 1)),
        ((2026, 12, 18, 0), ("today", 0)),
        ((2026, 12, 18, 23, 59), ("today", 0)),
        ((2026, 12, 19, 0), ("over", 0)),
        ((2027, 1, 1), ("over", 0)),
    ],
)
def test_days_then_hours_then_the_day_then_after(when, left):
    assert remaining(DAY, here("UTC", *when)) == left


@pytest.mark.parametrize(
    ("zone", "left"),
    [
        ("Pacific/Kiritimati", ("today", 0)),
        ("UTC", ("hours", 14)),
        ("Pacific/Midway", ("hours", 25)),
    ],
)
def test_the_day_begins_in_the_zone_that_was_chosen(zone, left):
    assert remaining(DAY, here(zone, 2026, 12, 17, 10)) == left


def test_hours_are_hours_that_pass_where_clocks_change():
    changed = date(2026, 3, 29)
    before = datetime(2026, 3, 28, 23, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    assert remaining(changed, before) == ("hours", 1)
    assert remaining(date(2026, 3, 30), datetime(2026, 3, 29, 0, 0, tzinfo=before.tzinfo)) == (
        "hours",
        23,
    )


async def shown(browser, query: str = "") -> str:
    answer = await browser.get(f"/w/countdown{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.anyio
class TestPage:
    async def test_the_days_are_there_without_a_script(self, browser):
        text = await shown(browser)
        assert ">25</b> <span>days until 18 December</span>" in text

    async def test_screen_readers_are_not_told_every_change(self, browser):
        assert 'role="timer" aria-live="off"' in await shown(browser)

    async def test_the_last_two_days_are_counted_in_hours(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        assert ">14</b> <span>heures avant le 18 décembre</span>" in await shown(
            browser, "?lang=fr"
        )

    async def test_the_day_itself_is_named(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        assert ">Today</b>" in await shown(browser, "?zone=Pacific/Kiritimati")

    async def test_after_the_day_it_says_when_it_returns(self, browser, clock):
        clock.time = datetime(2026, 12, 19, 10, tzinfo=UTC)
        text = await shown(browser)
        assert "It returns on 18 December 2027." in text
        assert "timer" not in text

    @pytest.mark.parametrize(("year", "years", "times"), [(2017, 27, 17), (2026, 36, 26)])
    async def test_the_numbers_of_the_year_are_the_campaigns(
        self, browser, campaign, year, years, times
    ):
        campaign.campaign |= {
            "day": f"{year}-12-18",
            "year": year,
            "anniversary": year - 1990,
            "observance": year - 2000,
        }
        text = await shown(browser)
        assert f"{years} years of the Convention" in text
        assert f"Observed {times} times" in text

    async def test_a_cold_start_without_a_campaign_is_a_designed_503(self, browser, campaign):
        campaign.down = True
        answer = await browser.get("/w/countdown")
        assert answer.status_code == 503
        assert "The campaign cannot be reached just now" in answer.text


def test_the_options_are_those_of_the_guide(documented, in_code):
    assert documented("countdown") == in_code(CountdownOptions)
