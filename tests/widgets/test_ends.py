"""How widgets end: on a day that was set, or at once by a switch."""

import os
import re
from datetime import UTC, datetime

import pytest
from starlette.routing import Route

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
    assert "The day was observed on 18 December 2026." in answer.text
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
    assert "cannot read the switches" in caplog.text


GOODBYE = "This campaign is over"
OFF = "This is not shown at the moment"
TOOLS = {"/", "/check", "/privacy", "/privacy.json", "/oembed", "/embed.js", "/embed.d.ts"}
TOOLS |= {"/healthz", "/favicon.ico", "/after"}
TOOLS |= {"/robots.txt", "/sitemap.xml", "/.well-known/security.txt"}
OWN = {"/confirm/{token}", "/orders/{id}"}
"""What is a person's own stays; these and the tools are all that does."""
ANSWERED = {"/screen/{petition}/stream"}
THERE = {"petition": "convention", "slug": "many-paths", "id": "evt_1", "network": "x"}
THERE |= {"message": "convention"}


def what_tells_of_the_campaign(app) -> list[tuple[str, str]]:
    routes = [r for r in app.routes if isinstance(r, Route)]
    told = [r for r in routes if r.path not in TOOLS | OWN | ANSWERED]
    return [
        (m, re.sub(r"\{(\w+)\}", lambda n: THERE.get(n[1], "many-paths.svg"), r.path))
        for r in told
        for m in r.methods - {"HEAD"}
    ]


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize(("text", "says"), [("", GOODBYE), ("all = true", OFF)])
async def test_no_address_that_tells_of_the_campaign_is_left_out(
    browser, switches, clock, text, says
):
    turn(switches, text, clock)
    for method, path in what_tells_of_the_campaign(browser._transport.app):
        answer = await browser.request(method, path)
        words = answer.text.replace("\r\n ", "")
        drawn = answer.headers["content-type"] == "image/png"
        assert drawn or says in words, (method, path)
        assert answer.status_code == (409 if method == "POST" else 200), (method, path)


async def test_after_the_end_nothing_is_sent_to_the_campaign(browser, campaign, over):
    form = {"name": "Sample Person", "email": "sample@example.org", "country": "MX"}
    headers = {"Origin": "http://widgets.example"}
    for path in ("/petitions/convention", "/events/evt_1", "/posters/many-paths"):
        await browser.post(path, data=form, headers=headers)
    assert campaign.received == []


@pytest.mark.parametrize("path", ["/", "/check", "/confirm/good"])
async def test_what_stays_after_the_end_says_so(browser, over, path):
    text = (await browser.get(path)).text
    assert GOODBYE in text
    assert "<form" in text or "<iframe" in text


async def test_nothing_says_so_before(browser):
    for path in ("/", "/check", "/confirm/good", "/petitions/convention"):
        assert GOODBYE not in (await browser.get(path)).text


async def test_a_program_is_told_the_result_and_that_all_is_over(browser, over):
    assert (await browser.get("/w/counter/convention.json")).json() == {
        "petition": "convention",
        "state": "over",
        "total": 1234,
        "goal": None,
        "as_of": "2026-11-23T12:00:00+00:00",
        "text": "1,234 people have signed · This campaign is over. "
        "Thank you to everybody who took part.",
        "link": "https://website.example/2026",
    }


async def test_a_program_is_told_no_number_of_what_is_switched_off(browser, switches, clock):
    turn(switches, 'petitions = ["convention"]', clock)
    said = (await browser.get("/w/counter/convention.json?theme=pink")).json()
    assert (said["state"], said["total"], said["as_of"]) == ("off", None, None)
    assert OFF in said["text"]


@pytest.mark.parametrize("path", [COUNTER, "/w/countdown", "/petitions/convention"])
async def test_what_is_switched_off_is_not_told_at_the_goodbye_either(
    browser, switches, clock, over, path
):
    await browser.get(path)
    turn(switches, 'petitions = ["convention"]', clock)
    assert "1,234" not in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("posters", "/posters/many-paths"),
        ("posters", "/posters/many-paths/files/many-paths.svg"),
        ("events", "/events.ics"),
        ("events", "/events/evt_1"),
        ("share", "/share/mastodon"),
        ("petitions", "/petitions/convention"),
        ("screen", "/screen/convention"),
        ("orders", "/orders/any"),
        ("counter", "/w/counter/convention.txt"),
    ],
)
async def test_a_page_is_switched_off_by_the_word_in_its_address(
    browser, switches, clock, word, path
):
    before = (await browser.get(path)).text
    turn(switches, f'widgets = ["{word}"]', clock)
    after = (await browser.get(path)).text
    assert OFF in after.replace("\r\n ", "")
    assert OFF not in before


async def test_a_picture_gives_way_to_a_picture(browser, over):
    answer = await browser.get("/posters/many-paths/files/many-paths.svg?lang=fr")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "Cette campagne est terminée" in answer.text


async def test_an_open_stream_ends_and_is_not_asked_for_again(browser, over):
    assert (await browser.get("/screen/convention/stream")).status_code == 204


async def test_lines_of_a_calendar_are_short_enough_in_every_script(browser, over):
    lines = (await browser.get("/events.ics?lang=my")).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
