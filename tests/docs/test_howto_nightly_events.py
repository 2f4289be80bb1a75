"""The program of docs/sdk/howto/nightly-events.md, night after night."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from imd_sdk import ServerError
from imd_sdk.testing import InMemoryCampaign, Unavailable

PAGE = Path(__file__).parents[2] / "docs/sdk/howto/nightly-events.md"
LIST = "GET /v1/events"


@pytest.fixture
def program() -> ModuleType:
    code = re.search(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    module = ModuleType("sync_events")
    exec(compile(code[1], PAGE.name, "exec"), module.__dict__)  # noqa: S102 - the page's own block
    return module


@pytest.fixture
def db(program, tmp_path) -> Iterator:
    with closing(program.open_database(str(tmp_path / "events.sqlite3"))) as made:
        yield made


@pytest.fixture
def campaign() -> InMemoryCampaign:
    return InMemoryCampaign(sample=False)


@pytest.fixture
def night(program, db, campaign):
    imd = campaign.client(cache=program.DatabaseCache(db), max_retries=0)
    return lambda: program.sync(imd, db)


def rows(db, columns: str) -> list[tuple]:
    return db.execute(f"select {columns} from events order by id").fetchall()  # noqa: S608


def moderator(campaign):
    return campaign.client(api_key=campaign.key("events:moderate")).moderation


def test_all_events_are_stored(night, db, campaign):
    ids = {campaign.add_event() for _ in range(205)}
    night()
    assert {event_id for (event_id,) in rows(db, "id")} == ids


def test_unchanged_page_is_not_downloaded_again(night, db, campaign):
    campaign.add_event()
    night()
    night()
    assert [received.status for received in campaign.requests] == [200, 304]
    assert len(rows(db, "id")) == 1


def test_cancelled_event_stays_with_its_state(night, db, campaign):
    event = campaign.add_event()
    night()
    moderator(campaign).decide_event(event, decision="cancel", reason="Rain.")
    night()
    assert rows(db, "state") == [("cancelled",)]


def test_missing_event_is_deleted(night, program, db, campaign):
    campaign.add_event()
    night()
    program.sync(InMemoryCampaign(sample=False).client(), db)
    assert rows(db, "id") == []


def test_interrupted_night_is_resumed(night, db, campaign, program):
    for _ in range(205):
        campaign.add_event()
    saved = program.save

    def save(*arguments):
        saved(*arguments)
        if len(rows(db, "id")) == 100:
            campaign.fail_next(Unavailable(), on=LIST)

    program.save = save
    with pytest.raises(ServerError):
        night()
    assert len(rows(db, "id")) == 100
    night()
    cursors = [received.query.get("cursor") for received in campaign.requests]
    assert cursors[0] is None
    assert cursors[1] == cursors[2] is not None
    assert len(rows(db, "id")) == 205


def test_failed_night_deletes_nothing(night, db, campaign):
    campaign.add_event()
    night()
    campaign.fail_next(Unavailable(), on=LIST)
    with pytest.raises(ServerError):
        night()
    assert len(rows(db, "id")) == 1


def test_times_are_stored_as_local_time_and_utc(night, db, campaign):
    campaign.add_event(starts_at="2030-12-18T18:00:00-06:00", time_zone="America/Mexico_City")
    night()
    assert rows(db, "starts_local, starts_utc, time_zone") == [
        ("2030-12-18T18:00:00", "2030-12-19T00:00:00+00:00", "America/Mexico_City")
    ]


def test_private_place_has_no_address(night, db, campaign):
    home = {"locality": "Nairobi", "country": "KE", "latitude": -1.2921, "longitude": 36.8219}
    campaign.add_event(place=home | {"address": "Sample Street 1", "private": True})
    night()
    [(exact, address, latitude)] = rows(db, "exact, address, latitude")
    assert (exact, address) == (0, None)
    assert latitude != home["latitude"]
