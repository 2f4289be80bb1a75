from datetime import UTC, datetime

import pytest

from imd_campaign.content import store
from imd_campaign.content.service import parse_storm_time

pytestmark = pytest.mark.anyio


@pytest.fixture
def kit(context):
    texts = [
        {"lang": lang, "hashtags": [tag], "messages": [{"id": "one", "text": text}]}
        for lang, tag, text in (
            ("en", "Migrants", "Add your name:"),
            ("ar", "مهاجرون", "أضف اسمك:"),
        )
    ]
    with context.database.write() as connection:
        values = {"storm": "12-18 17:00", "url": "https://campaign.example/"}
        store.put_share_kit(connection, values, texts)


@pytest.fixture
def resources(context):
    with context.database.write() as connection:
        for slug in ("city", "background"):
            texts = [
                {
                    "lang": lang,
                    "title": f"{slug} {lang}",
                    "summary": "In short.",
                    "body": "One.\n\nTwo.",
                }
                for lang in ("en", "fr")
            ]
            store.put(connection, {"slug": slug, "kind": "tip_sheet", "url": None}, texts)


@pytest.mark.both_databases
async def test_share_kit_has_the_documented_fields(client, kit):
    assert (await client.get("/v1/share-kit?lang=ar")).json() == {
        "lang": "ar",
        "languages": ["en", "ar"],
        "storm_at": "2026-12-18T17:00:00+00:00",
        "url": "https://campaign.example/",
        "hashtags": ["مهاجرون"],
        "messages": [{"id": "one", "text": "أضف اسمك:"}],
    }


async def test_missing_language_falls_back_to_the_first(client, kit):
    assert (await client.get("/v1/share-kit?lang=ja")).json()["lang"] == "en"


@pytest.mark.parametrize("year", [2026, 2027])
def test_storm_is_in_the_current_year(year):
    now = datetime(year, 3, 1, tzinfo=UTC)
    assert parse_storm_time("12-18 17:00", now) == datetime(year, 12, 18, 17, tzinfo=UTC)


async def test_missing_share_kit_is_not_found(client):
    assert (await client.get("/v1/share-kit")).status_code == 404


async def test_resource_has_the_documented_fields(client, resources):
    assert (await client.get("/v1/resources/city?lang=fr-CA")).json() == {
        "slug": "city",
        "kind": "tip_sheet",
        "lang": "fr",
        "languages": ["en", "fr"],
        "title": "city fr",
        "summary": "In short.",
        "body": "One.\n\nTwo.",
        "url": None,
    }


@pytest.mark.both_databases
async def test_resources_are_paginated(client, resources):
    first = (await client.get("/v1/resources?limit=1")).json()
    second = (await client.get(f"/v1/resources?limit=1&cursor={first['next']}")).json()
    assert [page["items"][0]["slug"] for page in (first, second)] == ["background", "city"]
    assert second["next"] is None


async def test_unknown_resource_is_not_found(client):
    assert (await client.get("/v1/resources/none")).status_code == 404


@pytest.mark.parametrize("path", ["/v1/share-kit?lang=!", "/v1/resources?lang=english"])
async def test_invalid_language_is_reported(client, kit, path):
    response = await client.get(path)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "lang")
