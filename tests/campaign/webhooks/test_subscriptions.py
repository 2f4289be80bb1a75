"""Who may subscribe to which webhooks, and what is stored of it."""

import pytest
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.webhooks.event_types import ALL_TYPES, EVENT_TYPES
from imd_campaign.webhooks.target import InvalidTarget, parse_target

pytestmark = pytest.mark.anyio

URL = "https://receiver.example/hooks/secret-of-the-receiver"
# Refused before anything is looked up.
REFUSED = [
    "http://receiver.example/",
    "ftp://receiver.example/",
    "https://user:password@receiver.example/",
    "https://receiver.example/#fragment",
    "https://receiver.example:8443/",
    "https://receiver.example:0/",
    "https://receiver.example/a b",
    "https://receiver.example/\r\nHost: evil.example",
    "https://münchen.example/",
    "https:///path",
    "https://[::1/",
    "https://localhost/",
    "https://printer/",
    "https://printer.local/",
    "https://db.internal/",
    "https://metadata.goog./",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1%25eth0]/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_url_that_is_not_public_https_is_refused(url):
    with pytest.raises(InvalidTarget):
        parse_target(url, allows_loopback=False)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://localhost/", "http://example.org/"])
def test_loopback_setting_allows_nothing_else(url):
    with pytest.raises(InvalidTarget):
        parse_target(url, allows_loopback=True)


async def test_refused_url_is_named_and_not_stored(client, subscribe, manager):
    response = await subscribe("https://10.0.0.1/")
    [error] = response.json()["errors"]
    assert (response.status_code, error["field"]) == (422, "url")
    assert "10.0.0.1" not in response.text
    assert (await client.get("/v1/webhooks", headers=manager)).json()["items"] == []


@pytest.mark.both_databases
async def test_secret_is_shown_once(client, subscribe, manager):
    made = (await subscribe(URL, "event.approved", "order.placed")).json()
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert (made["url"], made["types"]) == (URL, ["event.approved", "order.placed"])
    got = await client.get(f"/v1/webhooks/{made['id']}", headers=manager)
    assert got.json() == made
    assert (await client.get("/v1/webhooks", headers=manager)).json()["items"] == [made]


async def test_other_keys_see_and_change_nothing(client, subscribe, key):
    path = f"/v1/webhooks/{(await subscribe(URL)).json()['id']}"
    other = key("webhooks:manage")
    requests = [("GET", path), ("DELETE", path), ("GET", f"{path}/deliveries")]
    requests += [("POST", f"{path}/secret"), ("POST", f"{path}/test")]
    statuses = [(await client.request(*sent, headers=other)).status_code for sent in requests]
    assert statuses == [404] * 5
    assert (await client.get("/v1/webhooks", headers=other)).json()["items"] == []


async def test_subscribing_needs_the_scope(client, subscribe, key):
    assert (await subscribe(URL, headers=key("events:moderate"))).status_code == 403
    assert (await subscribe(URL, headers=None)).status_code == 401


@pytest.mark.parametrize("name", [name for name, known in EVENT_TYPES.items() if known.scope])
async def test_type_that_is_not_public_needs_its_scope(subscribe, key, name):
    response = await subscribe(URL, name, headers=key("webhooks:manage"))
    assert (response.status_code, response.json()["scope"]) == (403, EVENT_TYPES[name].scope)


async def test_unknown_type_lists_the_valid_ones(subscribe):
    response = await subscribe(URL, "event.exploded")
    assert response.status_code == 422
    assert "petition.count_changed" in response.json()["errors"][0]["message"]


async def test_a_key_has_twenty_webhooks_at_most(subscribe, key):
    headers = key("webhooks:manage")
    statuses = {(await subscribe(URL, headers=headers)).status_code for _ in range(20)}
    late = await subscribe(URL, headers=headers)
    assert statuses == {201}
    assert (late.status_code, late.json()["type"]) == (409, "/v1/problems/webhook-limit-reached")
    assert (await subscribe(URL, headers=key("webhooks:manage"))).status_code == 201


async def test_url_and_secret_are_encrypted_at_rest(context, subscribe):
    secret = (await subscribe(URL)).json()["secret"]
    with context.database.read() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM webhooks").all())
    assert "whk_" in rows
    assert secret not in rows
    assert "secret-of-the-receiver" not in rows


async def test_subscribing_rotating_and_unsubscribing_are_audited(
    client, context, subscribe, manager
):
    webhook = (await subscribe(URL)).json()["id"]
    await client.post(f"/v1/webhooks/{webhook}/secret", headers=manager)
    assert (await client.delete(f"/v1/webhooks/{webhook}", headers=manager)).status_code == 204
    with context.database.read() as connection:
        query = select(audit).where(audit.c.subject == webhook).order_by(audit.c.id)
        rows = connection.execute(query).mappings().all()
    names = ["subscribe", "rotate-secret", "unsubscribe"]
    assert [row["action"] for row in rows] == [f"webhook.{name}" for name in names]
    assert all(row["actor"].startswith("key_") and row["reason"] for row in rows)
    assert "secret-of-the-receiver" not in str(rows)


@pytest.mark.both_databases
async def test_unsubscribing_deletes_what_waits(client, subscribe, manager, emit, deliver):
    webhook = (await subscribe(URL)).json()["id"]
    emit()
    assert (await client.delete(f"/v1/webhooks/{webhook}", headers=manager)).status_code == 204
    assert (await client.get(f"/v1/webhooks/{webhook}", headers=manager)).status_code == 404
    assert await deliver() == 0


async def test_every_type_has_a_sample(client, manager):
    for name, known in ALL_TYPES.items():
        sample = await client.get(f"/v1/webhooks/samples/{name}", headers=manager)
        assert sample.json()["type"] == name
        assert known.subject in sample.json()["data"]
    unknown = await client.get("/v1/webhooks/samples/event.exploded", headers=manager)
    assert unknown.status_code == 404


async def test_ten_tests_an_hour_are_allowed(client, subscribe, manager, clock):
    path = f"/v1/webhooks/{(await subscribe(URL)).json()['id']}/test"
    statuses = {(await client.post(path, headers=manager)).status_code for _ in range(10)}
    late = await client.post(path, headers=manager)
    assert (statuses, late.status_code, late.headers["retry-after"]) == ({202}, 429, "3600")
    clock.forward(hours=1)
    assert (await client.post(path, headers=manager)).status_code == 202


async def test_a_key_subscribes_sixty_times_an_hour_at_most(client, subscribe, manager):
    statuses = []
    for _ in range(61):
        response = await subscribe(URL)
        statuses.append(response.status_code)
        if response.is_success:
            await client.delete(f"/v1/webhooks/{response.json()['id']}", headers=manager)
    assert statuses == [201] * 60 + [429]
    assert "60 times" in response.json()["detail"]
