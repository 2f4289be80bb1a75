from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imd_widgets.countdown import EARTH, span_of
from imd_widgets.widget.options import zones

DAY = date(2026, 12, 18)
ORDER = ["days", "hours", "today", "over"]

instants = st.integers(0, 365 * 24 * 3600 - 1).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
chosen = st.sampled_from([EARTH, *zones()])


def at(zone: str, *when: int) -> tuple[str, int]:
    return span_of(DAY, zone).at(datetime(*when, tzinfo=UTC))


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
    assert at("UTC", *when) == left


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ((2026, 12, 15, 9, 59, 59), ("days", 3)),
        ((2026, 12, 15, 10), ("hours", 48)),
        ((2026, 12, 17, 9, 59, 59), ("hours", 1)),
        ((2026, 12, 17, 10), ("today", 0)),
        ((2026, 12, 18, 11), ("today", 0)),
        ((2026, 12, 19, 11, 59, 59), ("today", 0)),
        ((2026, 12, 19, 12), ("over", 0)),
    ],
)
def test_the_earth_has_the_day_from_its_first_zone_to_its_last(when, left):
    assert at(EARTH, *when) == left


@pytest.mark.parametrize(
    ("zone", "left"),
    [
        ("Pacific/Kiritimati", ("today", 0)),
        ("UTC", ("hours", 14)),
        ("Pacific/Midway", ("hours", 25)),
    ],
)
def test_the_day_begins_in_the_zone_that_was_chosen(zone, left):
    assert at(zone, 2026, 12, 17, 10) == left


def test_hours_are_hours_that_pass_where_clocks_change():
    span = span_of(date(2026, 3, 30), "Europe/Madrid")
    before = datetime(2026, 3, 29, 0, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    assert span.at(before) == ("hours", 23)


@given(chosen, instants)
@example(EARTH, datetime(2026, 12, 17, 10, tzinfo=UTC))
@example(EARTH, datetime(2026, 12, 19, 12, tzinfo=UTC))
def test_one_state_holds_and_none_counts_below_one(zone, now):
    span = span_of(DAY, zone)
    state, left = span.at(now)
    assert (state == "today") == (span.begins <= now < span.ends)
    assert (state == "over") == (now >= span.ends)
    assert left >= 1 if state in ("days", "hours") else left == 0


@given(chosen, instants, st.timedeltas(timedelta(), timedelta(days=5)))
def test_time_only_ever_brings_the_day_nearer(zone, now, passing):
    span = span_of(DAY, zone)
    (state, left), (later, remains) = span.at(now), span.at(now + passing)
    assert ORDER.index(later) >= ORDER.index(state)
    assert later != state or remains <= left


@given(chosen, instants)
def test_it_is_the_day_on_earth_wherever_it_is_the_day(zone, now):
    if span_of(DAY, zone).at(now)[0] == "today":
        assert span_of(DAY, EARTH).at(now)[0] == "today"


async def shown(browser, query: str = "") -> str:
    answer = await browser.get(f"/w/countdown{query}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.anyio
class TestPage:
    async def test_the_days_are_there_without_a_script(self, browser):
        text = await shown(browser, "?zone=UTC")
        assert ">25</b> <span>days until 18 December</span>" in text

    async def test_the_zone_is_named_in_the_readers_language(self, browser):
        assert "hora estándar central" in await shown(browser, "?zone=America/Mexico_City&lang=es")

    async def test_the_earth_begins_the_day_where_clocks_are_furthest_ahead(self, browser):
        text = await shown(browser)
        assert ">24</b>" in text
        assert "Begins at UTC+14 on 17 December 2026, 10:00" in text

    async def test_the_earth_says_until_when_the_day_lasts(self, browser, clock):
        clock.time = datetime(2026, 12, 19, 11, tzinfo=UTC)
        text = await shown(browser)
        assert ">Today</b> <span>is 18 December somewhere on Earth</span>" in text
        assert "Ends at UTC−12 on 19 December 2026, 12:00" in text

    async def test_a_clock_of_seconds_is_there_on_request_only(self, browser):
        begins = int(datetime(2026, 12, 17, 10, tzinfo=UTC).timestamp())
        text = await shown(browser, "?seconds=on")
        assert f'aria-live="off" data-to="{begins}"' in text
        assert 'class="clock"' not in await shown(browser)
        assert 'class="clock"' not in await shown(browser, "?seconds=on&updates=off")

    async def test_screen_readers_are_not_told_every_change(self, browser):
        assert 'role="timer" aria-live="off"' in await shown(browser)

    async def test_the_last_two_days_are_counted_in_hours(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        text = await shown(browser, "?lang=fr&zone=UTC")
        assert ">14</b> <span>heures avant le 18 décembre</span>" in text

    async def test_the_day_itself_is_named(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        assert ">Today</b>" in await shown(browser, "?zone=Pacific/Kiritimati")

    async def test_after_the_day_it_says_when_it_returns(self, browser, clock):
        clock.time = datetime(2026, 12, 19, 12, tzinfo=UTC)
        text = await shown(browser)
        assert "International Migrants Day was on 18 December." in text
        assert "It returns on 18 December 2027." in text
        assert 'role="timer"' not in text

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
