import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imd_widgets.countdown import compute_time_left
from imd_widgets.languages import read_languages
from imd_widgets.widget.options import list_zones

DAY = date(2026, 12, 18)
ORDER = ["days", "hours", "today", "over"]
KIRITIMATI, MEXICO = "Pacific/Kiritimati", "America/Mexico_City"

instants = st.integers(0, 365 * 24 * 3600 - 1).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
chosen = st.sampled_from(list_zones())


def at(zone: str, now: datetime, day: date = DAY) -> tuple[str, int]:
    counted = compute_time_left(day, now, ZoneInfo(zone))
    return counted.state, counted.left


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
def test_countdown_shows_days_then_hours_then_the_day(when, left):
    assert at("UTC", datetime(*when, tzinfo=UTC)) == left


def test_hours_are_elapsed_hours_across_dst_changes():
    before = datetime(2026, 3, 29, 0, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    assert at("Europe/Madrid", before, date(2026, 3, 30)) == ("hours", 23)


@given(chosen, instants)
@example(KIRITIMATI, datetime(2026, 12, 17, 10, tzinfo=UTC))
@example("Etc/GMT+12", datetime(2026, 12, 19, 12, tzinfo=UTC))
def test_days_are_counted_by_the_calendar_of_the_zone(zone, now):
    state, left = at(zone, now)
    days = (DAY - now.astimezone(ZoneInfo(zone)).date()).days
    assert state == ("over" if days < 0 else "today" if not days else state)
    assert left == days if state == "days" else (left >= 1) == (state == "hours")
    assert (state == "days") == (days > 2)


@given(chosen, instants, st.timedeltas(timedelta(), timedelta(days=5)))
def test_countdown_never_increases(zone, now, passing):
    (state, left), (later, remains) = at(zone, now), at(zone, now + passing)
    assert ORDER.index(later) >= ORDER.index(state)
    assert later != state or remains <= left


async def get_html(browser, query: str = "") -> str:
    response = await browser.get(f"/w/countdown{query}")
    assert response.status_code == 200
    return response.text


@pytest.mark.anyio
class TestPage:
    async def test_days_are_shown_without_javascript(self, browser):
        text = await get_html(browser, "?zone=UTC")
        assert ">25</b> <span>days until 18 December</span>" in text

    async def test_time_zone_is_named_in_the_page_language(self, browser):
        assert "hora estándar central" in await get_html(
            browser, "?zone=America/Mexico_City&lang=es"
        )

    async def test_date_and_zone_are_shown_without_javascript(self, browser):
        text = await get_html(browser)
        assert ">25</b>" in text
        assert ">Counted on 23 November · UTC</p>" in text

    async def test_clock_with_seconds_is_optional(self, browser):
        begins = "2026-12-18T00:00:00-06:00"
        text = await get_html(browser, f"?seconds=on&zone={MEXICO}")
        assert f'aria-live="off" data-to="{begins}"' in text
        assert 'class="clock"' not in await get_html(browser)
        assert 'class="clock"' not in await get_html(browser, "?seconds=on&updates=off")

    async def test_changes_are_not_announced_to_screen_readers(self, browser):
        # https://www.w3.org/TR/wai-aria-1.2/#timer: its implicit aria-live is off.
        assert '<div class="face" role="timer">' in await get_html(browser)

    async def test_last_two_days_are_counted_in_hours(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        text = await get_html(browser, "?lang=fr&zone=UTC")
        assert ">14</b> <span>heures avant le 18 décembre</span>" in text

    async def test_day_itself_is_named(self, browser, clock):
        clock.time = datetime(2026, 12, 17, 10, tzinfo=UTC)
        assert ">Today</b>" in await get_html(browser, "?zone=Pacific/Kiritimati")

    async def test_next_date_is_shown_after_the_day(self, browser, clock):
        clock.time = datetime(2026, 12, 19, 12, tzinfo=UTC)
        text = await get_html(browser)
        assert "International Migrants Day was on 18 December." in text
        assert "It returns on 18 December 2027." in text
        assert 'role="timer"' not in text

    @pytest.mark.parametrize(("year", "convention", "day"), [(2017, 27, 17), (2026, 36, 26)])
    async def test_number_of_years_is_that_of_the_campaign(
        self, browser, campaign, year, convention, day
    ):
        campaign.campaign |= {"day": f"{year + 10}-12-18", "year": year}
        campaign.campaign |= {"convention_turns": year - 1990, "day_turns": year - 2000}
        text = await get_html(browser)
        assert f"On 18 December the Convention turns {convention}<" in text
        assert f"The day turns {day}<" in text

    async def test_observances_are_in_the_past_after_the_day(self, browser, clock):
        clock.time = datetime(2026, 12, 20, tzinfo=UTC)
        text = await get_html(browser)
        assert "On 18 December the Convention turned 36<" in text
        assert "The day turned 26<" in text

    @pytest.mark.parametrize("lang", read_languages())
    async def test_no_language_has_an_ordinal_or_a_count_of_observances(self, browser, lang):
        text = await get_html(browser, f"?lang={lang}")
        facts = re.search(r'data-live="facts">(.*?)</div>', text, re.DOTALL)[1]
        language = read_languages()[lang]
        years = [language.number(years) for years in (36, 26)]
        assert [len(re.findall(rf"{number}(?!\d)", facts)) for number in years] == [1, 1]
        ordinal = r"-[йя]|번째|第|ကြိမ်|ika-|\dº|مرة|次|lần|kez"
        assert not re.search(ordinal, facts)

    async def test_cold_start_without_a_campaign_is_a_503_page(self, browser, campaign):
        campaign.down = True
        response = await browser.get("/w/countdown")
        assert response.status_code == 503
        assert "The campaign cannot be reached right now" in response.text
