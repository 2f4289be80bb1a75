"""Which bounces count, and which addresses get no e-mail because of them."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from signing import FORM, confirm, process_all, sign
from sqlalchemy import event, select

from imd_campaign import retention
from imd_campaign.audit.tables import audit
from imd_campaign.bounces import service as bounces
from imd_campaign.crypto import new_id
from imd_campaign.errors import NotFound
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.return_path import find_email_ids, make_return_path
from imd_campaign.mail.store import finish_abandoned
from imd_campaign.mail.tables import outbox
from imd_campaign.mail.transports import open_transport
from imd_campaign.suppressions import service as suppressions
from imd_campaign.suppressions.service import fingerprint_address
from imd_campaign.suppressions.tables import bounced_addresses

pytestmark = pytest.mark.anyio

ADDRESS = "sample.person@example.org"
REPORT = """\
From: MAILER-DAEMON@mx.example
To: {return_path}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx.example"

--B/mx.example
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B/mx.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 12:00:00 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--B/mx.example
Content-Type: message/rfc822

Message-ID: <ltr_@campaign.example>

--B/mx.example--
"""


@dataclass
class Postbox:
    """Accepts e-mails, and keeps their senders and recipients."""

    senders: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    max_sessions: int = 1

    @asynccontextmanager
    async def connect(self):
        yield self

    async def announce(self, message) -> None:
        pass

    async def transfer(self, message) -> None:
        self.senders.append(message.sender)
        self.delivered.append(message.recipient)


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"bounce_address": "bounces@campaign.example"})


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def send(context, postbox, send_batch) -> Callable[..., str]:
    """`send(address)` sends an e-mail; returns its envelope sender."""

    def send(address: str = ADDRESS) -> str:
        queue(context, address)
        send_batch(postbox)
        return postbox.senders[-1]

    return send


@pytest.fixture
def bounce(context, send) -> Callable[..., bool]:
    """`bounce(status)` sends an e-mail and reports that it bounced; returns whether it counts."""

    def bounce(status: str = "5.1.1", address: str = ADDRESS, **changes: str) -> bool:
        sender = send(address)
        return bounces.record_message(context, report(sender, status, address, **changes))

    return bounce


def queue(context, address: str = ADDRESS) -> None:
    email = Email(address, "en", "A subject", "A text.\n")
    with context.database.write() as connection:
        mail.queue(context, connection, kind="test", email=email)


def report(
    return_path: str,
    status: str = "5.1.1",
    recipient: str = ADDRESS,
    action: str = "failed",
    diagnostic: str = "550 no",
) -> bytes:
    return REPORT.format(
        return_path=return_path,
        status=status,
        recipient=recipient,
        action=action,
        diagnostic=diagnostic,
    ).encode()


def list_states(context) -> list[str]:
    with context.database.read() as connection:
        query = select(outbox.c.state).order_by(outbox.c.created_at, outbox.c.id)
        return list(connection.execute(query).scalars())


def find_email_id(context) -> str:
    with context.database.read() as connection:
        return connection.execute(select(outbox.c.id)).scalar_one()


def is_suppressed(context, address: str = ADDRESS) -> bool:
    fingerprint = fingerprint_address(context, address)
    with context.database.read() as connection:
        return bool(suppressions.find_suppressed(connection, {fingerprint}, context.now()))


# --- what stops e-mail -------------------------------------------------------------------------


@pytest.mark.both_databases
def test_address_that_bounced_gets_no_more_email(context, bounce, postbox, send_batch):
    assert bounce()
    queue(context)
    send_batch(postbox)
    assert sorted(list_states(context)) == ["sent", "suppressed"]
    assert postbox.delivered == [ADDRESS]


@pytest.mark.both_databases
def test_refusal_during_smtp_stops_later_emails(context, settings, mail_server, send_batch):
    mail_server.replies[b"RCPT"] = b"550 5.1.1 no such user"
    url = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    smtp = open_transport(settings.model_copy(update={"mail": url}))
    for _ in range(2):
        queue(context)
        send_batch(smtp)
    assert sorted(list_states(context)) == ["failed", "suppressed"]
    assert mail_server.commands.count(b"RCPT") == 1


def test_content_of_a_suppressed_email_is_deleted(context, bounce, postbox, send_batch):
    bounce()
    queue(context)
    send_batch(postbox)
    with context.database.read() as connection:
        assert set(connection.execute(select(outbox.c.message)).scalars()) == {None}


def test_other_addresses_still_get_email(bounce, send, postbox):
    bounce()
    send("somebody.else@example.org")
    assert "somebody.else@example.org" in postbox.delivered


def test_invented_tag_that_bounces_does_not_stop_email_to_its_owner(context, bounce):
    bounce(address="sample.person+invented@example.org")
    assert not is_suppressed(context)


def test_other_spellings_of_a_bounced_address_are_suppressed(context, bounce):
    bounce(address="sample.person@bücher.example")
    assert is_suppressed(context, "Sample.Person@XN--BCHER-KVA.example")


async def test_form_gets_the_same_response_for_a_suppressed_address(
    client, context, petition, bounce
):
    bounce(address=FORM["email"])
    suppressed = await sign(client)
    other = await sign(client, email="somebody.else@example.org")
    assert (suppressed.status_code, suppressed.content) == (202, other.content)
    assert suppressed.headers.keys() == other.headers.keys()


async def test_processing_runs_the_same_statements_for_a_suppressed_address(
    client, context, petition, bounce
):
    bounce(address="known@example.org")
    statements: list[list[str]] = []
    event.listen(
        context.database.engine,
        "before_cursor_execute",
        lambda *arguments: statements[-1].append(arguments[2]),
    )
    for address in ("known@example.org", "unknown@example.org"):
        await sign(client, email=address)
        statements.append([])
        process_all(context)
    assert statements[0] == statements[1] != []


# --- how long ----------------------------------------------------------------------------------


def count_days(context, clock) -> int:
    days = 0
    while is_suppressed(context):
        clock.forward(days=1)
        days += 1
    return days


def test_first_hard_bounce_stops_email_for_three_days_only(context, bounce, clock):
    bounce()
    assert count_days(context, clock) == 3


def test_repeated_hard_bounce_stops_email_for_thirty_days(context, bounce, clock):
    bounce()
    clock.forward(days=4)
    bounce()
    assert count_days(context, clock) == 30


def test_emails_that_bounce_on_one_day_count_once(context, send, clock):
    for sender in [send() for _ in range(3)]:
        clock.forward(hours=1)
        assert bounces.record_message(context, report(sender))
    assert count_days(context, clock) == 3


def test_bounces_are_forgotten_after_sixty_days(context, bounce, clock):
    bounce()
    clock.forward(days=60, seconds=1)
    retention.purge_expired(context)
    with context.database.read() as connection:
        assert connection.execute(select(bounced_addresses)).all() == []


def test_full_mailbox_is_suppressed_for_a_week_after_the_third_day(context, bounce, clock):
    found = []
    for _ in range(3):
        clock.forward(days=1)
        bounce("5.2.2")
        found.append(is_suppressed(context))
    assert found == [False, False, True]
    assert count_days(context, clock) == 7


def test_soft_bounces_of_one_day_do_not_add_up(context, bounce):
    for _ in range(4):
        bounce("5.2.2")
    assert not is_suppressed(context)


@pytest.mark.parametrize("status", ["5.7.1", "5.6.0", "5.5.0", "5.4.5", "4.7.0"])
def test_refusal_of_the_sender_says_nothing_about_a_mailbox(context, bounce, clock, status):
    for _ in range(4):
        bounce(status)
        clock.forward(days=1)
    assert not is_suppressed(context)


def test_mail_server_that_is_down_for_days_suppresses_nobody(context, settings, clock, send_batch):
    down = open_transport(settings.model_copy(update={"mail": "smtp://127.0.0.1:1"}))
    queue(context)
    for _ in range(5):
        send_batch(down)
        clock.forward(days=1)
    with context.database.read() as connection:
        assert connection.execute(select(bounced_addresses)).all() == []


@pytest.mark.both_databases
def test_staff_can_lift_a_suppression(context, bounce, send, postbox):
    bounce()
    suppressions.lift(context, ADDRESS.upper(), actor="shell:staff", reason="It works again")
    send()
    assert postbox.delivered == [ADDRESS, ADDRESS]


def test_audit_trail_names_who_lifted_a_suppression_and_no_address(context, bounce):
    bounce()
    suppressions.lift(context, ADDRESS, actor="shell:staff", reason="It works again")
    with context.database.read() as connection:
        (row,) = connection.execute(select(audit)).mappings()
    assert (row["actor"], row["action"], row["subject"], row["details"]) == (
        "shell:staff",
        "lift-suppression",
        "suppression-list",
        {"addresses": 1},
    )


@pytest.mark.both_databases
def test_staff_can_lift_all_suppressions_of_an_outage(context, bounce, clock):
    bounce(address="before@example.org")
    clock.forward(hours=2)
    for name in ("one", "two"):
        bounce(address=f"{name}@example.org")
    since = clock.now - timedelta(hours=1)
    lifted = suppressions.lift_since(context, since, actor="shell:staff", reason="A broken relay")
    found = [is_suppressed(context, f"{name}@example.org") for name in ("before", "one", "two")]
    assert (lifted, found) == (2, [True, False, False])


def test_lifting_what_is_not_suppressed_is_an_error(context):
    with pytest.raises(NotFound):
        suppressions.lift(context, ADDRESS, actor="shell:staff", reason="A reason")


# --- which reports count -----------------------------------------------------------------------


def test_sender_of_each_email_is_recognised(context, settings, mail_server, send_batch):
    url = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    queue(context)
    send_batch(open_transport(settings.model_copy(update={"mail": url})))
    (sender,) = mail_server.senders
    assert sender.startswith("bounces+")
    assert sender.endswith("@campaign.example")
    assert find_email_ids(context.vault, sender) == [find_email_id(context)]


def test_sender_is_the_usual_one_without_a_bounce_address(context, postbox, send_batch):
    unset = context.settings.model_copy(update={"bounce_address": None})
    queue(context)
    send_batch(postbox, replace(context, settings=unset))
    assert postbox.senders == ["campaign@campaign.example"]


def test_longest_return_path_fits_into_the_limits_of_smtp(context):
    path = make_return_path(context.vault, "a" * 20 + "@campaign.example", new_id("ltr"))
    assert len(path.partition("@")[0]) == 64


def change_code(sender: str) -> str:
    name, _, domain = sender.partition("@")
    return f"{name[:-1]}{'a' if name[-1] != 'a' else 'b'}@{domain}"


def test_report_with_a_forged_code_is_ignored(context, send):
    assert not bounces.record_message(context, report(change_code(send())))
    assert not is_suppressed(context)


def test_return_path_of_another_secret_is_ignored(context, send, settings):
    sender = send()
    other = type(context.vault)("x" * 32, context.settings.public_key)
    assert find_email_ids(other, sender) == []


def test_report_counts_once(context, send):
    message = report(send())
    assert [bounces.record_message(context, message) for _ in range(2)] == [True, False]


def test_report_about_an_email_that_is_deleted_is_ignored(context, send, clock):
    message = report(send())
    clock.forward(days=31)
    retention.purge_expired(context)
    assert not bounces.record_message(context, message)


def test_email_that_was_not_sent_cannot_bounce(context):
    queue(context)
    sender = make_return_path(context.vault, "bounces@campaign.example", find_email_id(context))
    assert not bounces.record_message(context, report(sender))


def test_email_with_an_unknown_outcome_can_bounce(context, clock):
    queue(context)
    with context.database.write() as connection:
        connection.execute(
            outbox.update().values(handed_over_at=clock.now, lease="lse_1", leased_until=clock.now)
        )
        (email,) = finish_abandoned(connection, clock.now + timedelta(minutes=2))
    sender = make_return_path(context.vault, "bounces@campaign.example", email["id"])
    assert bounces.record_message(context, report(sender))


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "delivered", "status": "2.0.0"},
        {"action": "relayed", "status": "2.0.0"},
        {"recipient": "forwarded.to@example.net"},
    ],
    ids=lambda changes: " ".join(changes.values()),
)
def test_report_of_something_else_does_not_count(context, send, changes):
    assert not bounces.record_message(context, report(send(), **changes))


def test_vacation_reply_does_not_count(context, send):
    reply = f"To: {send()}\nAuto-Submitted: auto-replied\nSubject: Away\n\n5.1.1 I am away.\n"
    assert not bounces.record_message(context, reply.encode())


def test_report_attached_to_a_message_does_not_count(context, send):
    sender = send()
    attached = report(sender).decode()
    message = (
        f'To: {sender}\nContent-Type: multipart/mixed; boundary="M"\n\n'
        f"--M\nContent-Type: message/rfc822\n\n{attached}\n--M--\n"
    )
    assert not bounces.record_message(context, message.encode())


def test_windows_line_endings_make_no_difference(context, send):
    assert bounces.record_message(context, report(send()).replace(b"\n", b"\r\n"))


def test_changed_case_of_addresses_makes_no_difference(context, send):
    assert bounces.record_message(context, report(send().upper(), recipient=ADDRESS.upper()))


@pytest.mark.parametrize(
    ("status", "diagnostic", "expected"),
    [
        ("5.0.0", "550 5.1.1 <x@example.org>: no such user", True),
        ("5.0.0", "550-5.1.1 The email account does not exist", True),
        ("5.0.0", "550 no such user", True),
        ("5.0.0", "550 5.7.1 blocked", False),
        ("5.7.1", "550 5.1.1 no such user", False),
    ],
)
def test_diagnostic_code_is_read_if_the_status_says_nothing(
    context, bounce, status, diagnostic, expected
):
    bounce(status, diagnostic=diagnostic)
    assert is_suppressed(context) is expected


def test_header_of_the_mail_server_can_have_the_return_path(context, send):
    message = report("undisclosed-recipients:;").decode()
    assert bounces.record_message(context, f"Delivered-To: {send()}\n{message}".encode())


# --- the HTTP API --------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_relay_reports_a_bounce_by_its_message_id(client, context, key, send):
    send()
    form = {"message_id": f"<{find_email_id(context)}@campaign.example>", "status": "5.1.1"}
    responses = [
        await client.post("/v1/bounces", json=form, headers=key("bounces:report")) for _ in range(2)
    ]
    assert [response.json() for response in responses] == [{"recorded": True}, {"recorded": False}]
    assert is_suppressed(context)


async def test_relay_reports_a_bounce_by_its_return_path(client, context, key, send):
    form = {"return_path": send(), "status": "5.1.1"}
    await client.post("/v1/bounces", json=form, headers=key("bounces:report"))
    assert is_suppressed(context)


async def test_relay_cannot_report_with_a_forged_return_path(client, context, key, send):
    form = {"return_path": change_code(send()), "status": "5.1.1"}
    response = await client.post("/v1/bounces", json=form, headers=key("bounces:report"))
    assert response.json() == {"recorded": False}


@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("events:moderate", 403)])
async def test_reports_need_a_key_with_their_scope(client, key, scope, status):
    form = {"message_id": "<unknown@campaign.example>", "status": "5.1.1"}
    headers = key(scope) if scope else {}
    assert (await client.post("/v1/bounces", json=form, headers=headers)).status_code == status


@pytest.mark.parametrize(
    "form",
    [
        {"status": "5.1.1"},
        {"message_id": "<a@b>"},
        {"message_id": "<a@b>", "status": "2.0.0"},
        {"message_id": "<a@b>", "status": "5.1.1", "email": "x@example.org"},
    ],
    ids=str,
)
async def test_invalid_report_is_rejected(client, key, form):
    response = await client.post("/v1/bounces", json=form, headers=key("bounces:report"))
    assert response.status_code == 422


# --- an honest person ----------------------------------------------------------------------------


async def test_person_can_sign_once_the_suppression_has_expired(
    client, context, petition, bounce, emails, clock
):
    bounce(address=FORM["email"])
    await sign(client)
    assert emails() == []
    clock.forward(days=3, seconds=1)
    await sign(client)
    (email,) = emails()
    assert (await confirm(client, email)).json()["state"] == "confirmed"
