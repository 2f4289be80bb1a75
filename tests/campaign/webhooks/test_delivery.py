"""Webhooks are delivered at least once, to public addresses only, and nobody delays others."""

import asyncio
import json
import ssl
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
import trustme
from receiver import start_receiver
from sqlalchemy import select
from waiting import wait_until

from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.monitoring.state import DatabaseState
from imd_campaign.retention import purge_expired
from imd_campaign.webhooks import store
from imd_campaign.webhooks.delivery import LEASE, MAX_PER_HOST, MAX_PER_KEY, WebhookSender
from imd_campaign.webhooks.http_post import HttpPoster, SendError
from imd_campaign.webhooks.tables import webhook_deliveries, webhooks
from imd_campaign.webhooks.target import is_loopback
from imd_network.http_urls import HttpTarget
from imd_network.public_addresses import is_public
from imd_sdk.webhooks import InvalidWebhook, verify

pytestmark = pytest.mark.anyio


async def resolve_to_loopback(*_):
    return ["127.0.0.1"]


def make_poster(resolve=resolve_to_loopback, is_allowed=is_loopback, tls=None, seconds=10.0):
    return HttpPoster(resolve, is_allowed, tls or ssl.create_default_context(), seconds)


def check(received, secret, clock):
    now = clock.now.timestamp()
    return verify(received.body, received.headers, secret, now=now)


# --- what is sent ------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_webhook_is_signed_as_the_sdk_verifies_it(
    receiver, subscribe, emit, deliver, clock, log
):
    made = (await subscribe(receiver.url)).json()
    emit()
    assert await deliver() == 1
    [received] = receiver.requests
    delivery = check(received, made["secret"], clock)
    assert received.path == "/hooks?key=of%20the%20receiver"
    assert received.headers["content-type"] == "application/json"
    assert delivery.payload == {
        "type": "event.approved",
        "timestamp": clock.now.isoformat(),
        "data": {"event": "evt_sample"},
    }
    [entry] = await log(made["id"])
    assert entry["id"] == delivery.id
    assert (entry["state"], entry["attempts"], entry["response_status"]) == ("delivered", 1, 204)
    assert entry["next_attempt_at"] is None


async def test_other_types_are_not_sent(receiver, subscribe, emit, deliver):
    await subscribe(receiver.url, "event.cancelled")
    emit("event.approved")
    assert await deliver() == 0


async def test_old_and_new_secret_are_valid_for_a_day(
    client, receiver, subscribe, emit, deliver, clock, manager
):
    made = (await subscribe(receiver.url)).json()
    path = f"/v1/webhooks/{made['id']}/secret"
    rotated = (await client.post(path, headers=manager)).json()
    emit()
    await deliver()
    for secret in (made["secret"], rotated["secret"]):
        check(receiver.requests[-1], secret, clock)
    clock.forward(days=1)
    assert datetime.fromisoformat(rotated["previous_valid_until"]) == clock.now
    emit()
    await deliver()
    check(receiver.requests[-1], rotated["secret"], clock)
    with pytest.raises(InvalidWebhook):
        check(receiver.requests[-1], made["secret"], clock)


async def test_number_that_waits_is_superseded(receiver, subscribe, emit, deliver, log):
    webhook = (await subscribe(receiver.url, "petition.count_changed")).json()["id"]
    for total in (1, 2, 3):
        emit("petition.count_changed", petition="convention", total=total, goal=10)
    await deliver()
    [received] = receiver.requests
    assert json.loads(received.body)["data"]["total"] == 3
    states = sorted(entry["state"] for entry in await log(webhook))
    assert states == ["delivered", "superseded", "superseded"]


async def test_log_keeps_no_payload(context, receiver, subscribe, emit, deliver):
    await subscribe(receiver.url)
    emit()
    await deliver()
    with context.database.read() as connection:
        assert connection.execute(select(webhook_deliveries.c.payload)).scalars().all() == [None]


# --- failures ----------------------------------------------------------------------------------


async def test_failed_webhook_is_sent_again_for_three_days(
    receiver, subscribe, emit, deliver, clock, log
):
    receiver.reply(500)
    webhook = (await subscribe(receiver.url)).json()["id"]
    emit()
    begun = clock.now
    while await deliver():
        [entry] = await log(webhook)
        if entry["next_attempt_at"]:
            clock.now = datetime.fromisoformat(entry["next_attempt_at"])
    assert (entry["state"], entry["error"], entry["response_status"]) == ("failed", "status", 500)
    assert timedelta(days=2) < clock.now - begun < timedelta(days=4)
    assert len(receiver.requests) == entry["attempts"] == 11
    assert len({received.headers["webhook-id"] for received in receiver.requests}) == 1


@pytest.mark.both_databases
async def test_failed_webhook_is_delivered_when_the_endpoint_works_again(
    receiver, subscribe, emit, deliver, clock, log
):
    receiver.reply(503, "Retry-After: 120")
    webhook = (await subscribe(receiver.url)).json()["id"]
    emit()
    await deliver()
    receiver.reply(200)
    clock.forward(seconds=110)
    assert await deliver() == 0
    clock.forward(seconds=20)
    assert await deliver() == 1
    assert [entry["state"] for entry in await log(webhook)] == ["delivered"]


async def test_endpoint_that_fails_rests_longer_and_longer(
    receiver, subscribe, emit, deliver, clock
):
    receiver.reply(500)
    await subscribe(receiver.url)
    attempts = []
    for _ in range(30):
        emit()
        attempts.append(await deliver())
        clock.forward(seconds=6)
    assert attempts[:2] == [1, 1]
    assert sum(attempts) == 6


async def test_redirect_is_not_followed(receiver, subscribe, emit, deliver, log):
    async with start_receiver() as other:
        receiver.reply(307, f"Location: {other.url}")
        webhook = (await subscribe(receiver.url)).json()["id"]
        emit()
        await deliver()
        assert other.connections == 0
    assert (await log(webhook))[0]["response_status"] == 307


async def test_endpoint_that_is_gone_gets_nothing_more(
    client, receiver, subscribe, emit, deliver, manager, clock, log
):
    receiver.reply(410)
    webhook = (await subscribe(receiver.url)).json()["id"]
    emit()
    emit()
    await deliver()
    shown = (await client.get(f"/v1/webhooks/{webhook}", headers=manager)).json()
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "gone")
    assert [entry["state"] for entry in await log(webhook)] == ["failed", "failed"]
    emit()
    clock.forward(days=1)
    assert await deliver() == 0


async def fail_for_five_days(emit, deliver, clock):
    for _ in range(6):
        emit()
        await deliver()
        clock.forward(days=1)


async def test_endpoint_that_fails_for_five_days_is_disabled_until_a_test_arrives(
    client, receiver, subscribe, emit, deliver, manager, clock, caplog
):
    receiver.reply(500)
    path = f"/v1/webhooks/{(await subscribe(receiver.url)).json()['id']}"
    await fail_for_five_days(emit, deliver, clock)
    shown = (await client.get(path, headers=manager)).json()
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "failing")
    assert "is disabled: failing" in caplog.text
    assert "127.0.0.1" not in caplog.text
    receiver.reply(200)
    await client.post(f"{path}/test", headers=manager)
    await deliver()
    shown = (await client.get(path, headers=manager)).json()
    assert (shown["state"], shown["failing_since"]) == ("active", None)


async def test_failed_test_is_not_repeated(
    client, receiver, subscribe, deliver, manager, clock, log
):
    receiver.reply(500)
    webhook = (await subscribe(receiver.url)).json()["id"]
    await client.post(f"/v1/webhooks/{webhook}/test", headers=manager)
    await deliver()
    clock.forward(days=1)
    assert await deliver() == 0
    assert [entry["state"] for entry in await log(webhook)] == ["failed"]


async def test_revoked_key_gets_nothing(context, receiver, subscribe, emit, deliver):
    await subscribe(receiver.url)
    emit()
    for key in keys.list_keys(context.database):
        keys.revoke(context.database, key.id, now=context.now())
    emit()
    assert await deliver() == 0
    with context.database.read() as connection:
        assert len(connection.execute(select(webhook_deliveries)).all()) == 1


async def test_old_entries_and_subscriptions_of_revoked_keys_are_deleted(
    context, receiver, subscribe, emit, deliver, clock
):
    await subscribe(receiver.url)
    emit()
    await deliver()
    clock.forward(days=31)
    purge_expired(context)
    with context.database.read() as connection:
        assert connection.execute(select(webhook_deliveries)).all() == []
        assert len(connection.execute(select(webhooks)).all()) == 1
    for key in keys.list_keys(context.database):
        keys.revoke(context.database, key.id, now=context.now())
    clock.forward(days=31)
    purge_expired(context)
    with context.database.read() as connection:
        assert connection.execute(select(webhooks)).all() == []


# --- others are not delayed --------------------------------------------------------------------


async def test_slow_endpoint_delays_nobody(receiver, subscribe, emit, sender):
    async with start_receiver() as slow:
        slow.is_free.clear()
        await subscribe(slow.url)
        await subscribe(receiver.url)
        for _ in range(3):
            emit()
        for _ in range(3):
            await sender.start_due()
            await wait_until(lambda: len(sender.in_flight) == 1)
        assert len(receiver.requests) == 3
        assert slow.connections == 1
        slow.is_free.set()
        await sender.finish()


@pytest.mark.parametrize(("keys_used", "places"), [(1, MAX_PER_HOST), (2, MAX_PER_HOST)])
async def test_a_host_takes_few_places(receiver, subscribe, emit, sender, key, keys_used, places):
    receiver.is_free.clear()
    for _ in range(keys_used):
        headers = key("webhooks:manage")
        for _ in range(4):
            await subscribe(receiver.url, headers=headers)
    emit()
    assert await sender.start_due() == places
    receiver.is_free.set()
    await sender.finish()


async def test_a_key_takes_few_places(subscribe, emit, context):
    for number in range(MAX_PER_KEY + 2):
        await subscribe(f"https://receiver-{number}.example/")
    emit()
    never = asyncio.Event()

    async def resolve(*_):
        await never.wait()
        return []

    sender = WebhookSender(context, make_poster(resolve))
    assert await sender.start_due() == MAX_PER_KEY
    never.set()
    await sender.finish()


# --- killed ------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_webhook_of_a_killed_process_is_sent_again_with_its_id(
    context, receiver, subscribe, emit, deliver, clock
):
    await subscribe(receiver.url)
    emit()
    receiver.is_free.clear()
    killed = WebhookSender(context)
    await killed.start_due()
    await wait_until(lambda: len(receiver.requests) == 1)
    for task in list(killed.in_flight):
        task.cancel()
    with suppress(asyncio.CancelledError):
        await killed.finish()
    receiver.is_free.set()
    assert await deliver() == 0
    clock.forward(seconds=LEASE.total_seconds())
    assert await deliver() == 1
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


async def test_two_senders_send_one_webhook_at_a_time_to_a_subscription(
    context, receiver, subscribe, emit, sender
):
    receiver.is_free.clear()
    await subscribe(receiver.url)
    emit()
    emit()
    assert await sender.start_due() == 1
    assert await WebhookSender(context).start_due() == 0
    receiver.is_free.set()
    await sender.finish()


@pytest.mark.both_databases
async def test_webhook_is_claimed_by_one_sender(context, subscribe, emit):
    await subscribe("https://receiver.example/")
    emit()
    now = context.now()
    with context.database.read() as connection:
        [delivery] = connection.execute(select(webhook_deliveries.c.id)).scalars()
    claims = []
    for lease in ("first", "second"):
        with context.database.write() as connection:
            claims.append(store.claim(connection, [delivery], lease, now, now + LEASE))
    assert claims == [{delivery}, set()]


async def test_worker_of_an_application_delivers(settings, receiver, subscribe, emit, clock):
    await subscribe(receiver.url)
    emit()
    times = {"mail_poll": 0.05, "mail_delivery": True}
    app = create_app(settings.model_copy(update=times), clock=clock)
    async with app.router.lifespan_context(app):
        await wait_until(lambda: len(receiver.requests) == 1)


async def test_metrics_show_what_waits_and_what_was_sent(
    context, receiver, subscribe, emit, deliver, clock
):
    await subscribe(receiver.url)
    emit()
    clock.forward(seconds=40)
    assert read_metrics(context) == {"waiting": 1, "oldest_untried_seconds": 40}
    await deliver()
    assert read_metrics(context) == {"waiting": 0, "oldest_untried_seconds": 0}
    sent = context.metrics.registry.get_sample_value
    assert sent("imd_campaign_webhooks_total", {"outcome": "delivered"}) == 1


def read_metrics(context):
    prefix = "imd_campaign_webhooks_"
    samples = [sample for metric in DatabaseState(context).collect() for sample in metric.samples]
    return {
        sample.name.removeprefix(prefix): sample.value
        for sample in samples
        if sample.name.startswith(prefix)
    }


# --- connections -------------------------------------------------------------------------------

PRIVATE = [
    ["127.0.0.1"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["93.184.216.34", "127.0.0.1"],
    [],
]


@pytest.mark.parametrize("addresses", PRIVATE, ids=str)
async def test_name_with_a_private_address_is_refused_before_connecting(receiver, addresses):
    async def resolve(*_):
        return addresses

    target = HttpTarget(is_https=False, host="receiver.example", port=receiver.port, path="/")
    with pytest.raises(SendError, match="no-public-address"):
        await make_poster(resolve, is_public).post(target, {}, b"{}")
    assert receiver.connections == 0


async def test_name_is_looked_up_once_for_each_attempt(receiver):
    looked_up = []

    async def resolve(host, port):
        looked_up.append(host)
        return ["127.0.0.1"]

    target = HttpTarget(is_https=False, host="receiver.example", port=receiver.port, path="/")
    assert (await make_poster(resolve).post(target, {}, b"{}")).status == 204
    assert looked_up == ["receiver.example"]
    assert receiver.requests[0].headers["host"] == f"receiver.example:{receiver.port}"


async def test_certificate_has_to_be_that_of_the_name():
    authority = trustme.CA()
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("receiver.example").configure_cert(server_tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with start_receiver(server_tls) as receiver:
        poster = make_poster(tls=trusting)
        target = HttpTarget(True, "receiver.example", receiver.port, "/")
        assert (await poster.post(target, {}, b"{}")).status == 204
        for wrong in (
            (poster, HttpTarget(True, "other.example", receiver.port, "/")),
            (make_poster(), target),
        ):
            with pytest.raises(SendError, match="certificate"):
                await wrong[0].post(wrong[1], {}, b"{}")
        assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"220 mail.example\r\n\r\n",
        b"HTTP/1.1 20",
        b"x" * 100_000,
        b"HTTP/1.1 100 C\r\n\r\n" * 9,
    ],
    ids=["nothing", "SMTP", "cut", "endless", "interim"],
)
async def test_odd_response_is_an_invalid_response(receiver, head):
    receiver.head = head
    target = HttpTarget(is_https=False, host="receiver.example", port=receiver.port, path="/")
    with pytest.raises(SendError, match=r"invalid-response|unreachable"):
        await make_poster().post(target, {}, b"{}")


async def test_interim_response_is_skipped(receiver):
    receiver.head = b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    target = HttpTarget(is_https=False, host="receiver.example", port=receiver.port, path="/")
    assert (await make_poster().post(target, {}, b"{}")).status == 200


async def test_endpoint_that_does_not_respond_in_time_has_failed(receiver):
    receiver.is_free.clear()
    target = HttpTarget(is_https=False, host="receiver.example", port=receiver.port, path="/")
    with pytest.raises(SendError, match="timeout"):
        await make_poster(seconds=0.05).post(target, {}, b"{}")
