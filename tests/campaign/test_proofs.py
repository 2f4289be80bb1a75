"""Proofs of work buy priority, never admission."""

import base64
import json
import time

import altcha
import pytest
from signing import FORM, process_all, sign
from sqlalchemy import func, select

from imd_campaign import retention
from imd_campaign.networks.limits import BUSY
from imd_campaign.networks.service import fingerprint_network
from imd_campaign.networks.tables import network_keys
from imd_campaign.proofs import service
from imd_campaign.proofs.tables import spent_proofs
from imd_campaign.submissions.lanes import Lane
from imd_campaign.submissions.tables import submissions

pytestmark = pytest.mark.anyio

ADDRESS = "203.0.113.9"


@pytest.fixture(autouse=True)
def easy(monkeypatch):
    monkeypatch.setattr(service, "COST", 2)
    monkeypatch.setattr(service, "ATTEMPTS", range(2, 4))


def solve(challenge: dict) -> str:
    parsed = altcha.Challenge.from_dict(challenge)
    return altcha.Payload(parsed, altcha.solve_challenge(parsed)).to_base64()


def make_proof(context) -> str:
    return solve(service.make_challenge(context).model_dump())


def list_lanes(context) -> list[Lane]:
    with context.database.read() as connection:
        query = select(submissions.c.lane).order_by(submissions.c.id)
        return [Lane(lane) for lane in connection.execute(query).scalars()]


async def make_busy(client, context) -> None:
    """Let the network of the test be busy."""
    client._transport.client = (ADDRESS, 40000)
    for number in range(BUSY):
        await sign(client, email=f"neighbour{number}@example.org")
    process_all(context)


# --- challenges --------------------------------------------------------------------------------


async def test_no_proof_is_needed_while_the_network_is_quiet(client):
    client._transport.client = (ADDRESS, 40000)
    response = await client.get("/v1/challenges")
    assert (response.json(), response.headers["cache-control"]) == ({"challenge": None}, "no-store")


@pytest.mark.both_databases
async def test_busy_network_gets_a_challenge_that_puts_a_form_first(client, petition, context):
    await make_busy(client, context)
    challenge = (await client.get("/v1/challenges")).json()["challenge"]
    assert (await sign(client, proof=solve(challenge))).status_code == 202
    assert list_lanes(context)[-1] is Lane.PROVEN


async def test_other_networks_get_no_challenge(client, petition, context):
    await make_busy(client, context)
    client._transport.client = ("203.0.114.9", 40000)
    assert (await client.get("/v1/challenges")).json() == {"challenge": None}


async def test_everybody_gets_a_challenge_while_the_whole_campaign_is_busy(
    client, petition, context, app
):
    settings = context.settings.model_copy(update={"confirmation_rate": BUSY})
    busy = app.state.context
    app.state.context = type(busy)(settings, busy.database, busy.vault, busy.clock)
    await make_busy(client, context)
    client._transport.client = ("203.0.114.9", 40000)
    assert (await client.get("/v1/challenges")).json()["challenge"]


async def test_challenges_are_limited_too(client):
    client._transport.client = (ADDRESS, 40000)
    statuses = [(await client.get("/v1/challenges")).status_code for _ in range(121)]
    assert (statuses[0], statuses[-1]) == (200, 429)


async def request_challenges(client, key, address: str, number: int) -> list[int]:
    """Request challenges for a visitor, as a widgets server does."""
    headers = key | {"Imd-Visitor-Address": address}
    responses = [await client.get("/v1/challenges", headers=headers) for _ in range(number)]
    return [response.status_code for response in responses]


async def test_challenges_for_the_visitors_of_a_network_are_limited(client, key):
    relay = key("submissions:relay")
    statuses = await request_challenges(client, relay, ADDRESS, 121)
    assert set(statuses[:120]) == {200}
    assert statuses[-1] == 429
    assert await request_challenges(client, relay, "203.0.114.9", 1) == [200]


async def test_limit_of_challenges_does_not_reject_a_form(client, key, petition):
    relay = key("submissions:relay")
    await request_challenges(client, relay, ADDRESS, 121)
    headers = relay | {"Imd-Visitor-Address": ADDRESS}
    assert (await sign(client, headers=headers)).status_code == 202


async def test_challenge_is_not_stored(client, petition, context):
    await make_busy(client, context)
    await client.get("/v1/challenges")
    with context.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(spent_proofs)).scalar() == 0


# --- proofs ------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_proof_counts_once(client, petition, context):
    proof = make_proof(context)
    for email in ("one@example.org", "two@example.org"):
        assert (await sign(client, email=email, proof=proof)).status_code == 202
    assert list_lanes(context) == [Lane.PROVEN, Lane.NEW]


def change_solution(proof: str) -> str:
    payload = json.loads(base64.b64decode(proof))
    payload["solution"]["derivedKey"] = "00" * 32
    return base64.b64encode(json.dumps(payload).encode()).decode()


def change_cost(proof: str) -> str:
    payload = json.loads(base64.b64decode(proof))
    payload["challenge"]["parameters"]["cost"] = 1
    return base64.b64encode(json.dumps(payload).encode()).decode()


def drop_expiry(proof: str) -> str:
    payload = json.loads(base64.b64decode(proof))
    payload["challenge"]["parameters"]["expiresAt"] = "never"
    return base64.b64encode(json.dumps(payload).encode()).decode()


@pytest.mark.parametrize(
    "spoil",
    [
        change_solution,
        change_cost,
        drop_expiry,
        lambda _: "",
        lambda _: "nonsense",
        lambda _: "A" * 10_000,
        lambda _: base64.b64encode(b"[]").decode(),
        lambda _: base64.b64encode(b"[" * 2000).decode(),
    ],
)
async def test_form_with_an_invalid_proof_is_accepted_without_it(client, petition, context, spoil):
    response = await sign(client, proof=spoil(make_proof(context)))
    assert response.status_code == 202
    assert list_lanes(context) == [Lane.NEW]


async def test_expired_proof_does_not_count(client, petition, context, monkeypatch):
    proof = make_proof(context)
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real + service.LIFETIME.total_seconds() + 1)
    await sign(client, proof=proof)
    assert list_lanes(context) == [Lane.NEW]


async def test_responses_with_and_without_a_proof_are_the_same(client, petition, context):
    with_proof = await sign(client, proof=make_proof(context))
    without = await sign(client)
    assert with_proof.content == without.content
    assert with_proof.headers.keys() == without.headers.keys()


async def test_proof_is_not_among_what_is_stored_of_an_event(client, context):
    event = {
        "title": "Sample",
        "description": "A sample.",
        "lang": "en",
        "kind": "online",
        "starts_at": "2026-12-18T18:00:00+00:00",
        "time_zone": "UTC",
        "online": True,
        "url": "https://meeting.example/",
        "host": {"name": FORM["name"], "email": FORM["email"]},
    }
    for _ in range(2):
        await client.post("/v1/events", json=event | {"proof": make_proof(context)})
    with context.database.read() as connection:
        rows = connection.execute(select(submissions.c.target, submissions.c.details)).all()
    assert len({row.target for row in rows}) == 1
    assert "proof" not in context.vault.decrypt(rows[0].details)["event"]


# --- what is stored of an address --------------------------------------------------------------


async def test_no_address_is_stored_or_logged(client, petition, context, caplog):
    caplog.set_level("DEBUG")
    client._transport.client = (ADDRESS, 40000)
    await sign(client)
    process_all(context)
    assert "203.0.113" not in caplog.text
    with context.database.read() as connection:
        dump = "\n".join(connection.connection.iterdump())
    assert "203.0.113" not in dump
    assert ADDRESS.encode().hex() not in dump.lower()


@pytest.mark.both_databases
async def test_network_is_forgotten_after_48_hours(client, petition, context, clock):
    client._transport.client = (ADDRESS, 40000)
    await sign(client)
    clock.forward(hours=48, seconds=1)
    retention.purge_expired(context)
    with context.database.read() as connection:
        assert connection.execute(select(submissions.c.network)).scalars().all() == [None]
        assert connection.execute(select(network_keys.c.day)).all() == []


async def test_networks_of_two_days_cannot_be_compared(client, petition, context, clock):
    client._transport.client = (ADDRESS, 40000)
    for _ in range(2):
        await sign(client)
        clock.forward(days=1)
    with context.database.read() as connection:
        first, second = connection.execute(select(submissions.c.network)).scalars()
    assert first != second


@pytest.mark.both_databases
async def test_servers_share_the_key_of_a_day(context, petition):
    other = type(context)(context.settings, context.database, context.vault, context.clock)
    found = [await fingerprint_network(each, "203.0.113.0/24") for each in (context, other)]
    assert found[0] == found[1] is not None


async def test_key_of_a_day_is_encrypted(context):
    await fingerprint_network(context, "203.0.113.0/24")
    with context.database.read() as connection:
        assert context.vault.can_decrypt(connection.execute(select(network_keys.c.key)).scalar())
