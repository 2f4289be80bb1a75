"""A server that starts while the campaign is down shows what it knew, and since when."""

import asyncio
import json

import pytest

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
PATHS = [COUNTER, "/w/countdown", "/w/events", "/petitions/convention", "/events/evt_1"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "readings"


async def test_after_a_restart_without_a_campaign_every_widget_is_up(
    campaign, clock, served_with, folder
):
    async with served_with(snapshot_dir=folder) as browser:
        for path in PATHS:
            await browser.get(path)
    campaign.down = True
    clock.pass_by(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        seen = {path: (await browser.get(path)).status_code for path in PATHS}
    assert seen == dict.fromkeys(PATHS, 200)


async def test_the_number_is_dated(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.down = True
    clock.pass_by(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(COUNTER)).text.replace("\u202f", " ")
    assert "data-total>1,234<" in text
    assert "As of 23 November 2026, 12:00 pm UTC" in text
    assert "The campaign cannot be reached right now." in text


async def test_a_campaign_that_is_up_is_believed_at_once(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.total = 2000
    clock.pass_by(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(COUNTER)).text
    assert "data-total>2,000<" in text
    assert "cannot be reached" not in text


async def test_what_the_campaign_took_away_is_not_on_disk(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get("/events/evt_1")
        campaign.event = {**campaign.event, "id": "evt_2"}
        clock.pass_by(3600)
        await browser.get("/events/evt_1")
    kept = json.loads((folder / "readings.json").read_text("utf-8"))
    assert ["event", "evt_1"] not in [entry["key"] for entry in kept["readings"]]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"readings": [{"key": 1}]}', '{"readings": [{"model": "Never"}]}']
)
async def test_a_broken_file_is_as_good_as_none(campaign, clock, served_with, folder, text):
    folder.mkdir(parents=True)
    (folder / "readings.json").write_text(text, encoding="utf-8")
    async with served_with(snapshot_dir=folder) as browser:
        assert (await browser.get(COUNTER)).status_code == 200


async def test_a_folder_that_cannot_be_written_is_told_and_harms_nothing(
    campaign, clock, served_with, folder, caplog
):
    folder.parent.mkdir()
    folder.write_text("a file", encoding="utf-8")
    async with served_with(snapshot_dir=folder) as browser:
        assert (await browser.get(COUNTER)).status_code == 200
    assert "cannot write" in caplog.text


async def test_nothing_is_left_beside_the_file(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    assert [file.name for file in folder.iterdir()] == ["readings.json"]


USUAL = [
    f"{COUNTER}?show=milestones,places,signers&accent=0a7d5a",
    "/w/countdown?zone=Asia/Manila&seconds=on",
    "/w/events?view=africa&kind=vigil",
    "/w/event-list?near=Nairobi&since=2026-01-01",
    "/w/posters?poster=many-paths&edition=limited",
    "/w/posters",
    "/w/share?networks=x,email",
    "/w/sign/convention?font=serif",
    "/screen/convention",
    f"{COUNTER}.png",
    "/events/evt_1.ics",
]
DATED = {COUNTER, "/w/events", "/w/event-list", "/w/posters", "/w/sign/convention"}
NAMES = [{"name": "Sample Signer", "country": "KE", "date": "2026-11-22"}]


@pytest.mark.parametrize("path", USUAL)
async def test_every_widget_is_up_and_dated_with_usual_options(
    campaign, clock, served_with, folder, path
):
    campaign.places, campaign.signers = [{"country": "KE", "count": 900}], NAMES
    async with served_with(snapshot_dir=folder) as browser:
        before = await browser.get(path)
    campaign.down = True
    clock.pass_by(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        after = await browser.get(path)
    assert (before.status_code, after.status_code) == (200, 200)
    if path.partition("?")[0] in DATED:
        assert "The campaign cannot be reached right now." in after.text
        assert "As of 2" in after.text
    if "signers" in path:
        assert "Sample Signer" in after.text
        assert "Kenya" in after.text


async def test_the_file_is_for_its_owner_alone(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    assert (folder / "readings.json").stat().st_mode & 0o077 == 0


async def test_nothing_that_is_read_is_forgotten_by_the_file(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        for path in (*PATHS, *USUAL, "/privacy", "/events/evt_1/calendar"):
            await browser.get(path)
        values = browser._transport.app.state.context.source.cache.list_values()
    kept = json.loads((folder / "readings.json").read_text("utf-8"))
    assert {key[0] for key, _ in values} == {entry["key"][0] for entry in kept["readings"]}
    assert len(values) == len(kept["readings"])


IN_ANOTHER_LANGUAGE = [path for path in USUAL if not path.startswith("/events/")]


@pytest.mark.parametrize("path", IN_ANOTHER_LANGUAGE)
async def test_a_language_nobody_asked_for_is_up_in_its_own_words(
    campaign, clock, served_with, folder, path
):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(path)
    campaign.down = True
    clock.pass_by(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        seen = await browser.get(path + ("&" if "?" in path else "?") + "lang=sw")
    assert seen.status_code == 200
    if path.partition("?")[0] in DATED:
        assert '<html lang="sw"' in seen.text
        assert "Kampeni haipatikani kwa sasa." in seen.text


async def test_a_text_says_in_which_language_it_had_to_stay(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.down = True
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(f"{COUNTER}?lang=ar")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert '<p lang="en" dir="auto">Ratify the Convention' in text


async def test_of_the_languages_that_are_kept_english_stands_in_first(
    campaign, clock, served_with, folder
):
    async with served_with(snapshot_dir=folder) as browser:
        for lang in ("en", "fr"):
            campaign.petition |= {"lang": lang, "title": f"Title in {lang}"}
            await browser.get(f"{COUNTER}?lang={lang}")
            clock.pass_by(1)
        campaign.down = True
        assert "Title in en" in (await browser.get(f"{COUNTER}?lang=es")).text


async def test_a_language_comes_back_with_the_campaign(campaign, clock, served_with):
    async with served_with() as browser:
        await browser.get(COUNTER)
        campaign.down = True
        await browser.get(f"{COUNTER}?lang=es")
        campaign.down = False
        campaign.petition |= {"lang": "es", "title": "Ratificar"}
        clock.pass_by(11)
        for _ in range(2):
            seen = (await browser.get(f"{COUNTER}?lang=es")).text
            await asyncio.sleep(0.05)
    assert "Ratificar" in seen


async def test_what_is_gone_in_one_language_is_not_shown_in_another(campaign, clock, served_with):
    async with served_with() as browser:
        for lang in ("en", "es"):
            await browser.get(f"{COUNTER}?lang={lang}")
        campaign.petition |= {"slug": "another"}
        clock.pass_by(3600)
        assert (await browser.get(f"{COUNTER}?lang=es")).status_code == 404
        campaign.down = True
        for _ in range(2):
            clock.pass_by(3600)
            assert (await browser.get(f"{COUNTER}?lang=es")).status_code == 404


async def test_a_server_killed_while_it_wrote_leaves_what_was_before(
    campaign, clock, served_with, folder
):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    (folder / "readings.4711").write_text('{"readings": [{"key": ["cou', "utf-8")
    campaign.down = True
    async with served_with(snapshot_dir=folder) as browser:
        assert "data-total>1,234<" in (await browser.get(COUNTER)).text
