"""A closed campaign keeps its numbers and public texts, and nothing about people."""

import json

import pytest
from signing import confirm, count_all, process_all, sign
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from imd_campaign.api_keys.tables import api_keys
from imd_campaign.audit.tables import audit
from imd_campaign.closing import service, store
from imd_campaign.closing.totals import read_totals
from imd_campaign.petitions import count_audit
from imd_campaign.petitions.tables import signatures
from imd_campaign.posters import store as posters
from imd_campaign.posters.tables import orders
from imd_campaign.suppressions.service import fingerprint_address, record_bounce
from imd_campaign.switches.service import Change
from imd_campaign.tables import metadata

pytestmark = pytest.mark.anyio

EMAIL, HOST, GUEST, BUYER = (
    f"{name}@example.org" for name in ("some.signer", "some.host", "some.guest", "some.buyer")
)
WORDS = (
    *("Name of the Signer", "Name of the Host", "Sample Guest", "Name of the Buyer"),
    *(EMAIL, HOST, GUEST, BUYER, "+52 55 0000 0000", "name-of-the-host", "1218 Secret Lane"),
    *("shell:sample", "told me on the phone", "Name of a Partner"),
)
TEXT = {"lang": "en", "title": "Paths", "description": "Inks.", "alternative_text": "A tree."}
BINARY_COLUMNS_KEPT = {
    "api_keys.digest",
    "partner_links.digest",
    "secret_checks.encryption",
    "secret_checks.secret",
    *(f"event_columns.{name}" for name in ("positions", "recencies", "cells", "x", "y", "z")),
    "event_terms.bits",
}


@pytest.fixture
def leave_traces(client, context, petition, publish, attend, submit, body, at_home, emails, clock):
    """Leave rows about people in as many tables as possible; return a published event."""

    async def leave_traces():
        person = {"name": "Name of the Signer", "email": EMAIL}
        await sign(client, **person)
        await confirm(client, emails()[-1], public=True, updates=True)
        host = {"name": "Name of the Host", "email": HOST}
        event = publish(body(description="Call +52 55 0000 0000.", host=host))
        home = publish(at_home(host=host, url="https://example.org/name-of-the-host"))
        clock.forward(hours=2)
        await attend(home, GUEST, message="I know Name of the Host.")
        await attend(event, GUEST)
        clock.forward(hours=2)
        await submit(body(title="Unreviewed", host=host))
        await sign(client, **person, headers={"Idempotency-Key": "a-key-of-a-client-0123456789"})
        add_poster(context)
        with context.database.write() as connection:
            connection.execute(insert(orders).values(make_order(context)))
            record_bounce(connection, fingerprint_address(context, EMAIL), "4.2.2", context.now())
            connection.execute(insert(audit).values(make_audit_entry(context)))
            connection.execute(insert(api_keys).values(make_key(context)))
        return event

    return leave_traces


def add_poster(context):
    with context.database.write() as connection:
        values = {"slug": "paths", "artist": "A", "year": 2026, "state": "on_sale"}
        posters.put(connection, values, [TEXT])
        edition = {"poster": "paths", "id": "open", "position": 0, "kind": "open", "titles": {}}
        posters.add_edition(
            connection, edition | {"size": "", "amount": 2500, "currency": "USD", "run": None}
        )


def make_order(context):
    buyer = {"name": "Name of the Buyer", "email": BUYER}
    return {
        "id": "ord_1",
        "state": "paid",
        "poster": "paths",
        "edition": "open",
        "quantity": 1,
        "amount": 2500,
        "currency": "USD",
        "mailbox": b"m" * 32,
        "sealed": context.vault.seal(buyer),
        "locked_buyer": context.vault.encrypt(buyer),
        "lang": "en",
        "created_at": context.now(),
    }


def make_audit_entry(context):
    values = {"at": context.now(), "actor": "shell:sample", "action": "event.approve"}
    return values | {"subject": "evt_1", "reason": "The host told me on the phone.", "details": {}}


def make_key(context):
    values = {"id": "key_1", "name": "Name of a Partner", "digest": b"d" * 32, "hint": "imd_1234"}
    return values | {"scopes": [], "created_at": context.now()}


@pytest.fixture
def change(context) -> Change:
    return Change("shell:closer", "The campaign has ended.", context.now())


@pytest.fixture
def close(context, change):
    def close(report=lambda *_: None):
        service.begin(context, change)
        return service.delete_personal_data(context, report)

    return close


def find_traces(context):
    """Return the columns with a word about a person, or any binary value that could be one."""
    with context.database.read() as connection:
        return {
            f"{table.name}.{name}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            for name, value in row.items()
            if is_trace(f"{table.name}.{name}", value)
        }


def is_trace(column, value):
    if isinstance(value, bytes):
        return column not in BINARY_COLUMNS_KEPT
    shown = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return shown.startswith("v2.") or any(word in shown for word in WORDS)


@pytest.mark.both_databases
async def test_no_table_has_a_trace_of_a_person_after_closing(context, leave_traces, close):
    await leave_traces()
    process_all(context)
    assert len(find_traces(context)) > 25
    close()
    assert find_traces(context) == set()


async def test_no_file_has_a_trace_of_a_person_after_closing(context, leave_traces, close):
    await leave_traces()
    file = context.settings.database_url.removeprefix("sqlite:///")
    close()
    assert service.compact(context)
    data = b"".join(read_bytes(file + suffix) for suffix in ("", "-wal"))
    assert [word for word in WORDS if word.encode() in data] == []


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_tables_are_written_anew_on_postgresql(context):
    assert service.compact(context)


def read_bytes(path):
    try:
        with open(path, "rb") as file:  # noqa: PTH123 the name has a suffix
            return file.read()
    except FileNotFoundError:
        return b""


@pytest.mark.both_databases
async def test_closing_continues_where_it_was_killed(context, leave_traces, close):
    await leave_traces()
    done = []

    def kill(name, number):
        done.append(name)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        close(kill)
    assert find_traces(context)
    close()
    assert find_traces(context) == set()


async def test_closing_again_finds_nothing(leave_traces, close):
    await leave_traces()
    assert close()
    assert close() == {}


async def test_what_is_announced_is_what_is_deleted(context, leave_traces, close):
    await leave_traces()
    announced = {name: n for name, n in service.count_personal_data(context).items() if n}
    assert close() == announced


async def test_numbers_stay_and_agree_with_the_ledger(client, context, leave_traces, close):
    await leave_traces()
    count_all(context)
    before = (await client.get("/v1/petitions/convention/count")).json()["total"]
    close()
    after = (await client.get("/v1/petitions/convention/count")).json()["total"]
    assert (before, after) == (1, 1)
    assert count_audit.find_differences(context) == []


async def test_petitions_are_closed_and_events_stay(client, leave_traces, close):
    event = await leave_traces()
    close()
    petition = (await client.get("/v1/petitions/convention")).json()
    shown = (await client.get(f"/v1/events/{event}")).json()
    assert petition["state"] == "closed"
    assert (shown["title"], shown["host"], shown["description"]) == (
        *("Vigil for migrants", None),
        "",
    )


async def test_what_is_not_finished_is_listed(context, leave_traces):
    await leave_traces()
    process_all(context)
    unfinished = service.list_unfinished(context)
    assert "petition convention: it has not ended" in unfinished
    assert "events that wait for a moderator: 1" in unfinished
    assert "e-mails that wait to be sent: 2" in unfinished
    assert "orders that are paid and not sent: 1" in unfinished


async def test_what_arrives_while_closing_is_deleted_later(
    client, context, leave_traces, close, emails
):
    await leave_traces()
    [row] = read_rows(context, signatures)
    close()
    with context.database.write() as connection:
        connection.execute(insert(signatures).values(dict(row)))
    service.delete_stragglers(context)
    assert read_rows(context, signatures) == []


async def test_an_open_campaign_has_no_stragglers(context, leave_traces):
    await leave_traces()
    service.delete_stragglers(context)
    assert len(read_rows(context, signatures)) == 1


def read_rows(context, table):
    with context.database.read() as connection:
        return connection.execute(select(table)).mappings().all()


def test_every_table_is_kept_or_deleted_or_changed():
    changed = {table.name for table, _ in store.CHANGED.values()}
    deleted = {table.name for table in store.DELETED.values()}
    tables = set(metadata.tables)
    assert tables == store.KEPT | changed | deleted
    assert not store.KEPT & (changed | deleted)


async def test_totals_have_the_head_of_the_ledger(context, client, petition, emails):
    await sign(client)
    await confirm(client, emails()[-1])
    [totals] = read_totals(context).petitions
    assert (totals.total, totals.ledger.last_number) == (1, 1)
    assert len(totals.ledger.sha256) == 64


async def test_small_numbers_are_left_out_of_the_totals(context, client, petition, emails):
    await sign(client, source="sample-partner")
    await confirm(client, emails()[-1])
    [totals] = read_totals(context).petitions
    assert (totals.countries, totals.sources, totals.lines) == ({}, {}, {})


FORGERIES = {
    "another reason": {"reason": "forged"},
    "another actor": {"reason": "", "actor": "shell:somebody"},
    "another action": {"reason": "", "action": "event.reject"},
    "other details": {"reason": "", "details": {"forged": True}},
}


@pytest.mark.both_databases
@pytest.mark.parametrize("name", FORGERIES)
def test_audit_trail_of_a_closed_campaign_cannot_be_forged(context, change, name):
    with context.database.write() as connection:
        connection.execute(insert(audit).values(make_audit_entry(context)))
    service.begin(context, change)
    with pytest.raises(DBAPIError, match="append-only"), context.database.write() as connection:
        connection.execute(update(audit).values(FORGERIES[name]))


async def test_audit_trail_keeps_who_closed_the_campaign(context, leave_traces, close, change):
    await leave_traces()
    deleted = close()
    service.record_deletion(context, change, deleted)
    kept = [row for row in read_rows(context, audit) if row["reason"]]
    assert [(row["actor"], row["action"], row["details"]["rows"]) for row in kept] == [
        ("shell:closer", "close_campaign", deleted),
        ("shell:closer", "delete_personal_data", deleted),
    ]
