"""Switches of staff, and a campaign that accepts no changes."""

import pytest
from signing import sign

from imd_campaign.api_keys.service import SCOPES
from imd_campaign.audit import service as audit
from imd_campaign.errors import CampaignClosed
from imd_campaign.switches import service, store
from imd_campaign.switches.service import READ_ONLY, STOP_EMAIL, Change

pytestmark = pytest.mark.anyio


@pytest.fixture
def change(context) -> Change:
    return Change("shell:sample", "A sample reason", context.now())


@pytest.fixture
def turn(context, change):
    def turn(name, *, is_on=True):
        with context.database.write() as connection:
            service.turn(connection, name, change, is_on=is_on)

    return turn


@pytest.fixture
def close(context, change):
    def close():
        with context.database.write() as connection:
            service.close_campaign(connection, change)

    return close


def list_on(context):
    with context.database.read() as connection:
        return [switch.name for switch in service.list_switches(connection) if switch.is_on]


@pytest.mark.both_databases
def test_a_switch_is_on_until_it_is_turned_off(context, turn):
    assert list_on(context) == []
    turn(STOP_EMAIL)
    assert list_on(context) == [STOP_EMAIL]
    turn(STOP_EMAIL, is_on=False)
    assert list_on(context) == []


def test_each_change_of_a_switch_is_in_the_audit_trail(context, turn):
    turn(STOP_EMAIL)
    turn(STOP_EMAIL, is_on=False)
    with context.database.read() as connection:
        entries = audit.list_entries(connection, "campaign")
    assert [(e.actor, e.action, e.reason, e.details) for e in entries] == [
        ("shell:sample", "turn_on", "A sample reason", {"switch": STOP_EMAIL}),
        ("shell:sample", "turn_off", "A sample reason", {"switch": STOP_EMAIL}),
    ]


async def test_a_read_only_campaign_rejects_forms_for_a_time(client, petition, turn):
    turn(READ_ONLY)
    response = await sign(client)
    assert response.status_code == 503
    assert response.json()["type"] == "/v1/problems/read-only"
    assert response.headers["retry-after"] == "300"


async def test_a_closed_campaign_rejects_forms_for_good(client, petition, close):
    close()
    response = await sign(client)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/campaign-closed")
    assert "retry-after" not in response.headers


async def test_a_read_only_campaign_can_be_read(client, petition, turn):
    turn(READ_ONLY)
    assert (await client.get("/v1/petitions/convention")).status_code == 200


# Money that arrives after closing is recorded: tests/campaign/posters/test_payments.py.
PAYMENTS = "/v1/orders/{order_id}/payments"


def list_changing_operations(document):
    return [
        (method, path)
        for path, operations in document["paths"].items()
        for method in operations
        if method in {"post", "put", "patch", "delete"} and path != PAYMENTS
    ]


async def test_a_closed_campaign_rejects_every_change(app, client, key, close):
    close()
    headers = key(*SCOPES)
    statuses = {
        (method, path): (await client.request(method, path, json={}, headers=headers)).status_code
        for method, path in list_changing_operations(app.state.document)
    }
    assert len(statuses) > 20
    assert set(statuses.values()) == {409}, statuses


def test_a_closed_campaign_cannot_be_opened_again(context, close, turn):
    close()
    with pytest.raises(CampaignClosed):
        turn(READ_ONLY, is_on=False)
    assert list_on(context) == [READ_ONLY]


@pytest.mark.both_databases
def test_a_switch_does_not_overwrite_closing_that_it_could_not_see(context, change, close, turn):
    close()
    with context.database.write() as connection:
        assert not store.put(connection, READ_ONLY, "off", change.now)
        assert service.is_closed(connection)
        assert store.put(connection, READ_ONLY, "closed", change.now)
        assert store.put(connection, STOP_EMAIL, "on", change.now)
    with pytest.raises(CampaignClosed):
        turn(READ_ONLY, is_on=False)


def test_closing_twice_is_recorded_once(context, close):
    close()
    close()
    with context.database.read() as connection:
        assert len(audit.list_entries(connection, "campaign")) == 1


async def test_a_request_at_work_notices_a_switch_within_a_second(
    client, app, petition, turn, monkeypatch
):
    assert (await sign(client)).status_code == 202
    turn(READ_ONLY)
    for read in app.state.context.recent_reads._reads.values():
        read.read_at -= 1  # a second passes
    assert (await sign(client)).status_code == 503
