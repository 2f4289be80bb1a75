"""A server that starts while the campaign is down restores dated values from its snapshot."""

import asyncio
import json

import pytest

pytestmark = pytest.mark.anyio

COUNTER = "/w/counter/convention"
PATHS = [COUNTER, "/w/countdown", "/w/events", "/petitions/convention", "/events/evt_1"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "readings"


async def test_pages_survive_a_restart_while_the_campaign_is_down(
    campaign, clock, served_with, folder
):
    async with served_with(snapshot_dir=folder) as browser:
        for path in PATHS:
            await browser.get(path)
    campaign.down = True
    clock.advance(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        seen = {path: (await browser.get(path)).status_code for path in PATHS}
    assert seen == dict.fromkeys(PATHS, 200)


async def test_restored_number_shows_its_date(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.down = True
    clock.advance(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(COUNTER)).text.replace("\u202f", " ")
    assert "data-total>1,234<" in text
    assert "As of 23 November 2026, 12:00 pm UTC" in text
    assert "The campaign cannot be reached right now." in text


async def test_reachable_campaign_replaces_the_snapshot_at_once(
    campaign, clock, served_with, folder
):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.total = 2000
    clock.advance(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(COUNTER)).text
    assert "data-total>2,000<" in text
    assert "cannot be reached" not in text


async def test_deleted_event_is_removed_from_the_snapshot(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get("/events/evt_1")
        campaign.remove("/v1/events/evt_1")
        clock.advance(3600)
        await browser.get("/events/evt_1")
    saved = json.loads((folder / "readings.json").read_text("utf-8"))
    assert ["event", "evt_1"] not in [entry["key"] for entry in saved["readings"]]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"readings": [{"key": 1}]}', '{"readings": [{"model": "Never"}]}']
)
async def test_broken_snapshot_is_ignored(campaign, clock, served_with, folder, text):
    folder.mkdir(parents=True)
    (folder / "readings.json").write_text(text, encoding="utf-8")
    async with served_with(snapshot_dir=folder) as browser:
        assert (await browser.get(COUNTER)).status_code == 200


async def test_unwritable_folder_is_logged_and_widgets_work(
    campaign, clock, served_with, folder, caplog
):
    folder.parent.mkdir()
    folder.write_text("a file", encoding="utf-8")
    async with served_with(snapshot_dir=folder) as browser:
        assert (await browser.get(COUNTER)).status_code == 200
    assert "cannot write" in caplog.text


async def test_no_temporary_file_is_left(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    assert [file.name for file in folder.iterdir()] == ["readings.json"]


WITH_OPTIONS = [
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


@pytest.mark.parametrize("path", WITH_OPTIONS)
async def test_widgets_with_options_are_restored_and_dated(
    campaign, clock, served_with, folder, path
):
    campaign.places, campaign.signers = [{"country": "KE", "count": 900}], NAMES
    async with served_with(snapshot_dir=folder) as browser:
        before = await browser.get(path)
    campaign.down = True
    clock.advance(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        after = await browser.get(path)
    assert (before.status_code, after.status_code) == (200, 200)
    if path.partition("?")[0] in DATED:
        assert "The campaign cannot be reached right now." in after.text
        assert "As of 2" in after.text
    if "signers" in path:
        assert "Sample Signer" in after.text
        assert "Kenya" in after.text


async def test_snapshot_is_readable_by_its_owner_only(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    assert (folder / "readings.json").stat().st_mode & 0o077 == 0


async def test_snapshot_has_every_cached_value(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        for path in (*PATHS, *WITH_OPTIONS, "/privacy", "/events/evt_1/calendar"):
            await browser.get(path)
        values = browser._transport.app.state.context.source.cache.list_values()
    saved = json.loads((folder / "readings.json").read_text("utf-8"))
    assert {key[0] for key, _ in values} == {entry["key"][0] for entry in saved["readings"]}
    assert len(values) == len(saved["readings"])


IN_ANOTHER_LANGUAGE = [path for path in WITH_OPTIONS if not path.startswith("/events/")]


@pytest.mark.parametrize("path", IN_ANOTHER_LANGUAGE)
async def test_unrequested_language_is_served_from_the_snapshot(
    campaign, clock, served_with, folder, path
):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(path)
    campaign.down = True
    clock.advance(24 * 3600)
    async with served_with(snapshot_dir=folder) as browser:
        seen = await browser.get(path + ("&" if "?" in path else "?") + "lang=sw")
    assert seen.status_code == 200
    if path.partition("?")[0] in DATED:
        assert '<html lang="sw"' in seen.text
        assert "Kampeni haipatikani kwa sasa." in seen.text


async def test_fallback_text_is_marked_with_its_language(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    campaign.down = True
    async with served_with(snapshot_dir=folder) as browser:
        text = (await browser.get(f"{COUNTER}?lang=ar")).text
    assert '<html lang="ar" dir="rtl">' in text
    assert '<p lang="en" dir="auto">Ratify the Convention' in text


async def test_english_is_the_first_fallback_language(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        for lang in ("en", "fr"):
            campaign.petition |= {"lang": lang, "title": f"Title in {lang}"}
            await browser.get(f"{COUNTER}?lang={lang}")
            clock.advance(1)
        campaign.down = True
        assert "Title in en" in (await browser.get(f"{COUNTER}?lang=es")).text


async def test_language_is_loaded_when_the_campaign_is_back(campaign, clock, served_with):
    async with served_with() as browser:
        await browser.get(COUNTER)
        campaign.down = True
        await browser.get(f"{COUNTER}?lang=es")
        campaign.down = False
        campaign.petition |= {"lang": "es", "title": "Ratificar"}
        clock.advance(11)
        for _ in range(2):
            seen = (await browser.get(f"{COUNTER}?lang=es")).text
            await asyncio.sleep(0.05)
    assert "Ratificar" in seen


async def test_deleted_petition_has_no_fallback_language(campaign, clock, served_with):
    async with served_with() as browser:
        for lang in ("en", "es"):
            await browser.get(f"{COUNTER}?lang={lang}")
        campaign.remove("/v1/petitions/convention", "/v1/petitions/convention/count")
        clock.advance(3600)
        assert (await browser.get(f"{COUNTER}?lang=es")).status_code == 404
        campaign.down = True
        for _ in range(2):
            clock.advance(3600)
            assert (await browser.get(f"{COUNTER}?lang=es")).status_code == 404


async def test_partial_snapshot_keeps_the_previous_one(campaign, clock, served_with, folder):
    async with served_with(snapshot_dir=folder) as browser:
        await browser.get(COUNTER)
    (folder / "readings.4711").write_text('{"readings": [{"key": ["cou', "utf-8")
    campaign.down = True
    async with served_with(snapshot_dir=folder) as browser:
        assert "data-total>1,234<" in (await browser.get(COUNTER)).text
