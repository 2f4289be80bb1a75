"""Partners: signatures that they attest, and the numbers of their own source."""

import asyncio

import pytest
from signing import confirm, find_token, sign
from sqlalchemy import select
from waiting import wait_until, wait_until_locked

from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.audit import service as audit
from imd_campaign.crypto import new_id, open_sealed
from imd_campaign.errors import NotFound
from imd_campaign.partners import service as partners
from imd_campaign.partners.tables import partner_links
from imd_campaign.petitions import count_audit, counting, partner_numbers, store
from imd_campaign.petitions.tables import ledger, petitions, signatures
from imd_campaign.submissions.locks import lock_mailbox
from imd_campaign.submissions.service import fingerprint_mailbox
from imd_campaign.submissions.store import block

pytestmark = pytest.mark.anyio

SOURCE = "sample-union"
PERSON = {"name": "Sample Person", "email": "paper@example.org", "country": "MX"}
WHO = {"actor": "shell:test"}


@pytest.fixture
def partner(context):
    partners.add(context, SOURCE, "Sample Union", **WHO)
    return SOURCE


@pytest.fixture
def partner_key(context, partner):
    """Return the header of a new key of the partner."""

    def make(*scopes):
        text = partners.make_key(context, partner, scopes, **WHO)
        return {"Authorization": f"Bearer {text}"}

    return make


@pytest.fixture
def attest(client, petition, partner_key):
    headers = partner_key("signatures:attest")

    async def post(**changes):
        form = {name: value for name, value in (PERSON | changes).items() if value is not None}
        path = f"/v1/petitions/{petition}/attested-signatures"
        return await client.post(path, json=form, headers=headers)

    return post


@pytest.fixture
def list_signed(context):
    def read():
        with context.database.read() as connection:
            return connection.execute(select(signatures)).mappings().all()

    return read


@pytest.fixture
def add_signatures(context, petition):
    """Add confirmed signatures of the partner's source."""

    def add(count, country="MX", line="confirmed"):
        with context.database.write() as connection:
            petition_id = connection.execute(select(petitions.c.id)).scalar_one()
            rows = [
                {
                    "id": new_id("sig"),
                    "petition_id": petition_id,
                    "fingerprint": new_id("x").encode()[:32],
                    "country": country,
                    "source": SOURCE,
                    "sealed": "",
                    "confirmed_at": context.now(),
                    "line": line,
                }
                for _ in range(count)
            ]
            store.add_signatures(connection, rows)

    return add


def publish(context):
    while counting.fold(context):
        pass
    partner_numbers.publish_due(context)


# --- attested signatures -------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_attested_signature_counts_on_its_own_line(context, client, attest, list_signed):
    response = await attest(public=True, updates=True)
    assert (response.status_code, response.json()) == (202, {"status": "recorded"})
    [row] = list_signed()
    assert (row["line"], row["source"], row["public"], row["updates"]) == (
        "attested",
        SOURCE,
        True,
        True,
    )
    with context.database.read() as connection:
        [entry] = connection.execute(select(ledger)).mappings().all()
    assert (entry["line"], entry["source"], entry["change"]) == ("attested", SOURCE, 1)
    publish(context)
    assert (await client.get("/v1/petitions/convention/count")).json()["total"] == 1
    assert count_audit.find_differences(context) == []


async def test_attested_mailbox_that_wants_no_e_mail_gets_no_news(context, attest, list_signed):
    with context.database.write() as connection:
        block(connection, fingerprint_mailbox(context, "paper@example.org"), context.now())
    await attest(updates=True)
    assert list_signed()[0]["updates"] is False


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_mailbox_that_is_blocked_while_a_partner_attests_gets_no_news(
    context, attest, list_signed
):
    mailbox = fingerprint_mailbox(context, "paper@example.org")
    with context.database.write() as connection:
        lock_mailbox(connection, mailbox)
        block(connection, mailbox, context.now())
        attesting = asyncio.create_task(attest(updates=True))
        await wait_until_locked(attesting, connection)
    await attesting
    assert list_signed()[0]["updates"] is False


async def test_link_to_confirm_an_attested_signature_stops_its_news(
    client, attest, list_signed, emails
):
    await sign(client, email="paper@example.org")
    token = find_token(emails()[0])
    await attest(updates=True)
    await client.post(f"/v1/confirmations/{token}/unsubscription")
    assert [row["updates"] for row in list_signed()] == [False]


async def test_attested_signature_is_sealed(attest, list_signed, private_key):
    await attest()
    [row] = list_signed()
    assert "paper@" not in str(row)
    assert open_sealed(row["sealed"], private_key) == {
        "name": "Sample Person",
        "email": "paper@example.org",
    }


@pytest.mark.both_databases
async def test_mailbox_that_has_confirmed_is_counted_once(client, attest, list_signed, emails):
    await sign(client, email="paper@example.org")
    await confirm(client, emails()[0])
    again = await attest(email="Paper@example.org", public=True)
    assert again.json() == {"status": "recorded"}
    assert [(row["line"], row["public"]) for row in list_signed()] == [("confirmed", False)]


async def test_attested_mailbox_that_signs_online_is_counted_once(
    client, attest, list_signed, emails
):
    await attest()
    await sign(client, email="paper@example.org")
    assert [email["Subject"] for email in emails()] == ["You have already signed"]
    assert len(list_signed()) == 1


async def test_line_of_a_sheet_is_counted_once(attest, list_signed):
    for _ in range(2):
        await attest(email=None, reference="sheet-1.3")
    await attest(email=None, reference="sheet-1.4")
    assert len(list_signed()) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": None}, "reference"),
        ({"email": None, "reference": "1", "updates": True}, "updates"),
        ({"reference": "a b"}, "reference"),
        ({"country": "ZZ"}, "country"),
        ({"source": "other"}, "source"),
    ],
)
async def test_invalid_attested_signature_is_rejected(attest, list_signed, changes, field):
    response = await attest(**changes)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    assert list_signed() == []


async def test_attesting_needs_the_scope(client, petition, key, partner_key):
    path = f"/v1/petitions/{petition}/attested-signatures"
    for headers in (key("signatures:write"), partner_key("partners:read")):
        assert (await client.post(path, json=PERSON, headers=headers)).status_code == 403
    assert (await client.post(path, json=PERSON)).status_code == 401


async def test_closed_petition_takes_no_attested_signature(context, attest):
    with context.database.write() as connection:
        connection.execute(petitions.update().values(closes_at=context.now()))
    assert (await attest()).status_code == 409


async def test_attesting_beyond_the_quota_waits(context, client, petition, partner):
    text, _ = keys.create(
        context.database,
        name="Small",
        scopes=["signatures:attest"],
        now=context.now(),
        hourly_quota=1,
        partner=partner,
    )
    headers = {"Authorization": f"Bearer {text}"}
    path = f"/v1/petitions/{petition}/attested-signatures"
    form = {"name": "Sample", "country": "MX"}
    statuses = [
        (await client.post(path, json={**form, "reference": n}, headers=headers)).status_code
        for n in ("1", "2")
    ]
    assert statuses == [202, 429]


async def test_attested_signature_can_be_withdrawn_from_its_line(context, attest, list_signed):
    await attest()
    [row] = list_signed()
    with context.database.write() as connection:
        day = context.now().date()
        store.withdraw(connection, row["petition_id"], row["fingerprint"], day)
    with context.database.read() as connection:
        entries = connection.execute(select(ledger.c.line, ledger.c.change)).all()
    assert sorted(map(tuple, entries)) == [("attested", -1), ("attested", 1)]
    publish(context)
    assert count_audit.find_differences(context) == []


# --- numbers -------------------------------------------------------------------------------------


@pytest.fixture
def read_numbers(client, partner_key):
    headers = partner_key("partners:read")

    async def read(source=SOURCE, **query):
        return await client.get(f"/v1/partners/{source}/numbers", params=query, headers=headers)

    return read


@pytest.mark.both_databases
async def test_numbers_are_published_in_tens_by_day_and_country(
    context, clock, add_signatures, read_numbers
):
    add_signatures(29)
    add_signatures(7, "KE")
    publish(context)
    clock.forward(days=1)
    add_signatures(10)
    publish(context)
    numbers = (await read_numbers(lang="es")).json()
    [petition] = numbers.pop("petitions")
    assert numbers == {"source": SOURCE, "name": "Sample Union", "published_on": "2026-11-24"}
    assert (petition["petition"], petition["title"]) == ("convention", "En pie")
    [first, second] = petition["days"]
    assert (first["date"], second["date"]) == ("2026-11-23", "2026-11-24")
    assert first["count"] in {20, 30}
    assert first["count"] <= second["count"] == petition["total"] <= 46
    assert [place["country"] for place in petition["countries"]] == ["MX"]
    assert all(place["count"] % 10 == 0 for place in petition["countries"])


@pytest.mark.both_databases
async def test_nothing_changes_until_the_next_day(context, clock, add_signatures, read_numbers):
    publish(context)
    before = (await read_numbers()).json()
    add_signatures(50)
    clock.forward(hours=1)
    publish(context)
    assert (await read_numbers()).json() == before


async def test_fewer_than_ten_are_withheld(context, add_signatures, read_numbers):
    add_signatures(9)
    publish(context)
    [petition] = (await read_numbers()).json()["petitions"]
    assert (petition["total"], petition["countries"]) == (0, [])


async def test_one_withdrawal_lowers_no_number(context, clock, add_signatures, read_numbers):
    add_signatures(40)
    publish(context)
    shown = (await read_numbers()).json()["petitions"][0]["total"]
    with context.database.write() as connection:
        row = connection.execute(select(signatures)).mappings().first()
        store.withdraw(connection, row["petition_id"], row["fingerprint"], context.now().date())
    clock.forward(days=1)
    publish(context)
    [petition] = (await read_numbers()).json()["petitions"]
    assert petition["total"] == shown


@pytest.mark.both_databases
async def test_staff_see_the_numbers_of_a_partner_also_after_it_was_revoked(
    context, add_signatures, read_numbers
):
    add_signatures(29)
    publish(context)
    shown = (await read_numbers()).json()
    partners.revoke(context, SOURCE, reason="Left.", **WHO)
    numbers = partner_numbers.get_for_staff(context, SOURCE, None)
    assert numbers.model_dump(mode="json") == shown
    assert partner_numbers.list_totals(context) == {SOURCE: shown["petitions"][0]["total"]}


async def test_other_partners_are_not_found(context, read_numbers):
    partners.add(context, "other", "Other", **WHO)
    assert (await read_numbers("other")).status_code == 404


async def test_numbers_need_the_scope(client, partner_key):
    path, headers = f"/v1/partners/{SOURCE}/numbers", partner_key("signatures:attest")
    assert (await client.get(path, headers=headers)).status_code == 403


async def test_petition_names_who_verified_its_signatures(context, client, partner, add_signatures):
    add_signatures(29, line="attested")
    publish(context)
    [attested] = (await client.get("/v1/petitions/convention")).json()["attested"]
    assert attested["partner"] == "Sample Union"
    assert attested["count"] in {20, 30}


async def test_petition_withholds_few_attested_signatures(context, client, attest):
    await attest()
    publish(context)
    assert (await client.get("/v1/petitions/convention")).json()["attested"] == []


# --- links and keys ------------------------------------------------------------------------------


def make_token(context, **more):
    link = partners.make_link(context, SOURCE, reason="Asked.", **WHO, **more)
    return link.rpartition("/partners/")[2]


@pytest.mark.both_databases
async def test_link_shows_the_numbers_without_a_key(context, client, partner):
    response = await client.get(f"/v1/partner-pages/{make_token(context)}")
    assert (response.status_code, response.json()["name"]) == (200, "Sample Union")
    assert response.headers["cache-control"] == "no-store"


async def test_only_the_digest_of_a_link_is_stored(context, partner):
    token = make_token(context)
    with context.database.read() as connection:
        [row] = connection.execute(select(partner_links)).mappings().all()
    assert token.encode() not in row["digest"]
    assert token not in str(row)


@pytest.mark.both_databases
async def test_revoked_partner_has_no_links_and_no_keys(context, client, partner_key):
    headers, token = partner_key(), make_token(context)
    partners.revoke(context, SOURCE, reason="Left.", **WHO)
    assert (await client.get(f"/v1/partner-pages/{token}")).status_code == 404
    path = f"/v1/partners/{SOURCE}/numbers"
    assert (await client.get(path, headers=headers)).status_code == 401
    with pytest.raises(NotFound):
        partners.make_key(context, SOURCE, [], **WHO)


async def test_new_link_ends_the_earlier_ones_on_request(context, client, partner):
    earlier, kept = make_token(context), make_token(context)
    assert (await client.get(f"/v1/partner-pages/{kept}")).status_code == 200
    new = make_token(context, replaces_earlier=True)
    paths = [f"/v1/partner-pages/{token}" for token in (earlier, kept, new)]
    assert [(await client.get(path)).status_code for path in paths] == [404, 404, 200]


def test_links_of_a_revoked_partner_cannot_be_replaced(context, partner):
    partners.revoke(context, SOURCE, reason="Left.", **WHO)
    with pytest.raises(NotFound):
        make_token(context, replaces_earlier=True)
    with context.database.read() as connection:
        entries = audit.list_entries(connection, f"partner {SOURCE}")
    assert [entry.action for entry in entries] == ["partner.added", "partner.revoked"]


@pytest.mark.both_databases
async def test_list_counts_the_links_and_keys_that_work(context, client, partner):
    partners.add(context, "other", "Other", **WHO)
    make_token(context)
    for _ in range(2):
        partners.make_key(context, SOURCE, [], **WHO)
    [ended, _] = keys.list_of_partner(context.database, SOURCE)
    keys.revoke(context.database, ended.id, now=context.now())
    found = [(one.source, one.links, one.keys) for one in partners.list_partners(context)]
    assert found == [("other", 0, 0), (SOURCE, 1, 1)]


def test_key_and_its_scopes_are_in_the_audit(context, partner):
    partners.make_key(context, SOURCE, ["signatures:attest"], reason="Asked.", **WHO)
    [key] = keys.list_of_partner(context.database, SOURCE)
    with context.database.read() as connection:
        [_, entry] = audit.list_entries(connection, f"partner {SOURCE}")
    assert (entry.reason, entry.details) == (
        "Asked.",
        {"source": SOURCE, "key": key.id, "scopes": ["signatures:attest"]},
    )


def test_key_that_is_not_recorded_is_not_made(context, partner, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", fail)
    with pytest.raises(RuntimeError):
        partners.make_key(context, SOURCE, [], **WHO)
    assert keys.list_of_partner(context.database, SOURCE) == []


async def test_unknown_link_is_not_found(client, partner):
    assert (await client.get("/v1/partner-pages/unknown")).status_code == 404


def test_each_act_is_in_the_audit(context, partner):
    make_token(context)
    partners.make_key(context, SOURCE, [], **WHO)
    make_token(context, replaces_earlier=True)
    partners.revoke(context, SOURCE, reason="Left.", **WHO)
    with context.database.read() as connection:
        entries = audit.list_entries(connection, f"partner {SOURCE}")
    assert [entry.action for entry in entries] == [
        "partner.added",
        "partner.link_made",
        "partner.key_made",
        "partner.links_deleted",
        "partner.link_made",
        "partner.revoked",
    ]


@pytest.mark.parametrize("source", ["", "Sample", "a b", "x" * 65, "é"])
def test_source_that_no_link_can_have_is_rejected(context, source):
    with pytest.raises(partners.PartnerError, match="1 to 64"):
        partners.add(context, source, "Sample", **WHO)


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x00b", "\u202eesrever", "\u2800"])
def test_name_that_cannot_be_displayed_is_rejected(context, name):
    with pytest.raises(partners.PartnerError, match="1 to 100"):
        partners.add(context, SOURCE, name, **WHO)


def test_source_is_for_one_partner(context, partner):
    with pytest.raises(partners.PartnerError, match="already"):
        partners.add(context, SOURCE, "Other", **WHO)


def test_scopes_of_partners_need_a_partner(context):
    with pytest.raises(ValueError, match="partners key"):
        keys.create(context.database, name="Sample", scopes=["partners:read"], now=context.now())


async def test_worker_publishes_the_numbers(context, partner, settings):
    times = {"mail_delivery": True, "mail": None, "count_window": 1}
    app = create_app(settings.model_copy(update=times))
    async with app.router.lifespan_context(app):
        await wait_until(lambda: partners.list_partners(context)[0].published_on is not None)
