import asyncio
import logging
import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest
from sqlalchemy import event, select, text
from waiting import wait_until

from imd_campaign import retention
from imd_campaign.app import create_app
from imd_campaign.mail import sender, service, transports
from imd_campaign.mail.delivery_errors import Deferred, RecipientRefused, RelayUnavailable
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.tables import outbox
from imd_campaign.mail.transports import open_transport
from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm
from imd_campaign.submissions import store as submissions

pytestmark = pytest.mark.anyio

HANG_UP = b"(hang up)"
EMAIL = Email("sample.person@example.org", "en", "Grüße", "A text.\n")


@pytest.fixture
def smtp(settings, mail_server):
    address = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    return open_transport(settings.model_copy(update={"mail": address}))


@pytest.fixture
def send_over_smtp(context, settings, mail_server, send_batch):
    """`send_over_smtp(replies)` sends one e-mail and returns its state, attempts and deletion."""

    def send(replies: dict[bytes, bytes], user: str = "", **options: str) -> list[tuple]:
        mail_server.replies |= replies
        address = f"smtp://{user}127.0.0.1:{mail_server.server_address[1]}"
        queue_emails(context)
        changed = settings.model_copy(update={"mail": address, **options})
        send_batch(open_transport(changed))
        return states(context)

    return send


@dataclass
class MemoryTransport:
    """Accepts e-mails after raising the given errors."""

    announce_errors: list[Exception] = field(default_factory=list)
    transfer_errors: list[Exception] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    max_sessions: int = 4

    @asynccontextmanager
    async def connect(self):
        yield self

    async def announce(self, _message) -> None:
        if self.announce_errors:
            raise self.announce_errors.pop(0)

    async def transfer(self, message) -> None:
        if self.transfer_errors:
            raise self.transfer_errors.pop(0)
        self.delivered.append(message.id)


def queue_emails(context, number: int = 1, priority=service.Priority.NOTICE) -> None:
    with context.database.write() as connection:
        for _ in range(number):
            service.queue(context, connection, kind="test", email=EMAIL, priority=priority)


def states(context) -> list[tuple]:
    with context.database.read() as connection:
        found = connection.execute(select(outbox.c.state, outbox.c.attempts, outbox.c.message))
        return [(state, attempts, message is None) for state, attempts, message in found]


def count_states(context) -> Counter:
    return Counter(state for state, _, _ in states(context))


# --- the queue -------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_email_is_delivered_once_and_then_deleted(context, send_batch):
    transport = MemoryTransport()
    queue_emails(context)
    assert [send_batch(transport) for _ in range(2)] == [1, 0]
    assert states(context) == [("sent", 0, True)]
    assert len(transport.delivered) == 1


def test_connections_share_the_last_emails_of_a_batch(context, send_batch, monkeypatch):
    monkeypatch.setattr(sender, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(sender, "_is_stopped", lambda _: time.sleep(0.05))  # both look meanwhile
    queue_emails(context, 3)
    transport = MemoryTransport(max_sessions=2)
    send_batch(transport)
    assert len(transport.delivered) == 3


@pytest.mark.both_databases
def test_failed_delivery_is_retried_with_growing_delays(context, clock, send_batch):
    transport = MemoryTransport([Deferred("451") for _ in range(3)])
    queue_emails(context)
    tries = []
    for minutes in [0, 0.4, 0.1, 0.9, 0.1, 2]:
        clock.forward(minutes=minutes)
        tries.append(send_batch(transport))
    assert tries == [1, 0, 1, 0, 1, 1]
    assert states(context) == [("sent", 3, True)]


def test_email_is_given_up_after_four_days(context, clock, send_batch):
    transport = MemoryTransport([Deferred("451") for _ in range(20)])
    queue_emails(context)
    tries = 0
    while count_states(context) == {"queued": 1}:
        send_batch(transport)
        clock.forward(hours=12)
        tries += 1
    assert tries == 2 * 4 + 1
    assert count_states(context) == {"failed": 1}


def test_refused_recipient_does_not_block_others(context, send_batch):
    transport = MemoryTransport([RecipientRefused("550 5.1.1")])
    queue_emails(context, 3)
    send_batch(transport)
    assert count_states(context) == {"failed": 1, "sent": 2}


def test_unusable_mail_server_makes_the_whole_batch_wait(context, clock, send_batch):
    transport = MemoryTransport([RelayUnavailable("530")] * 4)
    queue_emails(context, 10)
    send_batch(transport)
    waits = send_batch(transport)
    clock.forward(seconds=31)
    send_batch(transport)
    assert (count_states(context), waits) == ({"sent": 10}, 0)


def test_confirmations_are_sent_first(context, send_batch, monkeypatch):
    monkeypatch.setattr(sender, "BATCH_SIZE", 5)
    queue_emails(context, 20)
    queue_emails(context, 5, service.Priority.CONFIRMATION)
    transport = MemoryTransport()
    send_batch(transport)
    with context.database.read() as connection:
        query = select(outbox.c.priority).where(outbox.c.state == "sent")
        assert connection.execute(query).scalars().all() == [0] * 5


# --- several workers, and workers that stop ---------------------------------------------------


@pytest.mark.both_databases
def test_two_workers_never_deliver_the_same_email(context, send_batch):
    transport = MemoryTransport()
    queue_emails(context, 60)

    def send_all() -> None:
        while send_batch(transport):
            pass

    threads = [threading.Thread(target=send_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(transport.delivered) == len(set(transport.delivered)) == 60


def claim(context, clock) -> str:
    with context.database.write() as connection:
        rows = sender.store.claim_due(
            connection, "lse_1", clock.now, clock.now + sender.LEASE, limit=10
        )
    return rows[0]["id"]


@pytest.mark.both_databases
def test_email_of_a_crashed_worker_is_sent_after_its_lease(context, clock, send_batch):
    queue_emails(context)
    claim(context, clock)
    before_expiry = send_batch(MemoryTransport())
    clock.forward(seconds=61)
    assert (before_expiry, send_batch(MemoryTransport())) == (0, 1)


@pytest.mark.both_databases
def test_email_that_may_have_been_sent_is_not_sent_again(context, clock, send_batch):
    queue_emails(context)
    email_id = claim(context, clock)
    with context.database.write() as connection:
        assert sender.store.hand_over(connection, "lse_1", email_id, clock.now)
    clock.forward(seconds=61)
    transport = MemoryTransport()
    assert (send_batch(transport), transport.delivered) == (0, [])
    assert states(context) == [("unknown", 0, True)]


@pytest.mark.both_databases
def test_worker_that_lost_its_lease_hands_nothing_over(context, clock):
    queue_emails(context)
    email_id = claim(context, clock)
    clock.forward(seconds=61)
    with context.database.write() as connection:
        sender.store.claim_due(connection, "lse_2", clock.now, clock.now + sender.LEASE, 1)
        assert not sender.store.hand_over(connection, "lse_1", email_id, clock.now)


@pytest.mark.both_databases
def test_slow_mail_server_gets_each_email_from_one_of_two_workers(
    context, smtp, mail_server, send_batch, monkeypatch
):
    """Each reply takes longer than a lease, and the clock of the leases runs meanwhile."""
    monkeypatch.setattr(sender, "LEASE", timedelta(seconds=0.3))
    context = replace(context, clock=partial(datetime.now, UTC))
    mail_server.delay = 0.5
    queue_emails(context, 8)
    threads = [threading.Thread(target=send_batch, args=(smtp, context)) for _ in range(2)]
    for thread in threads:
        thread.start()
        time.sleep(0.4)
    for thread in threads:
        thread.join()
    ids = [message_from_bytes(message)["Message-ID"] for message in mail_server.received]
    assert len(ids) == len(set(ids)) == 8


def test_stopped_worker_gives_back_what_it_has_not_begun(context):
    queue_emails(context, 10)
    mail_sender = MailSender(context, MemoryTransport())
    mail_sender.stop()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, mail_sender.send_due()).result()
    with context.database.read() as connection:
        assert set(connection.execute(select(outbox.c.lease)).scalars()) == {None}


def test_failure_is_logged_without_the_email_address(
    context, caplog, smtp, mail_server, send_batch
):
    mail_server.replies[b"RCPT"] = b"550 5.1.1 <sample.person@example.org> is unknown"
    queue_emails(context)
    with caplog.at_level(logging.DEBUG):
        send_batch(smtp)
    assert "the mail server replied 550 5.1.1" in caplog.text
    assert "sample.person" not in caplog.text


# --- SMTP --------------------------------------------------------------------------------------


def test_smtp_email_arrives_unchanged(context, smtp, mail_server, send_batch):
    queue_emails(context)
    send_batch(smtp)
    message = message_from_bytes(mail_server.received[0], policy=policy.default)
    assert (message["to"], message["subject"]) == (EMAIL.to, EMAIL.subject)
    assert message["from"] == "International Migrants Day <campaign@campaign.example>"
    assert message.get_content().splitlines() == EMAIL.text.splitlines()
    assert message["auto-submitted"] == "auto-generated"
    assert states(context) == [("sent", 0, True)]


def test_many_emails_share_few_connections(context, smtp, mail_server, send_batch):
    queue_emails(context, 40)
    send_batch(smtp)
    assert (len(mail_server.received), mail_server.connections) == (40, 4)


@pytest.mark.parametrize(
    ("verb", "reply", "state"),
    [
        (b"RCPT", b"550 5.1.1 no such user", "failed"),
        (b"RCPT", b"550 no such mailbox", "failed"),
        (b"RCPT", b"553 5.1.3 bad address", "failed"),
        (b"DATA", b"550 5.1.1 no such user", "failed"),
        (b"RCPT", b"451 later", "queued"),
        (b"RCPT", b"550 daily quota exceeded", "queued"),
        (b"RCPT", b"550 5.4.5 Daily user sending limit exceeded", "queued"),
        (b"RCPT", b"550 5.7.1 relaying denied for this mailbox", "queued"),
        (b"RCPT", b"552 5.2.2 mailbox full", "queued"),
        (b"RCPT", b"530 5.7.0 authentication required", "queued"),
        (b"MAIL", b"530 authentication required", "queued"),
        (b"MAIL", b"550 5.1.1 unknown user", "queued"),
        (b"DATA", b"554 5.7.1 looks like spam", "queued"),
        (b"DATA", b"451 later", "queued"),
        (b"DATA", b"421 closing", "queued"),
    ],
)
def test_only_a_refused_recipient_ends_an_email(send_over_smtp, verb, reply, state):
    ((found, _, is_deleted),) = send_over_smtp({verb: reply})
    assert (found, is_deleted) == (state, state == "failed")


@pytest.mark.parametrize(
    ("reply", "counted"), [(b"450 4.1.1 unverified address", 0), (b"450 4.7.1 slow down", 1)]
)
def test_recipient_that_is_not_accepted_yet_takes_no_room_from_others(
    context, smtp, mail_server, send_batch, reply, counted
):
    """Strangers can enter any number of such addresses."""
    mail_server.replies[b"RCPT"] = reply
    queue_emails(context, priority=service.Priority.CONFIRMATION)
    send_batch(smtp)
    with context.database.read() as connection:
        assert service.count_queued_confirmations(connection, 10) == counted


def test_mailbox_that_needs_smtputf8_does_not_wait_for_it(context, smtp, send_batch):
    email = replace(EMAIL, to="jörg@example.org")
    with context.database.write() as connection:
        service.queue(context, connection, kind="test", email=email)
    send_batch(smtp)
    assert states(context) == [("failed", 0, True)]


def test_connection_lost_during_the_hand_over_is_an_unknown_outcome(send_over_smtp):
    assert send_over_smtp({b"DATA": HANG_UP}) == [("unknown", 0, True)]


def test_failed_smtp_login_keeps_the_email_queued(send_over_smtp):
    replies = {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN", b"AUTH": b"535 no"}
    assert send_over_smtp(replies, user="user:wrong@") == [("queued", 0, False)]


def test_failed_quit_does_not_undo_delivery(send_over_smtp):
    assert send_over_smtp({b"QUIT": b"500 what"}) == [("sent", 0, True)]


def test_unreachable_mail_server_keeps_the_email_queued(context, settings, send_batch):
    queue_emails(context)
    send_batch(open_transport(settings.model_copy(update={"mail": "smtp://127.0.0.1:1"})))
    assert states(context) == [("queued", 0, False)]


@pytest.mark.parametrize(("tls", "state"), [("required", "queued"), ("optional", "sent")])
def test_email_is_not_sent_unencrypted_unless_allowed(send_over_smtp, monkeypatch, tls, state):
    monkeypatch.setattr(transports, "is_loopback", lambda _: False)
    assert send_over_smtp({}, mail_tls=tls)[0][0] == state


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("mail.example", False)],
)
def test_only_this_machine_is_loopback(host, expected):
    assert transports.is_loopback(host) is expected


# --- a folder ----------------------------------------------------------------------------------


def test_folder_files_are_private_and_deleted_after_a_week(context, settings, send_batch):
    folder = Path(settings.mail.removeprefix("folder:"))
    queue_emails(context)
    send_batch(open_transport(settings))
    (first,) = folder.iterdir()
    assert (first.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    os.utime(first, (0, time.time() - 8 * 24 * 3600))
    queue_emails(context)
    send_batch(open_transport(settings))
    assert first not in set(folder.iterdir())


def test_full_disk_keeps_the_email_queued(context, settings, tmp_path, send_batch):
    (tmp_path / "mail").write_text("a file, not a folder")
    queue_emails(context)
    send_batch(open_transport(settings))
    assert count_states(context) == {"queued": 1}


# --- the worker ----------------------------------------------------------------------------------


async def test_worker_delivers_right_after_a_signature(settings, petition, clock):
    app = create_app(
        settings.model_copy(update={"mail_delivery": True, "mail_poll": 60}), clock=clock
    )
    transport = httpx.ASGITransport(app=app)
    folder = Path(settings.mail.removeprefix("folder:"))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x") as client,
    ):
        form = {"name": "Sample Person", "email": "sample@example.org", "country": "ES"}
        await client.post("/v1/petitions/convention/signatures", json=form)
        await wait_until(lambda: any(folder.glob("*.eml")))


async def test_unset_mail_server_warns_and_email_waits(settings, context, caplog):
    queue_emails(context)
    unset = settings.model_copy(update={"mail": None, "mail_delivery": True, "mail_poll": 0.01})
    app = create_app(unset)
    async with app.router.lifespan_context(app):
        await anyio.sleep(0.05)
    assert "IMD_CAMPAIGN_MAIL is not set" in caplog.text
    assert count_states(context) == {"queued": 1}


async def test_worker_survives_an_unreachable_database(settings, caplog):
    unreachable = "sqlite:////proc/nowhere/campaign.sqlite3"
    app = create_app(
        settings.model_copy(
            update={"mail_delivery": True, "mail_poll": 0.01, "database_url": unreachable}
        )
    )
    async with app.router.lifespan_context(app):
        await wait_until(lambda: caplog.text.count("e-mails are waiting") >= 2)


@pytest.mark.both_databases
def test_expired_data_is_deleted_in_short_transactions(context, clock, monkeypatch):
    monkeypatch.setattr(retention, "BATCH_SIZE", 2)
    with context.database.write() as connection:
        submissions.record_uses(connection, [b"m" * 32] * 5, "email", context.now())
    clock.forward(days=2)
    deleted = []
    listen = lambda _, cursor, statement, *__: (  # noqa: E731
        deleted.append(cursor.rowcount) if "DELETE FROM mailbox_uses" in statement else None
    )
    event.listen(context.database.engine, "after_cursor_execute", listen)
    commits = []
    event.listen(context.database.engine, "commit", lambda _: commits.append(len(deleted)))
    retention.purge_expired(context)
    assert deleted == [2, 2, 1]
    assert {1, 2, 3} <= set(commits)


def test_email_repr_has_no_address():
    assert "sample" not in repr(EMAIL)


@pytest.mark.both_databases
def test_expired_submissions_and_emails_are_deleted(context, petition, clock, emails):
    form = SignatureForm(name="Sample Person", email="sample@example.org", country="ES")
    asyncio.run(signatures.sign(context, petition, form, None))
    emails()

    def count_rows() -> list[int]:
        retention.purge_expired(context)
        with context.database.read() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 our own names
                for table in ("submissions", "mailbox_uses", "outbox")
            ]

    clock.forward(hours=23)
    remaining = [count_rows()]
    clock.forward(days=28)
    remaining.append(count_rows())
    clock.forward(days=2)
    assert [*remaining, count_rows()] == [[1, 1, 1], [1, 0, 1], [0, 0, 0]]
