import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import anyio
import httpx
import pytest
from sqlalchemy import select, text

from imd_campaign import retention
from imd_campaign.app import create_app
from imd_campaign.mail import service
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.tables import outbox
from imd_campaign.mail.transports import open_transport
from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm

pytestmark = pytest.mark.anyio

EMAIL = Email("sample.person@example.org", "en", "Grüße", "A text.\n")


@pytest.fixture
def smtp(settings, mail_server):
    address = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    return open_transport(settings.model_copy(update={"mail": address}))


@dataclass
class Transport:
    """Accepts e-mails after raising the given errors."""

    failures: list[Exception] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)

    def deliver(self, email_id, email, now) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.delivered.append(email_id)


def queue_emails(context, number: int = 1) -> None:
    with context.database.write() as connection:
        for _ in range(number):
            service.queue(context, connection, kind="test", email=EMAIL)


def states(context) -> list[tuple]:
    with context.database.read() as connection:
        found = connection.execute(select(outbox.c.state, outbox.c.attempts, outbox.c.letter))
        return [(state, attempts, email is None) for state, attempts, email in found]


@pytest.mark.both_databases
def test_email_is_delivered_once_and_then_deleted(context):
    transport = Transport()
    queue_emails(context)
    assert [service.deliver_due(context, transport) for _ in range(2)] == [1, 0]
    assert states(context) == [("sent", 1, True)]
    assert len(transport.delivered) == 1


@pytest.mark.both_databases
def test_failed_delivery_is_retried_with_growing_delays(context, clock):
    transport = Transport(failures=[OSError()] * 3)
    queue_emails(context)
    tries = []
    for minutes in [0, 0.4, 0.1, 0.9, 0.1, 2]:
        clock.forward(minutes=minutes)
        tries.append(service.deliver_due(context, transport))
    assert tries == [1, 0, 1, 0, 1, 1]
    assert states(context) == [("sent", 4, True)]


@pytest.mark.both_databases
def test_undeliverable_email_fails_and_is_deleted(context, clock):
    transport = Transport(failures=[OSError()] * 20)
    queue_emails(context)
    for _ in range(20):
        service.deliver_due(context, transport)
        clock.forward(days=1)
    assert states(context) == [("failed", 8, True)]


def test_undeliverable_email_does_not_block_others(context):
    transport = Transport(failures=[service.Undeliverable()])
    queue_emails(context, 3)
    service.deliver_due(context, transport)
    assert sorted(states(context)) == [("failed", 1, True), ("sent", 1, True), ("sent", 1, True)]


@pytest.mark.both_databases
def test_two_workers_never_deliver_the_same_email(context):
    transport = Transport()
    queue_emails(context, 60)
    threads = [threading.Thread(target=_deliver_all, args=(context, transport)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(transport.delivered) == len(set(transport.delivered)) == 60


def _deliver_all(context, transport) -> None:
    while service.deliver_due(context, transport):
        pass


@pytest.mark.both_databases
def test_email_of_a_crashed_worker_is_delivered_after_its_lease(context, clock):
    queue_emails(context)
    with context.database.write() as connection:
        service.store.claim_due(connection, clock.now, clock.now + service.LEASE, 1)
    before_expiry = service.deliver_due(context, Transport())
    clock.forward(minutes=5)
    assert (before_expiry, service.deliver_due(context, Transport())) == (0, 1)


def test_failure_is_logged_without_the_email_address(context, caplog):
    queue_emails(context)
    with caplog.at_level(logging.DEBUG):
        service.deliver_due(context, Transport(failures=[OSError("sample.person@example.org")]))
    assert "not delivered: OSError" in caplog.text
    assert "sample.person" not in caplog.text


def test_smtp_email_arrives_unchanged(context, smtp, mail_server):
    queue_emails(context)
    service.deliver_due(context, smtp)
    message = message_from_bytes(mail_server.received[0], policy=policy.default)
    assert (message["to"], message["subject"]) == (EMAIL.to, EMAIL.subject)
    assert message["from"] == "International Migrants Day <campaign@campaign.example>"
    assert message.get_content().splitlines() == EMAIL.text.splitlines()
    assert message["auto-submitted"] == "auto-generated"
    assert states(context) == [("sent", 1, True)]


PERMANENT = (b"550 no such mailbox", ("failed", 1, True))
TEMPORARY = (b"451 later", ("queued", 1, False))


@pytest.mark.parametrize("outcome", [PERMANENT, TEMPORARY], ids=["for-good", "for-now"])
@pytest.mark.parametrize("verb", [b"RCPT", b"MAIL", b"DATA"])
def test_permanent_smtp_errors_fail_and_temporary_ones_requeue(
    context, smtp, mail_server, verb, outcome
):
    mail_server.replies[verb], state = outcome
    queue_emails(context)
    service.deliver_due(context, smtp)
    assert states(context) == [state]


def test_failed_smtp_login_keeps_the_email_queued(context, settings, mail_server):
    mail_server.replies |= {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN", b"AUTH": b"535 no"}
    address = f"smtp://user:wrong@127.0.0.1:{mail_server.server_address[1]}"
    queue_emails(context)
    service.deliver_due(context, open_transport(settings.model_copy(update={"mail": address})))
    assert states(context) == [("queued", 1, False)]


def test_failed_quit_does_not_undo_delivery(context, smtp, mail_server):
    mail_server.replies[b"QUIT"] = b"500 what"
    queue_emails(context)
    service.deliver_due(context, smtp)
    assert states(context) == [("sent", 1, True)]


def test_unreachable_mail_server_keeps_the_email_queued(context, settings):
    queue_emails(context)
    unreachable = open_transport(settings.model_copy(update={"mail": "smtp://127.0.0.1:1"}))
    service.deliver_due(context, unreachable)
    assert states(context) == [("queued", 1, False)]


async def wait_until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not condition():  # noqa: ASYNC110 it checks a folder or a log
            await anyio.sleep(0.01)


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


async def test_worker_survives_an_unreachable_database(settings, caplog):
    unreachable = "sqlite:////proc/nowhere/campaign.sqlite3"
    app = create_app(
        settings.model_copy(
            update={"mail_delivery": True, "mail_poll": 0.01, "database_url": unreachable}
        )
    )
    async with app.router.lifespan_context(app):
        await wait_until(lambda: caplog.text.count("e-mails are waiting") >= 2)


def test_email_repr_has_no_address():
    assert "sample" not in repr(EMAIL)


@pytest.mark.both_databases
def test_expired_signatures_and_emails_are_deleted(context, petition, clock, emails):
    form = SignatureForm(name="Sample Person", email="sample@example.org", country="ES")
    signatures.sign(context, petition, form)
    emails()

    def count_rows() -> list[int]:
        retention.purge_expired(context)
        with context.database.read() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 our own names
                for table in ("signatures", "confirmations", "outbox")
            ]

    clock.forward(days=29)
    remaining = count_rows()
    clock.forward(days=9)
    assert (remaining, count_rows()) == ([1, 1, 1], [0, 0, 0])
