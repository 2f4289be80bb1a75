import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from imd_campaign import seed, tables
from imd_campaign.db import Database

pytestmark = pytest.mark.anyio

LANGUAGES = ["en", "es", "fr", "ar"]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROCESS = """
import sys
from datetime import UTC, datetime
from imd_campaign.db import open_engine
from imd_campaign.settings import Settings
from imd_campaign.seed import load
settings = Settings.model_validate_json(sys.argv[1])
engine = open_engine(settings.database_url)
load(engine, settings, datetime(2026, 11, 23, 12, tzinfo=UTC))
engine.dispose()
"""


def count_rows(engine):
    with Database(engine).read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }


@pytest.fixture
def seeded(engine, settings):
    seed.load(engine, settings, NOW)


@pytest.mark.both_databases
def test_loading_is_idempotent(engine, settings, seeded):
    before = count_rows(engine)
    seed.load(engine, settings, NOW)
    assert count_rows(engine) == before


@pytest.mark.both_databases
def test_loading_keeps_later_edits(engine, settings, seeded):
    posters = tables.metadata.tables["posters"]
    with Database(engine).write() as connection:
        connection.execute(posters.update().values(artist="Somebody else"))
    seed.load(engine, settings, NOW)
    with Database(engine).read() as connection:
        assert connection.execute(select(posters.c.artist)).scalar_one() == "Somebody else"


@pytest.mark.both_databases
def test_two_processes_can_load_at_once(engine, settings):
    sent = settings.model_dump(mode="json")
    sent["secret"] = settings.secret.get_secret_value()
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROCESS, json.dumps(sent)],
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outcomes = [(process.communicate()[1], process.returncode) for process in processes]
    assert outcomes == [(b"", 0), (b"", 0)]
    assert count_rows(engine)["prints"] == 100


@pytest.mark.both_databases
def test_each_year_adds_its_own_events(engine, settings, seeded):
    before = count_rows(engine)["events"]
    seed.load(engine, settings, NOW.replace(year=2027))
    assert count_rows(engine)["events"] == 2 * before


async def test_events_start_this_year_in_their_local_time(client, seeded):
    event = (await client.get("/v1/events/evt_sample_2026_mexico_city_vigil")).json()
    assert event["starts_at"] == "2026-12-18T18:00:00-06:00"


async def test_only_one_event_is_at_a_private_home(client, seeded):
    page = (await client.get("/v1/events?limit=100")).json()
    areas = [e for e in page["items"] if e["place"] and e["place"]["precision"] == "area"]
    assert [event["kind"] for event in areas] == ["potluck"]


@pytest.mark.both_databases
async def test_sample_signatures_are_counted_but_not_listed(client, seeded):
    count = (await client.get("/v1/petitions/convention/count")).json()
    assert count["total"] == 6146
    assert (await client.get("/v1/petitions/convention/signers")).json()["items"] == []


async def test_sample_signatures_are_marked_as_sample(client, seeded, key):
    headers = key("signatures:read")
    page = (await client.get("/v1/petitions/convention/signatures", headers=headers)).json()
    assert {one["source"] for one in page["items"]} == {"sample"}


async def test_petition_is_open(client, seeded):
    assert (await client.get("/v1/petitions/convention")).json()["state"] == "open"


async def test_every_text_exists_in_four_languages(client, seeded):
    slugs = ("the-day", "the-convention", "city-resolution")
    paths = ["/v1/campaign", "/v1/petitions/convention", "/v1/share-kit", "/v1/posters/many-paths"]
    for path in paths + [f"/v1/resources/{slug}" for slug in slugs]:
        responses = [(await client.get(f"{path}?lang={lang}")).json() for lang in LANGUAGES]
        assert [response["lang"] for response in responses] == LANGUAGES
        assert all(response["languages"] == LANGUAGES for response in responses)


async def test_artwork_matches_its_size_and_digest(client, seeded):
    poster = (await client.get("/v1/posters/many-paths")).json()
    assert [file["purpose"] for file in poster["files"]] == ["print", "preview"]
    for file in poster["files"]:
        response = await client.get(file["href"])
        assert len(response.content) == file["bytes"]
        assert hashlib.sha256(response.content).hexdigest() == file["sha256"]


async def test_limited_edition_has_a_hundred_prints(client, seeded):
    poster = (await client.get("/v1/posters/many-paths")).json()
    runs = {edition["id"]: edition["run"] for edition in poster["editions"]}
    assert runs == {"open": None, "limited": 100}


def test_missing_file_is_restored(engine, settings, seeded):
    file = settings.files_dir / "posters" / "many-paths" / "many-paths.png"
    file.unlink()
    seed.load(engine, settings, NOW)
    assert file.is_file()
