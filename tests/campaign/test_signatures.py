import json

import pytest
from signing import FORM, LINK, confirm, find_token, list_signers, read_count, sign
from sqlalchemy import select, text

from imd_campaign.crypto import open_sealed
from imd_campaign.petitions.tables import signatures
from imd_campaign.submissions.tables import submissions

pytestmark = pytest.mark.anyio


def read_rows(context, table):
    with context.database.read() as connection:
        return connection.execute(select(table)).mappings().all()


@pytest.mark.both_databases
async def test_signature_counts_after_confirmation(client, petition, emails, clock):
    await sign(client)
    before = await read_count(client, clock)
    response = await confirm(client, emails()[0])
    assert response.json() == {
        "kind": "signature",
        "state": "confirmed",
        "petition": "convention",
        "title": "Stand up",
        "country": "ES",
        "name": None,
        "expires_at": None,
    }
    assert (before, await read_count(client, clock)) == (0, 1)


async def test_opening_the_link_does_not_confirm(client, petition, emails, clock):
    await sign(client)
    response = await client.get(f"/v1/confirmations/{find_token(emails()[0])}")
    assert response.json() == {
        "kind": "signature",
        "state": "pending",
        "petition": "convention",
        "title": "Stand up",
        "country": "ES",
        "name": "Sample Person",
        "expires_at": "2026-11-30T12:00:00+00:00",
    }
    assert await read_count(client, clock) == 0


@pytest.mark.both_databases
async def test_confirming_twice_succeeds_and_counts_once(client, petition, emails, clock):
    await sign(client)
    first, second = [await confirm(client, emails()[0]) for _ in range(2)]
    assert first.json() == second.json()
    assert await read_count(client, clock) == 1


async def test_response_does_not_reveal_who_has_signed(client, petition, emails):
    new = await sign(client)
    pending = await sign(client)
    await confirm(client, emails()[0])
    repeated = await sign(client)
    bodies = {response.text for response in (new, pending, repeated)}
    headers = [dict(response.headers) for response in (new, pending, repeated)]
    ids = {header.pop("x-request-id") for header in headers}
    assert headers[0] == headers[1] == headers[2]
    assert len(ids) == 3
    assert (new.status_code, len(bodies)) == (202, 1)
    assert new.json()["status"] == "confirmation_sent"


@pytest.mark.both_databases
async def test_spellings_of_one_mailbox_sign_once(client, petition, emails, clock):
    for spelling in ["sample.person@gmail.com", "SamplePerson+x@googlemail.com"]:
        await sign(client, email=spelling)
        emails()
    for email in emails():
        await confirm(client, email)
    assert await read_count(client, clock) == 1


async def test_person_who_has_signed_is_told_only_by_email(client, petition, emails):
    await sign(client)
    await confirm(client, emails()[0])
    await sign(client)
    assert emails()[1]["subject"] == "You have already signed"
    assert not LINK.search(emails()[1].get_content())


@pytest.mark.parametrize(
    ("lang", "subject"),
    [
        ("en", "Please confirm your signature"),
        ("es", "Confirma tu firma, por favor"),
        ("ar", "يرجى تأكيد توقيعك"),
        ("ti", "ፌርማኹም ኣረጋግጹ"),
        ("tl", "Pakikumpirma ang pirma mo"),
        ("de", "Please confirm your signature"),
    ],
)
async def test_email_is_in_the_signers_language(client, petition, emails, lang, subject):
    await sign(client, lang=lang)
    email = emails()[0]
    assert email["subject"] == subject
    assert LINK.search(email.get_content())[2] == f"?lang={lang}"
    assert email["to"] == FORM["email"]


async def test_email_does_not_contain_the_signers_name(client, petition, emails):
    await sign(client, name="Buy now at spam.example")
    assert "spam" not in emails()[0].as_string()


async def test_link_expires_after_seven_days(client, petition, emails, clock):
    await sign(client)
    link = f"/v1/confirmations/{find_token(emails()[0])}"
    clock.forward(days=7, seconds=-1)
    in_time = await client.get(link)
    clock.forward(seconds=1)
    late = [await client.get(link), await client.post(link), await client.post(f"{link}/rejection")]
    assert [in_time.status_code, *(response.status_code for response in late)] == [200, *3 * [410]]
    assert late[0].json()["type"] == "/v1/problems/confirmation-expired"


@pytest.mark.both_databases
async def test_link_confirms_the_form_it_was_sent_for(client, petition, emails):
    """A stranger who enters someone's address cannot change what that person confirms."""
    await sign(client, name="Sample Person")
    emails()
    await sign(client, name="A Stranger", country="FR")
    await confirm(client, emails()[0], public=True)
    signers = await list_signers(client)
    assert [(signer["name"], signer["country"]) for signer in signers] == [("Sample Person", "ES")]


@pytest.mark.parametrize("days", [-31, 31])
async def test_closed_petition_accepts_no_signatures(client, petition, clock, days):
    clock.forward(days=days)
    response = await sign(client)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/petition-closed")


async def test_unknown_petition_accepts_no_signatures(client, petition):
    response = await sign(client, "nothing")
    assert (response.status_code, response.json()["type"]) == (404, "/v1/problems/not-found")


async def test_signature_can_be_confirmed_after_the_petition_closes(
    client, petition, emails, clock
):
    clock.forward(days=29)
    await sign(client)
    token = find_token(emails()[0])
    clock.forward(days=3)
    assert (await client.post(f"/v1/confirmations/{token}")).status_code == 200


async def test_unknown_token_is_not_found(client, petition):
    response = await client.post("/v1/confirmations/AAAAAAAAAAAAAAAAAAAAAA", json={})
    assert response.status_code == 404


@pytest.mark.both_databases
async def test_only_the_private_key_decrypts_the_signer(client, petition, emails, key, private_key):
    await sign(client)
    await confirm(client, emails()[0])
    page = await client.get("/v1/petitions/convention/signatures", headers=key("signatures:read"))
    sealed = page.json()["items"][0]["sealed"]
    assert open_sealed(sealed, private_key) == {"name": FORM["name"], "email": FORM["email"]}


@pytest.mark.both_databases
@pytest.mark.parametrize("step", ["accepted", "asked", "confirmed", "rejected"])
async def test_database_dump_has_no_name_or_email_address(client, petition, emails, engine, step):
    await sign(client)
    if step != "accepted":
        email = emails()[0]
    if step == "confirmed":
        await confirm(client, email)
    if step == "rejected":
        await client.post(f"/v1/confirmations/{find_token(email)}/rejection")
    with engine.connect() as connection:
        tables = ("signatures", "submissions", "mailbox_uses", "blocked_mailboxes", "outbox")
        rows = [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608 our own names
    assert "Sample Person" not in str(rows)
    assert "sample.person" not in str(rows)


@pytest.mark.both_databases
async def test_token_is_stored_only_as_a_digest(client, petition, emails, context):
    await sign(client)
    token = find_token(emails()[0])
    rows = [dict(row) for row in read_rows(context, submissions)]
    assert token not in json.dumps(rows, default=repr)


@pytest.mark.both_databases
async def test_form_is_deleted_after_confirmation(client, petition, emails, context):
    await sign(client)
    await confirm(client, emails()[0])
    assert [row["details"] for row in read_rows(context, submissions)] == [None]
    assert len(read_rows(context, signatures)) == 1


@pytest.mark.parametrize("name", ["\u3164", "\u115f\u1160", "\u2800", "\ufffc", "\u200b"])
async def test_name_without_ink_is_rejected(client, petition, name):
    response = await sign(client, name=name)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "name")
