"""What staff turn on and off while servers run."""

import pytest
from signing import confirm, list_signers, process_all, sign
from sqlalchemy import text

from imd_campaign import recent_reads
from imd_campaign.mail import sender as mail_sender
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transports import open_transport
from imd_campaign.monitoring import readiness
from imd_campaign.startup import open_database
from imd_campaign.switches import service as switches

pytestmark = pytest.mark.anyio

SIGNERS = "/v1/petitions/convention/signers"


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch):
    """Servers look at the switches at each use, instead of once a second."""
    monkeypatch.setattr(recent_reads, "MAX_AGE", -1.0)
    monkeypatch.setattr(mail_sender, "LOOK_SECONDS", 0.0)


@pytest.fixture
def turn(context):
    def turn(name, *, is_on, database=context.database):
        change = switches.Change("shell:sample", "A flood", context.now())
        with database.write() as connection:
            switches.turn(connection, name, change, is_on=is_on)

    return turn


@pytest.mark.both_databases
def test_switch_is_off_until_it_is_turned_on(context, turn):
    turn("busy", is_on=True)
    turn("stop_email", is_on=True)
    turn("stop_email", is_on=False)
    with context.database.read() as connection:
        found = {switch.name: switch.is_on for switch in switches.list_switches(connection)}
    assert found == {"read_only": False, "stop_email": False, "hide_signers": False, "busy": True}


def test_each_change_is_in_the_audit_trail(context, turn):
    turn("busy", is_on=True)
    turn("busy", is_on=False)
    with context.database.read() as connection:
        rows = connection.execute(text("SELECT action, reason FROM audit ORDER BY id")).all()
    assert rows == [("turn_on", "A flood"), ("turn_off", "A flood")]


# --- stop_email --------------------------------------------------------------------------------


async def test_stopped_email_waits_and_is_sent_afterwards(context, client, petition, emails, turn):
    turn("stop_email", is_on=True)
    await sign(client)
    assert emails() == []
    with context.database.read() as connection:
        assert connection.execute(text("SELECT state, attempts FROM outbox")).all() == [
            ("queued", 0)
        ]
    turn("stop_email", is_on=False)
    assert len(emails()) == 1


async def test_batch_that_is_under_way_stops(context, client, petition, turn, monkeypatch):
    for number in range(6):
        await sign(client, email=f"person{number}@example.org")
    process_all(context)
    transport = open_transport(context.settings)
    sender, send_one = MailSender(context, transport), MailSender._send_one

    async def turn_on_after_the_first(self, *values):
        await send_one(self, *values)
        turn("stop_email", is_on=True)

    monkeypatch.setattr(MailSender, "_send_one", turn_on_after_the_first)
    await sender.send_due()
    with context.database.read() as connection:
        query = "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state"
        states = dict(connection.execute(text(query)).all())
        leased = connection.execute(text("SELECT count(*) FROM outbox WHERE lease IS NOT NULL"))
        assert states["sent"] <= transport.max_sessions
        assert (sum(states.values()), states.keys(), leased.scalar()) == (6, {"queued", "sent"}, 0)


def test_readiness_says_that_email_is_stopped(context, turn):
    turn("stop_email", is_on=True)
    messages = [reason.message for reason in readiness.find_reasons(context)]
    assert "Staff have stopped all e-mail with the switch stop_email." in messages


# --- hide_signers ------------------------------------------------------------------------------


async def test_signers_are_hidden_at_once_and_shown_again(client, petition, emails, turn):
    await sign(client)
    await confirm(client, emails()[0], public=True)
    assert len(await list_signers(client)) == 1
    turn("hide_signers", is_on=True)
    assert await list_signers(client) == []
    turn("hide_signers", is_on=False)
    assert len(await list_signers(client)) == 1


async def test_signers_hidden_by_another_process_are_sent_for_a_second_at_most(
    settings, client, petition, emails, turn, clock
):
    await sign(client)
    await confirm(client, emails()[0], public=True)
    assert len(await list_signers(client)) == 1
    elsewhere = open_database(settings)
    turn("hide_signers", is_on=True, database=elsewhere)
    elsewhere.engine.dispose()
    clock.forward(seconds=1.1)
    assert await list_signers(client) == []


async def test_caches_ask_each_time_for_the_signers(client, petition):
    assert (await client.get(SIGNERS)).headers["cache-control"] == "public, no-cache"


async def test_signers_of_an_unknown_petition_are_not_found_while_hidden(client, turn):
    turn("hide_signers", is_on=True)
    assert (await client.get("/v1/petitions/unknown/signers")).status_code == 404


# --- busy --------------------------------------------------------------------------------------


async def test_busy_campaign_stores_no_form_and_names_a_time(context, client, petition, turn):
    turn("busy", is_on=True)
    response = await sign(client)
    assert (response.status_code, response.headers["retry-after"]) == (503, "120")
    assert response.json()["type"] == "/v1/problems/busy"
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM submissions")).scalar() == 0


async def test_busy_campaign_confirms_and_can_be_read(client, petition, emails, turn):
    await sign(client)
    [email] = emails()
    turn("busy", is_on=True)
    assert (await confirm(client, email)).json()["state"] == "confirmed"
    assert (await client.get("/v1/petitions/convention")).status_code == 200


# --- read_only ---------------------------------------------------------------------------------


async def test_read_only_campaign_rejects_every_change_and_can_be_read(
    client, petition, emails, turn
):
    await sign(client)
    [email] = emails()
    turn("read_only", is_on=True)
    responses = [await sign(client), await confirm(client, email)]
    assert {response.json()["type"] for response in responses} == {"/v1/problems/read-only"}
    assert (await client.get("/v1/petitions/convention")).status_code == 200


async def test_server_looks_at_the_switches_once_a_second(app, client, petition, turn, monkeypatch):
    monkeypatch.setattr(recent_reads, "MAX_AGE", 60.0)
    context = app.state.context
    assert not await switches.is_recently_on(context, "busy")
    turn("busy", is_on=True)
    assert not await switches.is_recently_on(context, "busy")
    monkeypatch.setattr(recent_reads, "MAX_AGE", 0.0)
    assert await switches.is_recently_on(context, "busy")
