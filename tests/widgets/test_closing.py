"""How widgets close: at sunset, or at once by a switch."""

import csv
import os
import re
from datetime import UTC, datetime
from io import StringIO

import feedparser
import pytest
from starlette.routing import Route

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
WIDGETS = [COUNTER, "/w/countdown", "/w/events"]
OVER_IN_FRENCH = "Cette campagne est terminée. Merci à toutes les personnes qui y ont pris part."
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


def write_switches(file, text: str, clock) -> None:
    changed = file.stat().st_mtime_ns + 1_000_000 if file.exists() else None
    file.write_text(text, encoding="utf-8")
    if changed:
        os.utime(file, ns=(changed, changed))
    clock.advance(1)


@pytest.mark.parametrize("path", WIDGETS)
async def test_sunset_header_announces_the_end(browser, path):
    headers = (await browser.get(path)).headers
    assert headers["sunset"] == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert headers["link"] == '<http://widgets.example/>; rel="sunset"'


async def test_widget_without_a_sunset_has_no_sunset_header(campaign, clock, served_with):
    async with served_with() as browser:
        headers = (await browser.get(COUNTER)).headers
    assert "sunset" not in headers
    assert "link" not in headers


@pytest.mark.parametrize("path", [*WIDGETS, "/w/events?view=nowhere"])
async def test_every_widget_says_thank_you_after_sunset(browser, over, path):
    response = await browser.get(path)
    assert response.status_code == 200
    assert "This campaign is over." in response.text
    assert "The day was observed on 18 December 2026." in response.text
    assert "data-total>1,234<" in response.text
    assert '<a class="act" href="https://website.example/2026"' in response.text


async def test_sunset_view_may_be_cached_for_a_day(browser, over):
    assert "max-age=86400" in (await browser.get(COUNTER)).headers["cache-control"]


async def test_sunset_view_is_in_the_language_of_the_widget(browser, over):
    text = (await browser.get("/w/countdown?lang=ar&zone=Asia/Manila")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert "انتهت هذه الحملة" in text


async def test_sunset_view_is_shown_while_the_campaign_is_down(browser, campaign, over):
    campaign.down = True
    response = await browser.get(COUNTER)
    assert response.status_code == 200
    assert "Thank you" in response.text
    assert "data-total" not in response.text


async def test_sunset_view_links_to_the_configured_url(campaign, clock, served_with, over):
    link = "https://archive.example/"
    async with served_with(sunset=SUNSET, sunset_link=link) as browser:
        response = await browser.get(COUNTER)
    assert f'href="{link}"' in response.text
    assert response.headers["link"] == f'<{link}>; rel="sunset"'


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("all = true", WIDGETS),
        ('widgets = ["events", "countdown"]', ["/w/countdown", "/w/events"]),
        ('petitions = ["convention"]', [COUNTER]),
        ("", []),
    ],
)
async def test_switches_take_effect_without_a_restart(browser, switches, clock, text, off):
    before = [(await browser.get(path)).text for path in WIDGETS]
    write_switches(switches, text, clock)
    seen = [(await browser.get(path)) for path in WIDGETS]
    assert [path for path, a in zip(WIDGETS, seen, strict=True) if "not shown" in a.text] == off
    assert not any("not shown" in text for text in before)


async def test_switched_off_widget_is_not_an_error(browser, switches, clock):
    write_switches(switches, "all = true", clock)
    response = await browser.get(f"{COUNTER}?lang=fr&colour=red")
    assert response.status_code == 200
    assert "Ceci n’est pas affiché pour le moment" in response.text
    assert response.headers["cache-control"].startswith("public, max-age=60")


@pytest.mark.parametrize("again", ["", None])
async def test_widget_that_is_switched_on_again_is_back(browser, switches, clock, again):
    write_switches(switches, "all = true", clock)
    assert "1,234" not in (await browser.get(COUNTER)).text
    if again is None:
        switches.unlink()
        clock.advance(1)
    else:
        write_switches(switches, again, clock)
    assert "1,234" in (await browser.get(COUNTER)).text


@pytest.mark.parametrize("text", ["all = ", "al = true", 'all = "yes"', "widgets = 1", "\udcff"])
async def test_unreadable_switches_file_changes_nothing(browser, switches, clock, caplog, text):
    write_switches(switches, "all = true", clock)
    await browser.get(COUNTER)
    switches.write_bytes(text.encode("utf-8", "surrogateescape"))
    os.utime(switches, ns=(1, 1))
    clock.advance(1)
    assert "not shown" in (await browser.get(COUNTER)).text
    assert "cannot read the switches" in caplog.text


GOODBYE = "This campaign is over"
OFF = "This is not shown at the moment"
TOOLS = {"/", "/check", "/privacy", "/privacy.json", "/oembed", "/embed.js", "/embed.d.ts"}
TOOLS |= {"/challenge", "/healthz", "/readyz", "/favicon.ico", "/after"}
TOOLS |= {"/robots.txt", "/sitemap.xml", "/.well-known/security.txt"}
PRIVATE = {"/confirm", "/confirm/{token}", "/partners/{token}"}
PRIVATE |= {"/orders/{id}", "/orders/{id}/certificate"}
PRIVATE |= {f"/confirm/{{token}}/{part}" for part in ("reject", "allow", "allowed", "unsubscribe")}
PRIVATE |= {f"/attendances/{part}" for part in ("cancelled", "{token}", "{token}/cancel")}
PRIVATE |= {f"/hosted-events/{part}" for part in ("withdrawn", "{token}", "{token}/guests/{id}")}
PRIVATE |= {
    f"/hosted-events/{{token}}/{part}"
    for part in ("capacity", "change", "change/withdraw", "cancel")
}
PRIVATE |= {f"/your-data{part}" for part in ("", "/sent", "/erased", "/{token}")}
PRIVATE |= {f"/your-data/{{token}}/{part}" for part in ("erase", "block", "allow", "{action}/{id}")}
"""Pages with a person's own data stay open; all others except the tools close."""
STREAMS = {"/screen/{petition}/stream"}
EXISTING = {"petition": "convention", "slug": "many-paths", "id": "evt_1", "network": "x"}
EXISTING |= {"message": "convention"}


def campaign_routes(app) -> list[tuple[str, str]]:
    routes = [r for r in app.routes if isinstance(r, Route)]
    told = [r for r in routes if r.path not in TOOLS | PRIVATE | STREAMS]
    return [
        (m, re.sub(r"\{(\w+)\}", lambda n: EXISTING.get(n[1], "many-paths.svg"), r.path))
        for r in told
        for m in r.methods - {"HEAD"}
    ]


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize(("text", "says"), [("", GOODBYE), ("all = true", OFF)])
async def test_every_route_about_the_campaign_closes(browser, switches, clock, text, says):
    write_switches(switches, text, clock)
    for method, path in campaign_routes(browser._transport.app):
        response = await browser.request(method, path)
        words = response.text.replace("\r\n ", "")
        drawn = response.headers["content-type"] == "image/png"
        assert drawn or says in words, (method, path)
        assert response.status_code == (409 if method == "POST" else 200), (method, path)


async def test_no_form_reaches_the_campaign_after_sunset(browser, campaign, over):
    form = {"name": "Sample Person", "email": "sample@example.org", "country": "MX"}
    headers = {"Origin": "http://widgets.example"}
    for path in ("/petitions/convention", "/events/evt_1", "/posters/many-paths"):
        await browser.post(path, data=form, headers=headers)
    assert campaign.received == []


@pytest.mark.parametrize("path", ["/", "/check", "/confirm", "/confirm/good", "/your-data"])
async def test_pages_that_stay_open_say_that_the_campaign_is_over(browser, over, path):
    text = (await browser.get(path)).text
    assert GOODBYE in text
    assert "<form" in text or "<iframe" in text


async def test_pages_do_not_say_over_before_sunset(browser):
    for path in ("/", "/check", "/confirm", "/confirm/good", "/petitions/convention"):
        assert GOODBYE not in (await browser.get(path)).text


async def test_json_has_the_result_and_the_state_after_sunset(browser, over):
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


async def test_json_of_a_switched_off_widget_has_no_number(browser, switches, clock):
    write_switches(switches, 'petitions = ["convention"]', clock)
    said = (await browser.get("/w/counter/convention.json?theme=pink")).json()
    assert (said["state"], said["total"], said["as_of"]) == ("off", None, None)
    assert OFF in said["text"]


@pytest.mark.parametrize("path", [COUNTER, "/w/countdown", "/petitions/convention"])
async def test_sunset_view_leaves_out_switched_off_petitions(browser, switches, clock, over, path):
    await browser.get(path)
    write_switches(switches, 'petitions = ["convention"]', clock)
    assert "1,234" not in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("posters", "/posters/many-paths"),
        ("posters", "/posters/many-paths/files/many-paths.svg"),
        ("events", "/events.ics"),
        ("events", "/events.atom"),
        ("events", "/events.csv"),
        ("events", "/events.geojson"),
        ("events", "/events/evt_1/outlook"),
        ("events", "/events/evt_1"),
        ("share", "/share/mastodon"),
        ("petitions", "/petitions/convention"),
        ("screen", "/screen/convention"),
        ("orders", "/orders/any"),
        ("confirm", "/confirm"),
        ("confirm", "/confirm/good"),
        ("confirm", "/confirm/rejected/allowed"),
        ("your-data", "/your-data"),
        ("your-data", "/your-data/any"),
        ("counter", "/w/counter/convention.txt"),
    ],
)
async def test_page_is_switched_off_by_the_key_in_its_path(browser, switches, clock, word, path):
    before = (await browser.get(path)).text
    write_switches(switches, f'widgets = ["{word}"]', clock)
    after = (await browser.get(path)).text
    assert OFF in after.replace("\r\n ", "")
    assert OFF not in before


async def test_closed_image_is_replaced_by_an_image(browser, over):
    response = await browser.get("/posters/many-paths/files/many-paths.svg?lang=fr")
    assert response.headers["content-type"] == "image/svg+xml"
    assert "Cette campagne est terminée" in response.text


async def test_open_stream_ends_and_is_not_reconnected(browser, over):
    assert (await browser.get("/screen/convention/stream")).status_code == 204


async def test_calendar_lines_are_short_enough_in_every_script(browser, over):
    lines = (await browser.get("/events.ics?lang=my")).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"


async def test_closed_atom_feed_has_one_entry_that_says_so(browser, over):
    feed = feedparser.parse((await browser.get("/events.atom?lang=fr")).content)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [OVER_IN_FRENCH]


async def test_closed_table_has_one_cell_that_says_so(browser, over):
    text = (await browser.get("/events.csv?lang=fr")).content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [[OVER_IN_FRENCH]]


async def test_closed_geojson_has_no_features_and_says_so(browser, over):
    assert (await browser.get("/events.geojson?lang=fr")).json() == {
        "type": "FeatureCollection",
        "features": [],
        "description": OVER_IN_FRENCH,
    }


async def test_mail_program_can_unsubscribe_while_all_is_switched_off(
    browser, campaign, switches, clock
):
    write_switches(switches, "all = true", clock)
    before = len(campaign.signatures("convention"))
    response = await browser.post("/confirm/good/unsubscribe")
    assert response.status_code == 200
    assert len(campaign.signatures("convention")) == before - 1
