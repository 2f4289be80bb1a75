"""One reminder of a signature to confirm, in campaigns that want it, and none that is unwelcome."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from signing import add_petition, confirm, find_token, process_all, reject, sign
from sqlalchemy import select, update

from imd_campaign.confirmations import reminders
from imd_campaign.mail.email_templates import load_catalogues
from imd_campaign.petitions.tables import petitions
from imd_campaign.submissions.tables import submissions
from imd_campaign.switches import service as switches

pytestmark = pytest.mark.anyio

SUBJECT = "Reminder: please confirm your signature"
DAYS = 3


@pytest.fixture
def remind(context, emails):
    """Send the reminders that are due; return all reminders until now."""
    settings = context.settings.model_copy(update={"reminder_days": DAYS})
    reminding = replace(context, settings=settings)

    def send():
        emails()
        reminders.send_due(reminding)
        return [email for email in emails() if email["Subject"] == SUBJECT]

    return send


@pytest.fixture
async def signed(client, petition, emails):
    """Sign; return the e-mail that asks to confirm."""
    await sign(client)
    return emails()[-1]


@pytest.mark.both_databases
async def test_reminder_comes_once_after_some_days(remind, signed, clock):
    clock.forward(days=DAYS, seconds=-1)
    assert remind() == []
    clock.forward(seconds=1)
    assert len(remind()) == 1
    clock.forward(hours=12)
    assert len(remind()) == 1


async def test_reminder_has_the_link_of_the_first_email(client, remind, signed, clock):
    clock.forward(days=DAYS)
    [reminder] = remind()
    assert reminder["To"] == signed["To"]
    assert find_token(reminder) == find_token(signed)
    assert (await confirm(client, reminder)).json()["state"] == "confirmed"


async def test_last_day_to_confirm_ends_everywhere_before_the_link_expires(
    client, remind, signed, clock
):
    clock.forward(days=DAYS)
    [reminder] = remind()
    assert "Last day to confirm: 29 November 2026" in reminder.get_content()
    clock.now = datetime(2026, 11, 29, 23, 59, tzinfo=timezone(timedelta(hours=-12)))
    assert (await confirm(client, reminder)).json()["state"] == "confirmed"


async def test_reminder_says_nothing_that_was_typed(client, remind, petition, emails, clock):
    await sign(client, name="Typed By A Stranger", source="typed-by-a-stranger")
    emails()
    clock.forward(days=DAYS)
    [reminder] = remind()
    assert "stranger" not in reminder.as_string().lower()
    assert "Stand up" in reminder.get_content()


async def test_no_reminder_unless_it_is_set(context, signed, clock, emails):
    clock.forward(days=DAYS)
    assert context.settings.reminder_days is None
    reminders.send_due(context)
    assert len(emails()) == 1


async def test_no_reminder_after_confirming(client, remind, signed, clock):
    await confirm(client, signed)
    clock.forward(days=DAYS)
    assert remind() == []


async def test_no_reminder_after_this_was_not_me(client, remind, signed, clock):
    await reject(client, signed)
    clock.forward(days=DAYS)
    assert remind() == []


async def test_no_reminder_once_the_petition_is_closed(context, remind, signed, clock):
    with context.database.write() as connection:
        connection.execute(update(petitions).values(closes_at=clock.now))
    clock.forward(days=DAYS)
    assert remind() == []


@pytest.mark.parametrize("name", [switches.STOP_EMAIL, switches.READ_ONLY])
async def test_no_reminder_while_a_switch_forbids_it(context, remind, signed, clock, name):
    clock.forward(days=DAYS)
    change = switches.Change("test", "A sample reason.", clock.now)
    with context.database.write() as connection:
        switches.turn(connection, name, change, is_on=True)
    assert remind() == []
    with context.database.write() as connection:
        switches.turn(connection, name, change, is_on=False)
    assert len(remind()) == 1


async def test_no_reminder_shortly_before_the_link_expires(remind, signed, clock):
    clock.forward(days=5, seconds=1)
    assert remind() == []


async def test_a_mailbox_gets_one_reminder_for_all_that_waits(
    client, context, remind, signed, clock, emails
):
    add_petition(context, "second", "Second petition")
    clock.forward(hours=1)
    await sign(client, "second")
    await sign(client, "convention", email="Sample.Person+tag@example.org")
    emails()
    clock.forward(hours=1)
    emails()
    for _ in range(4):
        clock.forward(days=1)
        remind()
    assert len(remind()) == 1


async def test_reminder_counts_for_the_limits_of_its_mailbox(client, remind, signed, clock, emails):
    clock.forward(days=DAYS)
    for number in range(3):
        await sign(client, email=f"sample.person+{number}@example.org")
        emails()
        clock.forward(minutes=20, seconds=-1 if number == 2 else 0)
    assert remind() == []
    clock.forward(days=1)
    assert len(remind()) == 1


async def test_reminder_keeps_nothing_but_its_time(context, remind, signed, clock):
    with context.database.read() as connection:
        before = dict(connection.execute(select(submissions)).mappings().one())
    clock.forward(days=DAYS)
    remind()
    with context.database.read() as connection:
        after = dict(connection.execute(select(submissions)).mappings().one())
    assert {name for name in after if after[name] != before[name]} == {"reminded_at"}
    assert after["reminded_at"] == clock.now


async def test_damaged_row_does_not_stop_others(client, context, remind, signed, clock, emails):
    clock.forward(minutes=1)
    with context.database.write() as connection:
        connection.execute(update(submissions).values(details=b"damaged"))
    await sign(client, email="other@example.org")
    emails()
    clock.forward(days=DAYS)
    assert [reminder["To"] for reminder in remind()] == ["other@example.org"]


async def test_reminder_is_in_the_language_of_the_form(client, petition, remind, clock, emails):
    await sign(client, lang="fr")
    emails()
    clock.forward(days=DAYS)
    remind()
    assert emails()[-1]["Subject"] == load_catalogues()["fr"]["petitions"]["reminder"]["subject"]


async def test_reminder_can_be_unsubscribed_from_with_one_request(remind, signed, clock):
    clock.forward(days=DAYS)
    [reminder] = remind()
    link = f"https://campaign.example/confirm/{find_token(signed)}/unsubscribe"
    assert reminder["List-Unsubscribe"] == f"<{link}>"
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_emails_that_answer_a_form_have_no_unsubscribe_link(signed):
    assert "List-Unsubscribe" not in signed
    assert "List-Unsubscribe-Post" not in signed


@pytest.mark.usefixtures("petition")
async def test_many_reminders_are_sent_in_batches(client, context, remind, monkeypatch, clock):
    monkeypatch.setattr(reminders, "BATCH_SIZE", 2)
    for number in range(5):
        await sign(client, email=f"person{number}@example.org")
    process_all(context)
    clock.forward(days=DAYS)
    assert len(remind()) == 5
