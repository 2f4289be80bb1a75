"""A restored campaign sends nothing until staff have decided, and then what they decided."""

from collections.abc import Callable

import pytest
from signing import confirm, sign
from sqlalchemy import select

from imd_campaign.api_keys import service as keys
from imd_campaign.audit import service as audit
from imd_campaign.backup import resumption
from imd_campaign.backup.errors import BackupFailed
from imd_campaign.backup.resumption import Decision
from imd_campaign.context import Context
from imd_campaign.leases.service import Lease
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.tables import outbox
from imd_campaign.monitoring import readiness
from imd_campaign.restores import store as restores
from imd_campaign.submissions.tables import submissions
from imd_campaign.webhooks import delivery
from imd_campaign.webhooks import store as webhook_store
from imd_campaign.webhooks.tables import webhook_deliveries
from imd_campaign.worker import LEASE

pytestmark = pytest.mark.anyio

SEND = Decision("shell:test", "A sample reason", drops_emails=False, drops_forms=False)
DROP = Decision("shell:test", "A sample reason", drops_emails=True, drops_forms=True)


@pytest.fixture
def hold(context: Context, clock) -> Callable[[], None]:
    """Mark the database as restored, one hour after the backup was made."""

    def hold() -> None:
        made_at = context.now()
        clock.forward(hours=1)
        with context.database.write() as connection:
            restores.add(connection, backup_made_at=made_at, restored_at=context.now())
        clock.forward(minutes=1)

    return hold


def queue_email(context: Context) -> None:
    email = Email(to="sample.host@example.org", subject="Sample", text="Sample", lang="en")
    with context.database.write() as connection:
        mail.queue(context, connection, kind="event-approved", email=email)


def list_states(context: Context, table) -> list[str]:
    with context.database.read() as connection:
        return list(connection.execute(select(table.c.state)).scalars())


@pytest.mark.both_databases
def test_queued_email_waits_and_is_sent_when_staff_say_so(context, hold, emails):
    queue_email(context)
    hold()
    assert emails() == []
    resumption.resume(context, SEND)
    assert len(emails()) == 1


@pytest.mark.both_databases
def test_dropped_email_is_never_sent_and_its_content_is_deleted(context, hold, emails):
    queue_email(context)
    hold()
    resumption.resume(context, DROP)
    assert emails() == []
    with context.database.read() as connection:
        assert connection.execute(select(outbox.c.state, outbox.c.message)).all() == [
            ("dropped", None)
        ]


async def test_form_waits_and_is_answered_when_staff_say_so(
    context, client, petition, hold, emails
):
    await sign(client)
    hold()
    assert emails() == []
    resumption.resume(context, SEND)
    [email] = emails()
    assert (await confirm(client, email)).status_code == 200


async def test_dropped_form_gets_no_email(context, client, petition, hold, emails):
    await sign(client)
    hold()
    assert emails() == []
    resumption.resume(context, DROP)
    assert emails() == []
    assert list_states(context, submissions) == ["dropped"]


async def test_what_comes_after_the_restore_is_not_dropped(context, client, petition, hold, emails):
    queue_email(context)
    hold()
    queue_email(context)
    await sign(client)
    assert emails() == []
    resumption.resume(context, DROP)
    assert len(emails()) == 2


@pytest.mark.both_databases
@pytest.mark.parametrize(("decision", "is_reminded"), [(DROP, True), (SEND, False)])
async def test_form_of_the_backup_gets_no_reminder_after_dropping(
    context, client, petition, hold, emails, decision, is_reminded
):
    await sign(client)
    emails()
    hold()
    resumption.resume(context, decision)
    with context.database.read() as connection:
        reminded_at = connection.execute(select(submissions.c.reminded_at)).scalar_one()
    assert (reminded_at is not None) == is_reminded


async def test_link_that_was_sent_before_the_backup_still_confirms(client, petition, hold, emails):
    await sign(client)
    [email] = emails()
    hold()
    assert (await confirm(client, email)).status_code == 200


@pytest.mark.both_databases
def test_what_waits_is_described(context, hold, clock):
    queue_email(context)
    clock.forward(minutes=5)
    queue_email(context)
    hold()
    queue_email(context)
    [waiting] = resumption.describe(context).waiting
    assert (waiting.what, waiting.number) == ("e-mails: event-approved", 2)
    assert (waiting.newest - waiting.oldest).total_seconds() == 300


def test_decision_is_in_the_audit_trail(context, hold):
    queue_email(context)
    hold()
    resumption.resume(context, DROP)
    with context.database.read() as connection:
        [entry] = audit.list_entries(connection, "campaign")
    assert (entry.action, entry.reason) == ("resume", "A sample reason")
    assert entry.details["waiting"] == {"e-mails: event-approved": 1}
    assert entry.details["emails"] == "dropped"


@pytest.mark.both_databases
@pytest.mark.parametrize(("decision", "state"), [(SEND, "queued"), (DROP, "failed")])
def test_webhook_waits_like_an_email(context, hold, decision, state):
    queue_webhook(context)
    hold()
    assert not delivery._claim(context, "lse_1", [])
    [waiting] = resumption.describe(context).waiting
    assert (waiting.what, waiting.number) == ("webhooks: event.approved", 1)
    resumption.resume(context, decision)
    assert list_states(context, webhook_deliveries) == [state]
    assert len(delivery._claim(context, "lse_1", [])) == (state == "queued")


def queue_webhook(context: Context) -> None:
    now, target = context.now(), {"url": "https://partner.example/hook", "secret": "sample"}
    _, key = keys.create(context.database, name="Partner", scopes=["webhooks:manage"], now=now)
    webhook = {"id": "whk_1", "api_key": key.id, "types": [], "created_at": now}
    webhook |= {name: context.vault.encrypt(target) for name in ("locked_url", "locked_secret")}
    sent = {"id": "msg_1", "webhook": "whk_1", "type": "event.approved", "subject": "evt_1"}
    with context.database.write() as connection:
        webhook_store.add(connection, **webhook)
        webhook_store.add_deliveries(
            connection, [sent | {"payload": "{}", "created_at": now, "due_at": now}]
        )


def test_second_decision_is_refused(context, hold):
    hold()
    resumption.resume(context, SEND)
    with pytest.raises(BackupFailed, match="nothing is held back"):
        resumption.resume(context, DROP)


def test_restored_server_says_that_it_is_not_ready(context, hold):
    Lease(context.database, LEASE, seconds=600).acquire()
    hold()
    assert [reason.part for reason in readiness.find_reasons(context)] == ["restore"]
    resumption.resume(context, SEND)
    assert readiness.find_reasons(context) == ()
