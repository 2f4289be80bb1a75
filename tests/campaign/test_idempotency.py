import json

import anyio
import httpx
import pytest
from sqlalchemy import text

from imd_campaign.app import create_app
from imd_campaign.errors import IdempotencyInFlight
from imd_campaign.idempotency import service
from imd_campaign.idempotency.service import Lease, StoredResponse

pytestmark = pytest.mark.anyio

KEY = "a-sample-key-of-22-chars"
PATH = "/v1/petitions/convention/signatures"
HEADERS = {"Idempotency-Key": KEY}
FORM = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}


async def sign(client, key=KEY, headers=(), **changes):
    return await client.post(
        PATH, json=FORM | changes, headers={"Idempotency-Key": key, **dict(headers)}
    )


async def confirm(client, number=1):
    """Confirm with an unknown token: the response is stored like any other."""
    return await client.post(f"/v1/confirmations/{number}", headers=HEADERS)


def count_submissions(context) -> int:
    with context.database.read() as connection:
        return connection.execute(text("SELECT count(*) FROM submissions")).scalar_one()


@pytest.mark.both_databases
async def test_repeated_submission_is_stored_once(client, petition, emails, clock):
    first = await sign(client)
    emails()
    clock.forward(hours=2)
    second = await sign(client)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(emails()) == 1


@pytest.mark.both_databases
async def test_reused_key_with_another_submission_is_rejected(client, petition, context):
    await sign(client)
    response = await sign(client, email="other@example.org")
    assert response.status_code == 422
    assert response.json()["type"] == "/v1/problems/idempotency-key-reused"
    assert count_submissions(context) == 1


async def test_callers_do_not_share_keys(client, petition, key):
    await sign(client)
    response = await sign(client, headers=key(), email="other@example.org")
    assert response.status_code == 202


@pytest.mark.both_databases
async def test_repeated_request_gets_the_stored_response(client):
    first, second = [await confirm(client) for _ in range(2)]
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["x-request-id"] != first.headers["x-request-id"]


async def test_reused_key_with_another_request_is_rejected(client):
    await confirm(client)
    response = await confirm(client, number=2)
    assert response.json()["type"] == "/v1/problems/idempotency-key-reused"


@pytest.mark.both_databases
async def test_key_expires_after_a_day(client, clock):
    await confirm(client)
    clock.forward(hours=24)
    assert (await confirm(client)).headers.get("idempotency-replayed") is None


@pytest.mark.parametrize("key", ["", "a" * 21, "a b" * 9, "a" * 256, "\u00e9".encode() * 22])
async def test_invalid_key_is_reported(client, petition, key):
    response = await sign(client, key=key)
    assert response.status_code == 400
    assert [(e["in"], e["field"]) for e in response.json()["errors"]] == [
        ("header", "Idempotency-Key")
    ]


async def test_get_ignores_the_key(client, petition):
    response = await client.get("/v1/petitions", headers={"Idempotency-Key": "a b"})
    assert response.status_code == 200


@pytest.mark.both_databases
async def test_request_in_flight_is_a_conflict_with_retry_after(client, petition, context, clock):
    under_way = b"\n".join([b"POST", b"/v1/confirmations/x", b"", b""])
    service.begin(context, caller="public", key=KEY, request=under_way)
    response = await client.post("/v1/confirmations/x", headers={"Idempotency-Key": KEY})
    assert (response.status_code, response.headers["retry-after"]) == (409, "1")
    assert response.json()["type"] == "/v1/problems/idempotency-in-flight"
    clock.forward(seconds=60)
    after = await client.post("/v1/confirmations/x", headers={"Idempotency-Key": KEY})
    assert after.status_code == 404


@pytest.mark.both_databases
async def test_server_errors_are_not_stored(client, petition, context):
    with context.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE submissions RENAME TO gone"))
    broken = await confirm(client)
    with context.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO submissions"))
    after = await confirm(client)
    assert broken.status_code in {500, 503}
    assert after.status_code == 404


@pytest.mark.both_databases
async def test_expired_lease_does_not_overwrite_the_response(context, clock):
    def begin() -> Lease | StoredResponse:
        return service.begin(context, caller="public", key=KEY, request=b"r")

    slow = begin()
    clock.forward(seconds=60)
    quick = begin()
    service.finish(context, quick, StoredResponse(202, [], b"quick"))
    service.finish(context, slow, StoredResponse(500, [], b"slow"))
    assert begin() == StoredResponse(202, [], b"quick")


@pytest.mark.both_databases
async def test_only_one_of_many_concurrent_requests_begins(context):
    outcomes = []

    def begin() -> None:
        try:
            outcomes.append(service.begin(context, caller="public", key=KEY, request=b"r"))
        except IdempotencyInFlight as error:
            outcomes.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(anyio.to_thread.run_sync, begin)
    assert sum(isinstance(outcome, Lease) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IdempotencyInFlight) for outcome in outcomes) == 7


@pytest.mark.both_databases
async def test_two_servers_process_a_key_once(settings, clock, petition, context):
    """Send sixteen requests with one key to two applications: only one signs."""
    servers = [create_app(settings, clock=clock) for _ in range(2)]
    responses = []

    async def send(server) -> None:
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            responses.append(await sign(client))

    first, second = servers
    async with (
        first.router.lifespan_context(first),
        second.router.lifespan_context(second),
        anyio.create_task_group() as group,
    ):
        for number in range(16):
            group.start_soon(send, servers[number % 2])
    statuses = [response.status_code for response in responses]
    fresh = [r for r in responses if r.is_success and "idempotency-replayed" not in r.headers]
    assert set(statuses) == {202}
    assert len(fresh) == 1
    assert count_submissions(context) == 1


async def test_interrupted_request_does_not_claim_its_key(app, client, petition):
    partial_body = json.dumps(FORM).encode()[:20]
    messages = iter([{"type": "http.request", "body": partial_body, "more_body": True}])
    sent = []

    async def receive():
        return next(messages, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    request = client.build_request("POST", PATH, json=FORM, headers={"Idempotency-Key": KEY})
    await app(make_scope(request), receive, send)
    assert sent == []
    whole = await client.post(PATH, json=FORM, headers={"Idempotency-Key": KEY})
    assert whole.status_code == 202


def make_scope(request):
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": ("campaign.example", 443),
        "client": ("127.0.0.1", 1),
    }
