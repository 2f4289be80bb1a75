"""What the owner of a mailbox sees by their own link, and what they can do there."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from signing import FORM, confirm, count_all, list_signers, process_all, read_count, sign
from sqlalchemy import event, select, update

from imd_campaign import retention
from imd_campaign.audit import service as audit
from imd_campaign.errors import NotFound
from imd_campaign.events import store
from imd_campaign.events.attendance import fingerprint_guest
from imd_campaign.events.tables import events
from imd_campaign.mail.tables import outbox
from imd_campaign.personal_data import service
from imd_campaign.petitions import count_audit
from imd_campaign.petitions.signatures import fingerprint_signer
from imd_campaign.petitions.tables import petitions, signatures
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.tables import blocked_mailboxes, submissions
from imd_campaign.suppressions.service import fingerprint_address, record_bounce
from imd_campaign.tables import metadata

pytestmark = pytest.mark.anyio

EMAIL = FORM["email"]
OTHER = "another.person@example.org"
LINK = re.compile(r"https://campaign\.example/your-data/([\w-]{22})(\?lang=\w+)?")


async def ask(client, email=EMAIL, **more):
    return await client.post("/v1/personal-links", json={"email": email, **more})


def find_links(emails):
    return [link[1] for email in emails for link in LINK.finditer(email.get_content())]


@pytest.fixture
def open_link(client, emails):
    """Ask for a link, and return its token."""

    async def open_link(email=EMAIL, **more):
        assert (await ask(client, email, **more)).status_code == 202
        return find_links(emails())[-1]

    return open_link


@pytest.fixture
def sign_as(client, emails):
    """Sign and confirm; return nothing."""

    async def sign_as(email=EMAIL, *, public=False, updates=False, **changes):
        await sign(client, email=email, **changes)
        await confirm(client, emails()[-1], public=public, updates=updates)

    return sign_as


async def read(client, token):
    response = await client.get(f"/v1/personal-data/{token}")
    assert response.status_code == 200, response.text
    return response.json()


async def delete(client, token, path):
    return (await client.delete(f"/v1/personal-data/{token}/{path}")).status_code


async def erase(client, token, **form):
    return (await client.post(f"/v1/personal-data/{token}/erasure", json=form)).status_code


# --- the link ----------------------------------------------------------------------------------


async def test_response_and_email_are_the_same_whether_anything_is_kept(
    client, petition, emails, sign_as
):
    await sign_as()
    known, new = await ask(client), await ask(client, OTHER)
    assert (known.status_code, known.content) == (202, new.content)
    texts = [LINK.sub("", email.get_content()) for email in emails()[-2:]]
    subjects = [email["Subject"] for email in emails()[-2:]]
    assert (texts[0], subjects[0]) == (texts[1], subjects[1])


async def test_same_statements_run_whether_anything_is_kept(
    client, petition, emails, sign_as, engine, clock, context
):
    await sign_as()
    clock.forward(hours=2)
    runs = []
    for email in (EMAIL, OTHER):
        await ask(client, email)
        statements = []

        def note(*arguments, statements=statements):
            statements.append(arguments[2])

        event.listen(engine, "before_cursor_execute", note)
        process_all(context)
        event.remove(engine, "before_cursor_execute", note)
        runs.append(statements)
    assert runs[0] == runs[1]


async def test_link_works_several_times_for_a_day(client, open_link, clock):
    token = await open_link()
    clock.forward(hours=23, minutes=59)
    assert (await read(client, token))["state"] == "open"
    assert (await read(client, token))["email"] == EMAIL
    clock.forward(minutes=1)
    expired = await client.get(f"/v1/personal-data/{token}")
    assert (expired.status_code, expired.json()["type"]) == (
        410,
        "/v1/problems/personal-link-expired",
    )
    assert await erase(client, token) == 410


async def test_mailbox_that_asks_several_times_gets_one_link(client, emails):
    for _ in range(3):
        await ask(client)
    assert len(LINK.findall(emails()[-1].get_content())) == 1
    assert len(emails()) == 1


async def test_link_and_confirmations_share_an_email(client, petition, emails):
    await sign(client)
    await ask(client)
    [email] = emails()
    assert email["Subject"] == "Please confirm your signature"
    assert (await confirm(client, email)).json()["state"] == "confirmed"
    assert (await read(client, LINK.search(email.get_content())[1]))["signatures"]


async def test_invented_events_do_not_keep_the_link_out_of_an_email(client, emails, body):
    await ask(client)
    for number in range(12):
        host = {"name": "A Stranger", "email": EMAIL}
        await client.post("/v1/events", json=body(title=f"Event {number}", host=host))
    [email] = emails()
    assert LINK.search(email.get_content())


async def test_token_of_a_link_confirms_nothing(client, open_link):
    token = await open_link()
    for path in ("", "/rejection", "/unsubscription"):
        response = await client.post(f"/v1/confirmations/{token}{path}")
        assert response.status_code == 404
    assert (await client.get(f"/v1/confirmations/{token}")).status_code == 404


async def test_token_of_a_confirmation_shows_no_data(client, petition, emails):
    await sign(client)
    token = re.search(r"/confirm/([\w-]{22})", emails()[-1].get_content())[1]
    assert (await client.get(f"/v1/personal-data/{token}")).status_code == 404
    assert await erase(client, token) == 404


async def test_one_mailbox_has_one_page_for_all_its_spellings(client, petition, open_link, sign_as):
    await sign_as()
    token = await open_link("Sample.Person+other@example.org")
    assert len((await read(client, token))["signatures"]) == 1


# --- seeing ------------------------------------------------------------------------------------


async def test_nothing_is_shown_of_a_new_mailbox(client, open_link):
    data = await read(client, await open_link(OTHER))
    assert data == {
        "state": "open",
        "email": OTHER,
        "blocked": False,
        "expires_at": "2026-11-24T12:00:00+00:00",
        "signatures": [],
        "attendances": [],
        "events": [],
        "orders": [],
        "pending": [],
    }


async def test_signature_is_shown_with_what_was_chosen(client, petition, open_link, sign_as):
    await sign_as(public=True, updates=True, source="partner", country="MX")
    [signature] = (await read(client, await open_link(lang="es")))["signatures"]
    assert signature.pop("id").startswith("sig_")
    assert signature == {
        "petition": "convention",
        "title": "En pie",
        "country": "MX",
        "public_name": FORM["name"],
        "updates": True,
        "source": "partner",
        "confirmed_at": "2026-11-23T12:00:00+00:00",
    }


async def test_attendance_is_shown(client, publish, attend, open_link):
    event = publish()
    await attend(event, EMAIL, guests=2)
    publish()
    [attendance] = (await read(client, await open_link()))["attendances"]
    assert attendance.pop("id").startswith("att_")
    assert attendance == {
        "event": event,
        "title": "Vigil for migrants",
        "starts_at": "2026-12-18T18:00:00-06:00",
        "time_zone": "America/Mexico_City",
        "status": "accepted",
        "guests": 2,
        "name": "Sample Guest",
        "message": None,
        "kept_until": "2027-01-17",
    }


async def test_hosted_event_is_shown(client, body, submit, open_link):
    event = await submit(body(host={"name": "Sample Group", "email": EMAIL}))
    [hosted] = (await read(client, await open_link()))["events"]
    assert hosted == {
        "id": event,
        "title": "Vigil for migrants",
        "starts_at": "2026-12-18T18:00:00-06:00",
        "time_zone": "America/Mexico_City",
        "state": "pending_review",
        "host": "Sample Group",
        "can_be_cancelled": True,
        "kept_until": "2027-01-17",
    }


async def test_pending_forms_are_shown_without_what_was_entered(
    client, petition, emails, open_link
):
    await sign(client)
    emails()
    data = await read(client, await open_link())
    assert data["pending"] == [{"kind": "signature", "submitted_at": "2026-11-23T12:00:00+00:00"}]


@pytest.mark.both_databases
async def test_host_of_an_earlier_version_is_found_after_the_hourly_purge(
    client, context, publish, open_link
):
    event = publish(host={"name": "Sample Group", "email": EMAIL})
    token = await open_link()
    assert (await read(client, token))["events"] == []
    with context.database.write() as connection:
        store.add(connection, _damaged_copy(connection, event))
    retention.purge_expired(context)
    assert [hosted["id"] for hosted in (await read(client, token))["events"]] == [event]


def _damaged_copy(connection, event):
    """Return the event with an address that cannot be decrypted, and an earlier ID."""
    row = connection.execute(select(events).where(events.c.id == event)).mappings().one()
    return {**row, "id": "evt_0", "locked_host": b"damaged", "host_token": None}


async def test_address_of_a_host_is_deleted_with_its_fingerprint_after_the_event(
    client, context, clock, body, submit
):
    await submit(body(host={"name": "Sample Group", "email": EMAIL}))
    clock.forward(days=60)
    retention.purge_expired(context)
    with context.database.read() as connection:
        row = connection.execute(select(events)).mappings().one()
    assert (row["locked_host"], row["host_mailbox"]) == (None, None)


# --- signatures --------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_withdrawn_signature_no_longer_counts_or_shows(
    client, petition, context, clock, open_link, sign_as
):
    await sign_as(public=True)
    await sign_as(OTHER)
    assert await read_count(client, clock) == 2
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]
    assert await delete(client, token, f"signatures/{signature['id']}") == 204
    assert await list_signers(client) == []
    assert await read_count(client, clock) == 1
    assert count_audit.find_differences(context) == []
    assert (await read(client, token))["signatures"] == []


async def test_withdrawing_twice_is_not_found(client, petition, open_link, sign_as):
    await sign_as()
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]
    path = f"signatures/{signature['id']}"
    assert [await delete(client, token, path) for _ in range(2)] == [204, 404]


async def test_person_can_sign_again_after_withdrawing(client, petition, open_link, sign_as, clock):
    await sign_as()
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]
    await delete(client, token, f"signatures/{signature['id']}")
    await sign_as()
    assert await read_count(client, clock) == 1


async def test_confirmation_link_of_a_withdrawn_signature_ends(
    client, petition, emails, open_link, sign_as
):
    await sign_as()
    confirmed = emails()[-1]
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]
    await delete(client, token, f"signatures/{signature['id']}")
    assert (await confirm(client, confirmed)).status_code == 404


async def test_name_is_hidden_and_news_are_stopped(client, petition, open_link, sign_as, clock):
    await sign_as(public=True, updates=True)
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]
    path = f"signatures/{signature['id']}"
    assert [await delete(client, token, f"{path}/{what}") for what in ("public", "updates")] == [
        204,
        204,
    ]
    [changed] = (await read(client, token))["signatures"]
    assert (changed["public_name"], changed["updates"]) == (None, False)
    assert await list_signers(client) == []
    assert await read_count(client, clock) == 1


@pytest.mark.both_databases
async def test_two_presses_at_once_withdraw_once(
    client, context, petition, clock, open_link, sign_as
):
    await sign_as()
    token = await open_link()
    [signature] = (await read(client, token))["signatures"]

    def withdraw(_):
        try:
            service.withdraw_signature(context, token, signature["id"])
        except NotFound:
            return 404
        return 204

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(withdraw, range(4))) == [204, 404, 404, 404]
    assert await read_count(client, clock) == 0
    assert count_audit.find_differences(context) == []


# --- events ------------------------------------------------------------------------------------


async def test_cancelled_attendance_frees_its_places(client, publish, attend, open_link):
    event = publish(capacity=3)
    await attend(event, EMAIL, guests=2)
    token = await open_link()
    [attendance] = (await read(client, token))["attendances"]
    assert await delete(client, token, f"attendances/{attendance['id']}") == 204
    assert (await client.get(f"/v1/events/{event}")).json()["places_left"] == 3
    assert await delete(client, token, f"attendances/{attendance['id']}") == 404


@pytest.fixture
def host_event(client, body, submit, key):
    """Submit, confirm and approve an event of this host; return its id."""

    async def host_event(email=EMAIL, **changes):
        host = {"name": "Name of the Host", "email": email}
        event = await submit(body(host=host, **changes))
        decision = {"decision": "approve", "reason": "Fine."}
        path = f"/v1/moderation/events/{event}/decisions"
        await client.post(path, json=decision, headers=key("events:moderate"))
        return event

    return host_event


async def test_host_cancels_an_event_and_guests_get_an_email(
    client, context, emails, attend, host_event, open_link
):
    event = await host_event()
    await attend(event, "guest@example.org", lang="en")
    token = await open_link()
    assert await delete(client, token, f"events/{event}") == 204
    assert (await client.get(f"/v1/events/{event}")).json()["state"] == "cancelled"
    sent = {email["To"]: email for email in emails()[-2:]}
    assert sent.keys() == {EMAIL, "guest@example.org"}
    assert "The host has cancelled the event." in sent["guest@example.org"].get_content()
    with context.database.read() as connection:
        assert audit.list_entries(connection, event)[-1].actor == "host"


async def test_event_that_waits_for_a_moderator_is_deleted_when_its_host_cancels_it(
    client, body, submit, open_link
):
    event = await submit(body(host={"name": "Sample Group", "email": EMAIL}))
    token = await open_link()
    assert [await delete(client, token, f"events/{event}") for _ in range(2)] == [204, 404]
    assert (await read(client, token))["events"] == []


async def test_event_that_is_over_cannot_be_cancelled(client, clock, host_event, open_link):
    event = await host_event()
    clock.forward(days=27)
    token = await open_link()
    assert await delete(client, token, f"events/{event}") == 409


async def test_address_of_a_host_is_deleted_and_the_event_stays(
    client, context, host_event, open_link
):
    event = await host_event()
    token = await open_link()
    assert await delete(client, token, f"events/{event}/address") == 204
    assert (await client.get(f"/v1/events/{event}")).json()["state"] == "public"
    assert (await read(client, token))["events"] == []


# --- other people ------------------------------------------------------------------------------


async def test_stranger_cannot_act_on_what_belongs_to_another_mailbox(
    client, petition, publish, attend, host_event, open_link, sign_as, clock
):
    await sign_as(public=True)
    await attend(publish(), EMAIL)
    clock.forward(hours=2)
    await host_event()
    before = await read(client, await open_link())
    token = await open_link(OTHER)
    signature, attendance, event = (
        before[kind][0]["id"] for kind in ("signatures", "attendances", "events")
    )
    tried = [
        await delete(client, token, path)
        for path in (
            f"signatures/{signature}",
            f"signatures/{signature}/public",
            f"signatures/{signature}/updates",
            f"attendances/{attendance}",
            f"events/{event}",
            f"events/{event}/address",
        )
    ]
    assert tried == [404] * 6
    assert await erase(client, token, block=True) == 204
    after = await read(client, await open_link())
    assert {**after, "expires_at": ""} == {**before, "expires_at": ""}


async def test_server_log_has_no_token(client, open_link, caplog):
    caplog.set_level("INFO")
    token = await open_link()
    await read(client, token)
    logged = [record for record in caplog.records if record.name.startswith("imd_campaign")]
    assert logged
    assert not any(token in record.getMessage() for record in logged)


# --- blocking ----------------------------------------------------------------------------------


async def test_blocked_mailbox_gets_no_email_until_its_link_undoes_it(
    client, petition, emails, open_link, clock
):
    token = await open_link()
    assert (await client.post(f"/v1/personal-data/{token}/block")).status_code == 204
    await sign(client)
    await ask(client)
    assert len(emails()) == 1
    clock.forward(days=40)
    data = await read(client, token)
    assert (data["state"], data["blocked"], data["email"]) == ("closed", True, None)
    assert await delete(client, token, "block") == 204
    await ask(client)
    assert len(emails()) == 2


async def test_blocking_ends_the_link(client, petition, open_link, sign_as):
    await sign_as()
    token = await open_link()
    await client.post(f"/v1/personal-data/{token}/block")
    assert await erase(client, token) == 404
    assert (await read(client, token))["signatures"] == []


def read_updates(context):
    with context.database.read() as connection:
        return connection.execute(select(signatures.c.updates)).scalars().all()


async def test_blocking_stops_news(client, context, petition, open_link, sign_as):
    await sign_as(updates=True)
    assert read_updates(context) == [True]
    await client.post(f"/v1/personal-data/{await open_link()}/block")
    assert read_updates(context) == [False]


async def test_rejecting_an_event_stops_news(client, context, petition, emails, sign_as, body):
    await sign_as(updates=True)
    await client.post("/v1/events", json=body(host={"name": "A Stranger", "email": EMAIL}))
    rejected = re.search(r"/confirm/([\w-]{22})", emails()[-1].get_content())[1]
    await client.post(f"/v1/confirmations/{rejected}/rejection")
    assert read_updates(context) == [False]


async def test_rejecting_a_signature_closes_the_link_too(client, petition, emails, open_link):
    token = await open_link()
    await sign(client)
    rejected = re.search(r"/confirm/([\w-]{22})", emails()[-1].get_content())[1]
    await client.post(f"/v1/confirmations/{rejected}/rejection")
    assert (await read(client, token))["state"] == "closed"


async def test_link_for_a_mailbox_that_is_blocked_shows_it(client, context, open_link):
    token = await open_link()
    with context.database.write() as connection:
        values = {"mailbox": fingerprint_mailbox(context, EMAIL), "blocked_at": context.now()}
        connection.execute(blocked_mailboxes.insert().values(values))
    assert (await read(client, token))["blocked"] is True


# --- erasing -----------------------------------------------------------------------------------


@pytest.fixture
def leave_traces(
    client, context, petition, publish, attend, host_event, submit, body, sign_as, emails, clock
):
    """Leave a row of a person in as many tables as possible; return their token."""

    async def leave_traces():
        await sign_as(public=True, updates=True, name="Name of the Signer")
        clock.forward(hours=2)
        await attend(publish(), EMAIL, guests=1)
        hosted = await host_event(
            description="Call +52 55 0000 0000.",
            url="https://example.org/name-of-the-host",
        )
        clock.forward(hours=2)
        await attend(hosted, EMAIL)
        await attend(hosted, OTHER, name="Another Person")
        clock.forward(hours=2)
        await submit(body(title="Unreviewed", host={"name": "Name of the Host", "email": EMAIL}))
        clock.forward(hours=20)
        await ask(client)
        token = find_links(emails())[-1]
        await sign(client, headers={"Idempotency-Key": "a-key-of-a-client-0123456789"})
        await client.post("/v1/confirmation-codes", json={"email": EMAIL, "code": "ABCD-EFGH"})
        with context.database.write() as connection:
            address = fingerprint_address(context, EMAIL)
            record_bounce(connection, address, "4.2.2", context.now())
        return token

    return leave_traces


def find_traces(context, email, *, words=()):
    """Return the columns with the address, a fingerprint of it, or one of the words."""
    fingerprints = list_fingerprints(context, email)
    found = set()
    with context.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                found |= {
                    f"{table.name}.{name}"
                    for name, value in row.items()
                    if is_trace(context, value, (email, *words), fingerprints)
                }
    return found


def list_fingerprints(context, email):
    with context.database.read() as connection:
        petition_ids = connection.execute(select(petitions.c.id)).scalars().all()
        event_ids = connection.execute(select(events.c.id)).scalars().all()
    return {
        fingerprint_mailbox(context, email),
        fingerprint_address(context, email),
        *(fingerprint_signer(context, petition_id, email) for petition_id in petition_ids),
        *(fingerprint_guest(context, event_id, email) for event_id in event_ids),
    }


def is_trace(context, value, words, fingerprints):
    """Look into a value, also if it is encrypted with the server's secret."""
    if isinstance(value, bytes):
        if value in fingerprints:
            return True
        if not context.vault.can_decrypt(value):
            return any(word.encode() in value for word in words)
        value = context.vault.decrypt(value)
    shown = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return any(word.casefold() in shown.casefold() for word in words)


WORDS = ("Name of the", "+52 55 0000 0000", "name-of-the-host", "Sample Guest")
PLACES_WITH_TRACES = {
    "attendances.fingerprint",
    "attendances.locked",
    "bounced_addresses.address",
    "events.description",
    "events.host",
    "events.host_mailbox",
    "events.locked_host",
    "event_index.text",
    "events.url",
    "mailbox_uses.mailbox",
    "outbox.address",
    "outbox.mailbox",
    "outbox.message",
    "signatures.display_name",
    "signatures.fingerprint",
    "submissions.details",
    "submissions.mailbox",
}


@pytest.mark.both_databases
async def test_no_table_has_a_trace_after_erasing(client, context, emails, leave_traces):
    token = await leave_traces()
    process_all(context)  # an e-mail waits in the outbox
    before = find_traces(context, EMAIL, words=WORDS)
    assert before == PLACES_WITH_TRACES
    assert await erase(client, token) == 204
    assert find_traces(context, EMAIL, words=WORDS) == set()
    assert (await client.get(f"/v1/personal-data/{token}")).status_code == 404


@pytest.mark.both_databases
async def test_erasing_with_a_block_keeps_its_fingerprint_only(client, context, leave_traces):
    token = await leave_traces()
    assert await erase(client, token, block=True) == 204
    kept = {"blocked_mailboxes.mailbox", "submissions.mailbox"}
    assert find_traces(context, EMAIL) == kept
    data = await read(client, token)
    assert (data["state"], data["blocked"]) == ("closed", True)


async def test_erasing_keeps_an_earlier_block_and_the_link_that_undoes_it(
    client, petition, emails, open_link, context
):
    token = await open_link()
    await sign(client)
    rejected = re.search(r"/confirm/([\w-]{22})", emails()[-1].get_content())[1]
    with context.database.write() as connection:  # blocked without ending this link
        values = {"mailbox": fingerprint_mailbox(context, EMAIL), "blocked_at": context.now()}
        connection.execute(blocked_mailboxes.insert().values(values))
        change = update(submissions).where(submissions.c.kind == "signature")
        connection.execute(change.values(state="rejected", details=None))
    assert await erase(client, token) == 204
    undone = await client.delete(f"/v1/confirmations/{rejected}/rejection")
    assert undone.status_code == 204


@pytest.mark.both_databases
async def test_everything_agrees_after_erasing(client, context, clock, leave_traces):
    token = await leave_traces()
    assert await read_count(client, clock) == 1
    await erase(client, token)
    assert await read_count(client, clock) == 0
    assert count_audit.find_differences(context) == []


async def test_events_of_an_erased_host_are_cancelled_and_their_guests_get_an_email(
    client, context, emails, attend, host_event, open_link
):
    event = await host_event()
    await attend(event, OTHER)
    token = await open_link()
    sent = len(emails())
    await erase(client, token)
    shown = (await client.get(f"/v1/events/{event}")).json()
    assert (shown["state"], shown["host"], shown["description"]) == ("cancelled", None, "")
    assert shown["place"]["precision"] == "area"
    assert [email["To"] for email in emails()[sent:]] == [OTHER]


async def test_guests_of_an_erased_host_stay_unknown_to_moderators(
    client, moderator, attend, host_event, open_link
):
    event = await host_event()
    await attend(event, OTHER, name="Guest Before")
    await erase(client, await open_link())
    [guest] = (await client.get("/v1/moderation/attendances", headers=moderator)).json()["items"]
    assert (guest["event"], guest["name"], guest["email"]) == (event, None, None)


async def test_event_of_an_erased_host_that_is_over_stays_without_them(
    client, clock, emails, attend, host_event, open_link
):
    event = await host_event()
    await attend(event, OTHER)
    clock.forward(days=27)
    token = await open_link()
    sent = len(emails())
    await erase(client, token)
    shown = (await client.get(f"/v1/events/{event}")).json()
    assert (shown["state"], shown["host"], len(emails())) == ("public", None, sent)


async def test_bounce_of_another_spelling_is_erased_too(
    client, context, sign_as, petition, open_link
):
    spelling = "Sample.Person+tag@example.org"
    await sign_as(spelling)
    with context.database.write() as connection:
        record_bounce(connection, fingerprint_address(context, spelling), "4.2.2", context.now())
    await erase(client, await open_link())
    assert find_traces(context, spelling) == set()


async def test_waiting_emails_to_others_are_kept(client, context, open_link):
    token = await open_link()
    await ask(client, OTHER)
    process_all(context)
    await erase(client, token)
    with context.database.read() as connection:
        assert connection.execute(select(outbox.c.state)).scalars().all().count("queued") == 1


@pytest.mark.both_databases
async def test_erasing_twice_at_once_while_the_worker_runs(
    client, context, clock, petition, leave_traces
):
    token = await leave_traces()

    def run(action):
        try:
            action()
        except NotFound:
            return "not found"
        return "done"

    def erase_all():
        service.erase(context, token, is_blocked=False)

    with ThreadPoolExecutor(4) as pool:
        actions = [erase_all, lambda: process_all(context), erase_all, lambda: count_all(context)]
        outcomes = list(pool.map(run, actions))
    assert sorted(outcomes) == ["done", "done", "done", "not found"]
    process_all(context)
    assert find_traces(context, EMAIL) == set()
