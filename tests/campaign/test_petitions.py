from datetime import timedelta

import pytest
from signing import count_all

from imd_campaign.petitions import store

pytestmark = pytest.mark.anyio


def add_signatures(context, petition: str, country: str, number: int, **values) -> None:
    with context.database.write() as connection:
        petition_id = store.find(connection, petition)["id"]
        for n in range(number):
            moment = context.now() + timedelta(seconds=n)
            store.add_signature(
                connection,
                **{
                    "id": f"sig_{country}_{n:03}",
                    "petition_id": petition_id,
                    "fingerprint": context.vault.fingerprint("test", f"{country} {n}"),
                    "country": country,
                    "public": False,
                    "updates": False,
                    "sealed": "sealed",
                    "confirmed_at": moment,
                    **values,
                },
            )


@pytest.mark.both_databases
async def test_petition_has_the_documented_fields(client, petition):
    response = await client.get("/v1/petitions/convention")
    assert response.json() == {
        "slug": "convention",
        "lang": "en",
        "languages": ["en", "es"],
        "title": "Stand up",
        "summary": "S",
        "text": "One.\n\nTwo.",
        "target": "All",
        "goal": 10000,
        "milestones": [1000, 5000, 10000],
        "opens_at": "2026-10-24T12:00:00+00:00",
        "closes_at": "2026-12-23T12:00:00+00:00",
        "state": "open",
        "attested": [],
    }


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("es", "En pie"), ("es-MX", "En pie"), ("ES", "En pie"), ("sw", "Stand up")],
)
async def test_petition_is_in_the_requested_language_or_the_first(client, petition, wanted, given):
    response = await client.get("/v1/petitions/convention", params={"lang": wanted})
    assert response.json()["title"] == given


@pytest.mark.both_databases
async def test_petition_list_has_the_same_fields(client, petition):
    one = await client.get("/v1/petitions/convention?lang=es")
    every = await client.get("/v1/petitions?lang=es")
    assert every.json() == {"items": [one.json()], "next": None}


@pytest.mark.parametrize(
    ("days", "state"), [(-31, "upcoming"), (-30, "open"), (29.9, "open"), (30, "closed")]
)
async def test_petition_opens_and_closes_on_time(client, petition, clock, days, state):
    clock.forward(days=days)
    assert (await client.get("/v1/petitions/convention")).json()["state"] == state


@pytest.mark.parametrize(
    "path", ["", "/count", "/places", "/signers"], ids=["itself", "count", "places", "signers"]
)
async def test_unknown_petition_is_not_found(client, path):
    response = await client.get(f"/v1/petitions/nothing{path}")
    assert (response.status_code, response.json()["type"]) == (404, "/v1/problems/not-found")


@pytest.mark.both_databases
async def test_count_has_its_time_and_polling_interval(client, petition, context):
    add_signatures(context, petition, "KE", 3)
    count_all(context)
    assert (await client.get("/v1/petitions/convention/count")).json() == {
        "petition": "convention",
        "total": 3,
        "goal": 10000,
        "as_of": "2026-11-23T12:00:00+00:00",
        "poll_after": 30,
    }


@pytest.mark.both_databases
async def test_count_stays_the_same_until_signatures_are_counted_again(
    client, petition, context, clock
):
    async def read() -> tuple[int, str]:
        count = (await client.get("/v1/petitions/convention/count")).json()
        return count["total"], count["as_of"]

    add_signatures(context, petition, "KE", 1)
    clock.forward(seconds=30)
    before = await read()
    count_all(context)
    assert before == (0, "2026-11-23T12:00:00+00:00")
    assert await read() == (1, "2026-11-23T12:00:30+00:00")


@pytest.mark.both_databases
async def test_country_counts_are_in_tens_and_small_ones_hidden(client, petition, context):
    for country, number in [("MX", 29), ("KE", 19), ("PH", 9)]:
        add_signatures(context, petition, country, number)
    count_all(context)
    assert (await client.get("/v1/petitions/convention/places")).json() == {
        "items": [{"country": "KE", "count": 10}, {"country": "MX", "count": 20}],
        "next": None,
    }


@pytest.mark.both_databases
async def test_country_counts_are_published_once_a_day(client, petition, context, clock):
    async def read() -> list[dict[str, object]]:
        return (await client.get("/v1/petitions/convention/places")).json()["items"]

    count_all(context)
    add_signatures(context, petition, "KE", 19)
    clock.forward(hours=11)
    count_all(context)
    same_day = await read()
    clock.forward(hours=1)
    count_all(context)
    assert (same_day, await read()) == ([], [{"country": "KE", "count": 10}])


@pytest.mark.both_databases
async def test_public_signers_are_listed_newest_first(client, petition, context):
    add_signatures(context, petition, "KE", 2, public=True, display_name="Sample Person")
    add_signatures(context, petition, "MX", 1)
    signer = {"name": "Sample Person", "country": "KE", "date": "2026-11-23"}
    response = await client.get("/v1/petitions/convention/signers")
    assert response.json() == {"items": [signer, signer], "next": None}


@pytest.mark.both_databases
async def test_new_signatures_do_not_shift_pages_of_signers(client, petition, context, clock):
    add_signatures(context, petition, "KE", 5, public=True, display_name="Sample Person")
    first = (await client.get("/v1/petitions/convention/signers?limit=2")).json()
    clock.forward(hours=1)
    add_signatures(context, petition, "MX", 1, public=True, display_name="Somebody Later")
    seen, cursor = len(first["items"]), first["next"]
    while cursor and seen < 100:
        page = await client.get(
            "/v1/petitions/convention/signers", params={"limit": 2, "cursor": cursor}
        )
        seen, cursor = seen + len(page.json()["items"]), page.json()["next"]
        assert "Somebody Later" not in page.text
    assert seen == 5


@pytest.mark.both_databases
async def test_key_with_the_scope_can_list_signatures(client, petition, context, key):
    add_signatures(context, petition, "KE", 3)
    seen, cursor = [], None
    while (cursor or not seen) and len(seen) < 100:
        page = await client.get(
            "/v1/petitions/convention/signatures",
            params={"limit": 2} | ({"cursor": cursor} if cursor else {}),
            headers=key("signatures:read"),
        )
        seen, cursor = seen + page.json()["items"], page.json()["next"]
    assert [item["id"] for item in seen] == ["sig_KE_000", "sig_KE_001", "sig_KE_002"]
    assert seen[0] == {
        "id": "sig_KE_000",
        "country": "KE",
        "lang": None,
        "public": False,
        "updates": False,
        "source": None,
        "line": "confirmed",
        "confirmed_at": "2026-11-23T12:00:00+00:00",
        "sealed": "sealed",
    }


async def test_signatures_are_not_cached(client, petition, key):
    response = await client.get(
        "/v1/petitions/convention/signatures", headers=key("signatures:read")
    )
    assert response.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in response.headers
