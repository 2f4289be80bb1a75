"""How many e-mails a mailbox gets, and what is in them."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing import (
    FORM,
    START,
    add_petition,
    confirm,
    find_token,
    find_tokens,
    process_all,
    read_count,
    sign,
)
from sqlalchemy import event, func, select, text, update
from waiting import wait_until_locked

from imd_campaign import retention
from imd_campaign.confirmations import admission
from imd_campaign.events import store as event_store
from imd_campaign.mail import blocks
from imd_campaign.petitions import signatures
from imd_campaign.petitions import store as signature_store
from imd_campaign.petitions.schemas import SignatureForm
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.tables import submissions
from imd_campaign.submissions.windows import EMAILS, find_next_time

pytestmark = pytest.mark.anyio


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_mailbox_gets_three_emails_an_hour_and_six_a_day(client, petition, emails, clock):
    counts = []
    for minutes in [0, 1, 1, 1, 57, 1, 1, 1, 24 * 60 - 63]:
        clock.forward(minutes=minutes)
        await sign(client)
        counts.append(len(emails()))
    assert counts == [1, 2, 3, 3, 4, 5, 6, 6, 7]


async def test_waiting_signature_gets_its_email_once_there_is_room(client, petition, emails, clock):
    for _ in range(3):
        await sign(client)
        emails()
    await sign(client, name="Last Person")
    clock.forward(hours=1)
    last = emails()[-1]
    confirmation = await client.get(f"/v1/confirmations/{find_token(last)}")
    assert (len(emails()), confirmation.json()["name"]) == (4, "Last Person")


@given(st.lists(st.integers(0, 48 * 60), max_size=80))
def test_no_window_ever_holds_more_emails_than_its_limit(minutes):
    sent = []
    for minute in sorted(minutes):
        now = START + timedelta(minutes=minute)
        next_time = find_next_time(EMAILS, sent)
        if next_time is None or next_time <= now:
            sent.append(now)
    for window in EMAILS:
        pairs = zip(sent, sent[window.limit :], strict=False)
        assert all(later - earlier >= window.length for earlier, later in pairs)


@given(st.lists(st.integers(0, 48 * 60), max_size=80))
def test_email_is_allowed_at_the_time_that_was_found(minutes):
    sent = [START + timedelta(minutes=minute) for minute in sorted(minutes)]
    next_time = find_next_time(EMAILS, sent)
    if next_time is not None:
        for window in EMAILS:
            recent = [at for at in sent if next_time - window.length < at <= next_time]
            assert len(recent) < window.limit


# --- merged e-mails ----------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_petitions_signed_together_share_an_email_with_a_link_each(
    client, petition, context, emails, clock
):
    add_petition(context, "second", "Second petition")
    await sign(client)
    await sign(client, "second")
    email = emails()[0]
    for token in find_tokens(email):
        await client.post(f"/v1/confirmations/{token}")
    assert (len(emails()), len(find_tokens(email))) == (1, 2)
    assert email["subject"] == "Please confirm your requests"
    assert "Stand up" in email.get_content()
    assert "Second petition" in email.get_content()
    assert await read_count(client, clock) == 1


async def test_confirming_one_petition_does_not_confirm_the_other(
    client, petition, context, emails, clock
):
    add_petition(context, "second", "Second petition")
    await sign(client)
    await sign(client, "second")
    await confirm(client, emails()[0])
    assert await read_count(client, clock) == 0


@pytest.mark.both_databases
async def test_petition_signed_twice_before_the_email_is_in_it_once(client, petition, emails):
    await sign(client, name="First Spelling")
    await sign(client, name="Second Spelling")
    tokens = find_tokens(emails()[0])
    confirmation = await client.get(f"/v1/confirmations/{tokens[0]}")
    assert (len(tokens), confirmation.json()["name"]) == (1, "Second Spelling")


@pytest.mark.both_databases
async def test_form_with_a_tag_replaces_no_form_without(client, petition, emails, clock):
    """A stranger can enter a tag that the mail server rejects."""
    address, stranger = "person@example.org", "person+nobody@example.org"
    await sign(client, email=address)
    await sign(client, email=stranger)
    first = [email["To"] for email in emails()]
    clock.forward(minutes=20)
    assert [first, [email["To"] for email in emails()]] == [[address], [address, stranger]]


async def test_invented_tags_delay_no_form_without(client, petition, context, emails, clock):
    add_petition(context, "second", "Second petition")
    for number in range(12):
        await sign(client, "second", email=f"person+{number}@example.org")
    emails()
    await sign(client, email="person@example.org")
    for number in range(12, 24):
        await sign(client, "second", email=f"person+{number}@example.org")
    clock.forward(minutes=20)
    assert emails()[-1]["To"] == "person@example.org"


async def test_email_has_at_most_ten_links(client, petition, context, emails, clock):
    for number in range(12):
        add_petition(context, f"petition-{number}", f"Petition {number}")
    for number in range(12):
        await sign(client, f"petition-{number}")
    first = len(find_tokens(emails()[0]))
    clock.forward(minutes=20)
    assert (first, sorted(len(find_tokens(email)) for email in emails())) == (10, [2, 10])


# --- floods ------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_flood_naming_one_mailbox_sends_it_three_emails(context, petition, emails):
    async def flood(number: int) -> None:
        for _ in range(number):
            form = SignatureForm(**FORM)
            await signatures.sign(context, petition, form, None)

    for _ in range(5):
        await asyncio.gather(*(flood(20) for _ in range(10)))
        emails()
    assert len(emails()) == 3


async def test_flood_leaves_one_submission_waiting(context, petition, emails):
    for _ in range(5):
        for _ in range(50):
            await signatures.sign(context, petition, SignatureForm(**FORM), None)
        emails()
    with context.database.read() as connection:
        waiting = select(submissions.c.details).where(submissions.c.state == "accepted")
        kept = select(submissions.c.id).where(submissions.c.details.is_not(None))
        assert len(connection.execute(waiting).all()) == 1
        assert len(connection.execute(kept).all()) == 4


@pytest.mark.both_databases
async def test_person_in_the_middle_of_a_flood_gets_the_next_batch(context, petition, emails):
    for _ in range(admission.BATCH_SIZE):
        await signatures.sign(context, petition, SignatureForm(**FORM), None)
    other = FORM | {"email": "another.person@example.org"}
    await signatures.sign(context, petition, SignatureForm(**other), None)
    assert {email["to"] for email in emails()} == {FORM["email"], other["email"]}


# --- several processes -------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_two_workers_ask_a_mailbox_once(client, petition, context, emails):
    await sign(client)
    await asyncio.gather(*(asyncio.to_thread(process_all, context) for _ in range(4)))
    assert len(emails()) == 1


@pytest.mark.both_databases
async def test_signature_is_in_the_database_before_the_response(client, petition, context):
    await sign(client)
    with context.database.read() as connection:
        assert connection.execute(text("SELECT state FROM submissions")).scalars().all() == [
            "accepted"
        ]


@pytest.mark.both_databases
async def test_known_mailboxes_cause_the_same_statements_as_new_ones(
    client, petition, context, emails, engine
):
    await sign(client, email="known@example.org")
    await confirm(client, emails()[0])
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    seen = []
    for email in ("known@example.org", "new@example.org"):
        await sign(client, email=email)
        statements.clear()
        process_all(context)
        seen.append(list(statements))
    assert seen[0] == seen[1]


def test_sqlite_keeps_what_was_committed_through_a_power_cut(start_python):
    """In a process of its own, as other tests run without waiting for the disk."""
    code = """
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database
with open_database(Settings()).read() as connection:
    assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "not FULL"
"""
    process = start_python(code)
    assert process.communicate(timeout=60)[1] == b""


# --- damage and misuse -------------------------------------------------------------------------


def damage_oldest(context) -> None:
    with context.database.write() as connection:
        oldest = connection.execute(select(func.min(submissions.c.id))).scalar_one()
        connection.execute(
            update(submissions).where(submissions.c.id == oldest).values(details=b"damaged")
        )


@pytest.mark.both_databases
async def test_damaged_submission_does_not_stop_the_others(
    client, petition, context, emails, caplog
):
    await sign(client)
    damage_oldest(context)
    await sign(client, email="another.person@example.org")
    assert [email["To"] for email in emails()] == ["another.person@example.org"]
    assert "is set aside" in caplog.text
    assert "sample.person" not in caplog.text


@pytest.mark.both_databases
async def test_damaged_submission_does_not_delay_its_mailbox(
    client, petition, context, emails, clock
):
    add_petition(context, "second", "Second petition")
    await sign(client)
    damage_oldest(context)
    await sign(client, "second")
    assert "Second petition" in emails()[0].get_content()


async def test_submission_that_cannot_be_composed_does_not_delay_its_mailbox(
    client, petition, context, emails
):
    add_petition(context, "second", "Second petition")
    await sign(client)
    with context.database.write() as connection:
        connection.execute(update(submissions).values(target="not a number"))
    await sign(client, "second")
    assert "Second petition" in emails()[0].get_content()


async def test_damaged_submission_is_tried_again(client, petition, context, emails, clock):
    await sign(client)
    with context.database.write() as connection:
        details = connection.execute(select(submissions.c.details)).scalar_one()
    damage_oldest(context)
    assert emails() == []
    with context.database.write() as connection:
        connection.execute(update(submissions).values(details=details))
    clock.forward(hours=1)
    retention.purge_expired(context)
    assert len(emails()) == 1


async def test_signature_comes_before_events_in_an_email(client, petition, emails, clock):
    await sign(client)
    for number in range(30):
        await submit_event(client, number)
    [email] = emails()
    confirmation = await client.get(f"/v1/confirmations/{find_token(email)}")
    assert (confirmation.json()["kind"], len(find_tokens(email))) == ("signature", 10)


async def submit_event(client, number: int) -> None:
    event = {
        "title": f"Event {number}",
        "description": "A sample.",
        "lang": "en",
        "kind": "online",
        "starts_at": "2026-12-18T18:00:00+00:00",
        "time_zone": "UTC",
        "online": True,
        "url": "https://meeting.example/",
        "host": {"name": FORM["name"], "email": FORM["email"]},
    }
    assert (await client.post("/v1/events", json=event)).status_code == 202


async def test_flood_of_events_sends_one_email_in_twenty_minutes(client, emails, clock):
    for number in range(30):
        await submit_event(client, number)
    counts = [len(emails())]
    for minutes in (19, 1):
        clock.forward(minutes=minutes)
        counts.append(len(emails()))
    assert counts == [1, 1, 2]


async def test_email_has_only_what_was_sent_with_its_own_address(
    client, petition, context, emails, clock
):
    add_petition(context, "second", "Second petition")
    await sign(client, email="sample.person+own@example.org")
    await sign(client, "second", email="sample.person+other@example.org")
    emails()
    clock.forward(minutes=20)
    found = {email["To"]: find_tokens(email) for email in emails()}
    assert {address: len(tokens) for address, tokens in found.items()} == {
        "sample.person+own@example.org": 1,
        "sample.person+other@example.org": 1,
    }


@pytest.mark.both_databases
async def test_rejection_ends_all_that_waits_for_the_mailbox(client, petition, context, emails):
    add_petition(context, "second", "Second petition")
    await sign(client)
    await sign(client, "second")
    first, second = find_tokens(emails()[0])
    await client.post(f"/v1/confirmations/{first}/rejection")
    other = await client.get(f"/v1/confirmations/{second}")
    assert other.json()["state"] == "rejected"


async def end_during_processing(context, end):
    """End forms of a mailbox in a transaction that is committed while the worker processes them."""
    mailbox = fingerprint_mailbox(context, FORM["email"])
    with context.database.write() as connection:
        lock_mailbox(connection, mailbox)
        end(connection, mailbox)
        processing = asyncio.create_task(asyncio.to_thread(process_all, context))
        await wait_until_locked(processing, connection)
    await processing


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_rejection_during_processing_deletes_what_was_entered(
    client, petition, context, emails
):
    await sign(client)
    await end_during_processing(context, partial(blocks.block, context))
    with context.database.read() as connection:
        [row] = connection.execute(select(submissions.c.state, submissions.c.details)).all()
    assert (row, emails()) == (("rejected", None), [])


@pytest.mark.both_databases
async def test_nothing_entered_is_kept_once_a_mailbox_has_confirmed(
    client, petition, context, emails
):
    for name in ("First Spelling", "Second Spelling"):
        await sign(client, name=name)
        emails()
    await confirm(client, emails()[0])
    await sign(client)
    emails()
    with context.database.read() as connection:
        assert connection.execute(select(submissions.c.details)).scalars().all() == [None] * 3


async def test_rejection_can_be_undone_after_a_month(client, petition, context, emails, clock):
    await sign(client)
    token = find_token(emails()[0])
    await client.post(f"/v1/confirmations/{token}/rejection")
    clock.forward(days=60)
    retention.purge_expired(context)
    assert (await client.delete(f"/v1/confirmations/{token}/rejection")).status_code == 204


@pytest.mark.both_databases
def test_known_mailboxes_are_found_by_an_index(context, petition):
    """A scan of all signatures would take longer with each, within the only write transaction."""
    statements = []
    listen = lambda *args: statements.append((args[2], args[3]))  # noqa: E731
    event.listen(context.database.engine, "before_cursor_execute", listen)
    with context.database.read() as connection:
        signature_store.find_signed(connection, [1], [b"x"])
        event_store.find_attending(connection, ["evt_x"], [b"x"])
        event.remove(context.database.engine, "before_cursor_execute", listen)
        for statement, parameters in statements[-2:]:
            assert is_indexed(connection, statement, parameters)


def is_indexed(connection, statement, parameters) -> bool:
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "SCAN" not in str(plan.all())
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "Seq Scan" not in str(plan.all())
