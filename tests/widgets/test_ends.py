"""How widgets end: on a day that was set, or at once by a switch."""

import os
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
WIDGETS = [COUNTER, "/w/countdown", "/w/events"]
SUNSET = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
def over(clock):
    clock.time = datetime(2027, 3, 2, tzinfo=UTC)


@pytest.fixture
def switches(tmp_path):
    return tmp_path / "switches.toml"


@pytest.fixture
async def browser(campaign, clock, served_with, switches):
    campaign.campaign["links"]["website"] = "https://website.example/2026"
    async with served_with(sunset=SUNSET, switches=switches) as browser:
        yield browser


def turn(file, text: str, clock) -> None:
    changed = file.stat().st_mtime_ns + 1_000_000 if file.exists() else None
    file.write_text(text, encoding="utf-8")
    if changed:
        os.utime(file, ns=(changed, changed))
    clock.pass_by(1)


@pytest.mark.parametrize("path", WIDGETS)
async def test_a_widget_tells_in_time_when_it_ends(browser, path):
    headers = (await browser.get(path)).headers
    assert headers["sunset"] == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert headers["link"] == '<http://widgets.example/>; rel="sunset"'


async def test_a_widget_without_an_end_tells_none(campaign, clock, served_with):
    async with served_with() as browser:
        headers = (await browser.get(COUNTER)).headers
    assert "sunset" not in headers
    assert "link" not in headers


@pytest.mark.parametrize("path", [*WIDGETS, "/w/events?view=nowhere"])
async def test_after_the_end_every_widget_says_goodbye(browser, over, path):
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "This campaign is over." in answer.text
    assert "The day was marked on 18 December 2026." in answer.text
    assert "data-total>1,234<" in answer.text
    assert '<a class="act" href="https://website.example/2026"' in answer.text


async def test_a_goodbye_may_be_kept_for_a_day(browser, over):
    assert "max-age=86400" in (await browser.get(COUNTER)).headers["cache-control"]


async def test_a_goodbye_is_in_the_language_of_the_widget(browser, over):
    text = (await browser.get("/w/countdown?lang=ar&zone=Asia/Manila")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert "انتهت هذه الحملة" in text


async def test_a_goodbye_needs_no_campaign(browser, campaign, over):
    campaign.down = True
    answer = await browser.get(COUNTER)
    assert answer.status_code == 200
    assert "Thank you" in answer.text
    assert "data-total" not in answer.text


async def test_the_goodbye_leads_where_the_settings_say(campaign, clock, served_with, over):
    link = "https://archive.example/"
    async with served_with(sunset=SUNSET, sunset_link=link) as browser:
        answer = await browser.get(COUNTER)
    assert f'href="{link}"' in answer.text
    assert answer.headers["link"] == f'<{link}>; rel="sunset"'


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("all = true", WIDGETS),
        ('widgets = ["events", "countdown"]', ["/w/countdown", "/w/events"]),
        ('petitions = ["convention"]', [COUNTER]),
        ("", []),
    ],
)
async def test_a_switch_works_while_the_server_runs(browser, switches, clock, text, off):
    before = [(await browser.get(path)).text for path in WIDGETS]
    turn(switches, text, clock)
    seen = [(await browser.get(path)) for path in WIDGETS]
    assert [path for path, a in zip(WIDGETS, seen, strict=True) if "not shown" in a.text] == off
    assert not any("not shown" in text for text in before)


async def test_what_is_switched_off_is_no_error(browser, switches, clock):
    turn(switches, "all = true", clock)
    answer = await browser.get(f"{COUNTER}?lang=fr&colour=red")
    assert answer.status_code == 200
    assert "Ceci n’est pas affiché pour le moment" in answer.text
    assert answer.headers["cache-control"].startswith("public, max-age=60")


@pytest.mark.parametrize("again", ["", None])
async def test_what_is_switched_on_again_is_back(browser, switches, clock, again):
    turn(switches, "all = true", clock)
    assert "1,234" not in (await browser.get(COUNTER)).text
    if again is None:
        switches.unlink()
        clock.pass_by(1)
    else:
        turn(switches, again, clock)
    assert "1,234" in (await browser.get(COUNTER)).text


@pytest.mark.parametrize("text", ["all = ", "al = true", 'all = "yes"', "widgets = 1", "\udcff"])
async def test_a_file_that_cannot_be_read_changes_nothing(browser, switches, clock, caplog, text):
    turn(switches, "all = true", clock)
    await browser.get(COUNTER)
    switches.write_bytes(text.encode("utf-8", "surrogateescape"))
    os.utime(switches, ns=(1, 1))
    clock.pass_by(1)
    assert "not shown" in (await browser.get(COUNTER)).text
    assert "the switches stay as they are" in caplog.text
