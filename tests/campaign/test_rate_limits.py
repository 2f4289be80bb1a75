"""Anonymous floods and the quotas of partners: 429, before the database is used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import sign
from sqlalchemy import event, func, select

from imd_campaign.api_keys import service as api_keys
from imd_campaign.rate_limiter import Rate, RateLimiter
from imd_campaign.submissions.tables import submissions

pytestmark = pytest.mark.anyio

LIMIT = 120


def come_from(client, address: str) -> None:
    """Let the next requests come from an address."""
    client._transport.client = (address, 40000)


async def test_flood_from_one_network_is_rejected_with_the_time_to_wait(client, petition):
    come_from(client, "203.0.113.9")
    statuses = [(await sign(client)).status_code for _ in range(LIMIT)]
    response = await sign(client)
    assert set(statuses) == {202}
    assert response.status_code == 429
    assert response.json()["type"] == "/v1/problems/rate-limited"
    assert 1 <= int(response.headers["retry-after"]) <= 120
    assert "one network may send 120" in response.json()["detail"]


async def test_other_networks_are_not_limited_by_a_flood(client, petition):
    come_from(client, "203.0.113.9")
    for _ in range(LIMIT + 1):
        await sign(client)
    come_from(client, "203.0.114.9")
    assert (await sign(client)).status_code == 202


async def test_rejected_requests_use_no_database(client, petition, engine):
    come_from(client, "203.0.113.9")
    for _ in range(LIMIT):
        await sign(client)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    path = "/v1/posters/sample/reservations"
    await client.post(path, json={}, headers={"Idempotency-Key": "k" * 22})
    assert statements == []


async def test_reading_is_not_limited(client, petition):
    come_from(client, "203.0.113.9")
    for _ in range(LIMIT + 1):
        await sign(client)
    assert (await client.get("/v1/petitions/convention")).status_code == 200


async def test_address_behind_the_server_itself_is_not_limited(client, petition):
    for _ in range(LIMIT + 1):
        response = await sign(client)
    assert response.status_code == 202


# --- relayed forms -----------------------------------------------------------------------------


async def test_relayed_forms_are_never_rejected(client, petition, key):
    come_from(client, "198.51.100.1")
    headers = key("submissions:relay") | {"Imd-Visitor-Address": "203.0.113.9"}
    statuses = {(await sign(client, headers=headers)).status_code for _ in range(LIMIT + 1)}
    assert statuses == {202}


async def test_forms_of_visitors_without_an_address_are_never_rejected(client, petition, key):
    come_from(client, "198.51.100.1")
    headers = key("submissions:relay")
    statuses = {(await sign(client, headers=headers)).status_code for _ in range(LIMIT + 1)}
    assert statuses == {202}


async def test_network_of_a_relayed_form_is_the_visitors(client, petition, key, context):
    headers = key("submissions:relay")
    for address in ("203.0.113.9", "203.0.113.77", "203.0.114.9"):
        await sign(client, headers=headers | {"Imd-Visitor-Address": address})
    with context.database.read() as connection:
        first, second, third = connection.execute(select(submissions.c.network)).scalars()
    assert first == second != third


async def test_stranger_cannot_choose_a_network(client, petition, key):
    visitor = {"Imd-Visitor-Address": "203.0.113.9"}
    anonymous = await sign(client, headers=visitor)
    partner = await sign(client, headers=visitor | key("signatures:write"))
    assert (anonymous.status_code, partner.status_code) == (401, 403)
    assert partner.json()["scope"] == "submissions:relay"


async def test_forwarded_address_of_a_stranger_is_ignored(client, petition):
    come_from(client, "203.0.113.9")
    for number in range(LIMIT):
        await sign(client, headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert (await sign(client)).status_code == 429


async def test_invalid_visitor_address_is_rejected(client, petition, key):
    headers = key("submissions:relay") | {"Imd-Visitor-Address": "somewhere"}
    response = await sign(client, headers=headers)
    assert (response.status_code, "somewhere" in response.text) == (400, False)


# --- partners ----------------------------------------------------------------------------------


def make_partner(context, quota: int) -> dict[str, str]:
    text, _ = api_keys.create(
        context.database,
        name="Partner",
        scopes=["signatures:write"],
        now=context.now(),
        hourly_quota=quota,
    )
    return {"Authorization": f"Bearer {text}"}


async def test_partner_is_limited_by_the_quota_of_its_key_only(client, petition, context):
    come_from(client, "203.0.113.9")
    partner = make_partner(context, LIMIT + 5)
    statuses = [(await sign(client, headers=partner)).status_code for _ in range(LIMIT + 6)]
    assert statuses == [202] * (LIMIT + 5) + [429]


async def test_partner_learns_the_quota_and_what_to_do(client, petition, context):
    partner = make_partner(context, 2)
    problems = [(await sign(client, headers=partner)).json() for _ in range(3)]
    assert "used up: 2 signatures within an hour" in problems[-1]["detail"]
    assert "ask the campaign staff for a higher quota" in problems[-1]["detail"]


@pytest.mark.parametrize(("quota", "status"), [(1, 429), (5, 202)])
async def test_changed_quota_counts_what_was_sent_before(client, petition, context, quota, status):
    partner = make_partner(context, 3)
    for _ in range(3):
        await sign(client, headers=partner)
    assert (await sign(client, headers=partner)).status_code == 429
    (key,) = api_keys.list_keys(context.database)
    api_keys.set_quota(context.database, key.id, quota)
    assert (await sign(client, headers=partner)).status_code == status


async def test_quotas_of_partners_are_separate(client, petition, context):
    first, second = make_partner(context, 1), make_partner(context, 1)
    responses = [await sign(client, headers=headers) for headers in (first, first, second)]
    assert [response.status_code for response in responses] == [202, 429, 202]
    assert 1 <= int(responses[1].headers["retry-after"]) <= 7200


async def test_partners_quota_is_for_signatures_only(client, context):
    come_from(client, "203.0.113.9")
    partner = make_partner(context, 10_000)
    path = "/v1/confirmation-codes"
    for number in range(LIMIT + 1):
        form = {"email": f"person{number}@example.org", "code": "AAAA-AAAA"}
        response = await client.post(path, json=form, headers=partner)
    assert response.status_code == 429


async def test_partners_signatures_have_no_network(client, petition, context):
    come_from(client, "203.0.113.9")
    await sign(client, headers=make_partner(context, 5))
    with context.database.read() as connection:
        assert connection.execute(select(func.count(submissions.c.network))).scalar() == 0


# --- the counter -------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 30), max_size=200))
def test_request_is_allowed_after_the_time_that_was_given(steps):
    now = 1000.0
    limiter = RateLimiter(clock=lambda: now)
    rates = (Rate(10, 3), Rate(60, 9))
    for step in steps:
        now += step
        wait = limiter.count("key", rates)
        if wait:
            now += wait + 1e-6
            assert limiter.count("key", rates) == 0


def test_limiter_keeps_a_bounded_number_of_keys():
    limiter = RateLimiter(max_keys=10)
    for number in range(1000):
        limiter.count(number, (Rate(60, 1),))
    assert len(limiter._counts) == 10
