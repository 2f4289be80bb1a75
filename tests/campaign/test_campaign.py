from datetime import UTC, datetime

import pytest

from imd_campaign.campaign import store
from imd_campaign.campaign.service import CampaignDay

pytestmark = pytest.mark.anyio

LINKS = {
    "website": "https://campaign.example/",
    "donate": "https://campaign.example/donate",
    "resources": "https://campaign.example/resources",
}
TEXTS = [{"lang": "en", "name": "International Migrants Day"}, {"lang": "es", "name": "Día"}]


@pytest.fixture
def campaign(context):
    with context.database.write() as connection:
        store.put(connection, {"petition": "convention", **LINKS}, TEXTS)


def test_convention_turned_27_and_the_day_17_in_2017():
    assert (CampaignDay(2017).convention_turns, CampaignDay(2017).day_turns) == (27, 17)


async def test_campaign_has_the_date_and_anniversaries_of_the_year(client, campaign):
    assert (await client.get("/v1/campaign")).json() == {
        "name": "International Migrants Day",
        "lang": "en",
        "languages": ["en", "es"],
        "day": "2026-12-18",
        "year": 2026,
        "convention_turns": 36,
        "day_turns": 26,
        "begins_at": "2026-12-18T00:00:00+14:00",
        "ends_at": "2026-12-19T00:00:00-12:00",
        "petition": "convention",
        "organisation": None,
        "links": LINKS,
    }


async def test_campaign_names_its_organisation(client, context):
    organisation = {"organisation": "Own Network", "contact": "contact@own.example"}
    values = {"website": LINKS["website"], "donate": "", "resources": "", **organisation}
    with context.database.write() as connection:
        store.put(connection, values, TEXTS)
    found = (await client.get("/v1/campaign")).json()
    assert found["organisation"] == {"name": "Own Network", "contact": "contact@own.example"}
    assert found["links"] == {"website": LINKS["website"], "donate": None, "resources": None}


async def test_campaign_is_in_the_requested_language(client, campaign):
    assert (await client.get("/v1/campaign?lang=es")).json()["name"] == "Día"


@pytest.mark.parametrize(
    ("now", "year"),
    [
        (datetime(2017, 1, 1, tzinfo=UTC), 2017),
        (datetime(2017, 12, 19, tzinfo=UTC), 2017),
        (datetime(2017, 12, 31, 23, 59, 59, tzinfo=UTC), 2017),
        (datetime(2018, 1, 1, tzinfo=UTC), 2018),
    ],
)
async def test_campaign_year_lasts_until_31_december(client, campaign, clock, now, year):
    clock.now = now
    response = (await client.get("/v1/campaign")).json()
    assert (response["year"], response["day"]) == (year, f"{year}-12-18")


async def test_missing_campaign_is_not_found(client):
    assert (await client.get("/v1/campaign")).status_code == 404


@pytest.mark.both_databases
async def test_storing_the_campaign_again_replaces_it(client, context, campaign):
    with context.database.write() as connection:
        store.put(connection, {"petition": None, **LINKS}, [{"lang": "fr", "name": "Journée"}])
    response = (await client.get("/v1/campaign")).json()
    assert (response["name"], response["languages"], response["petition"]) == (
        "Journée",
        ["fr"],
        None,
    )
