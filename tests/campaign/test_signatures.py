import json
import re

import pytest
from sqlalchemy import select, text

from imd_campaign.crypto import open_sealed
from imd_campaign.petitions.tables import confirmations, signatures

pytestmark = pytest.mark.anyio

FORM = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}
LINK = re.compile(r"https://campaign\.example/confirm/([\w-]{22})(\?lang=\w+)?")


async def sign(client, **changes):
    return await client.post("/v1/petitions/convention/signatures", json=FORM | changes)


def find_token(email) -> str:
    return LINK.search(email.get_content())[1]


async def confirm(client, email):
    return await client.post(f"/v1/confirmations/{find_token(email)}")


def read_rows(context, table):
    with context.database.read() as connection:
        return connection.execute(select(table)).mappings().all()


async def total(client, clock) -> int:
    clock.forward(minutes=1)
    return (await client.get("/v1/petitions/convention/count")).json()["total"]


@pytest.mark.both_databases
async def test_signature_counts_after_confirmation(client, petition, emails, clock):
    await sign(client)
    before = await total(client, clock)
    response = await confirm(client, emails()[0])
    assert response.json() == {
        "petition": "convention",
        "title": "Stand up",
        "state": "confirmed",
        "expires_at": None,
    }
    assert (before, await total(client, clock)) == (0, 1)


async def test_opening_the_link_does_not_confirm(client, petition, emails, clock):
    await sign(client)
    response = await client.get(f"/v1/confirmations/{find_token(emails()[0])}")
    assert response.json() == {
        "petition": "convention",
        "title": "Stand up",
        "state": "pending",
        "expires_at": "2026-11-30T12:00:00+00:00",
    }
    assert await total(client, clock) == 0


@pytest.mark.both_databases
async def test_confirming_twice_succeeds_and_counts_once(client, petition, emails, clock):
    await sign(client)
    first, second = [await confirm(client, emails()[0]) for _ in range(2)]
    assert first.json() == second.json()
    assert await total(client, clock) == 1


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
        clock.forward(hours=2)
    for email in emails():
        await confirm(client, email)
    assert await total(client, clock) == 1


@pytest.mark.both_databases
async def test_address_gets_at_most_one_email_an_hour_and_five_in_total(
    client, petition, emails, clock
):
    counts = []
    for hours in [0, 0.9, 0.1, 1, 1, 1, 1, 24]:
        clock.forward(hours=hours)
        await sign(client)
        counts.append(len(emails()))
    assert counts == [1, 1, 2, 3, 4, 5, 5, 5]


async def test_repeated_signer_is_notified_only_by_email(client, petition, emails, clock):
    await sign(client)
    await confirm(client, emails()[0])
    clock.forward(hours=1)
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
    clock.forward(days=7, seconds=-1)
    in_time = await client.get(f"/v1/confirmations/{find_token(emails()[0])}")
    clock.forward(seconds=1)
    late = [
        await client.get(f"/v1/confirmations/{find_token(emails()[0])}"),
        await confirm(client, emails()[0]),
    ]
    assert [in_time.status_code, *(response.status_code for response in late)] == [200, 410, 410]
    assert late[0].json()["type"] == "/v1/problems/confirmation-expired"


@pytest.mark.both_databases
async def test_link_confirms_the_form_it_was_sent_for(client, petition, emails, clock, context):
    """A stranger who enters someone's address cannot change what that person confirms."""
    await sign(client, name="Sample Person", public=True)
    clock.forward(hours=1)
    await sign(client, name="A Stranger", public=True, country="FR")
    await confirm(client, emails()[0])
    signers = (await client.get("/v1/petitions/convention/signers")).json()["items"]
    assert [(signer["name"], signer["country"]) for signer in signers] == [("Sample Person", "ES")]


async def test_name_is_shown_only_with_consent(client, petition, emails):
    await sign(client, public=False)
    await confirm(client, emails()[0])
    assert (await client.get("/v1/petitions/convention/signers")).json()["items"] == []


@pytest.mark.parametrize("days", [-31, 31])
async def test_closed_petition_accepts_no_signatures(client, petition, clock, days):
    clock.forward(days=days)
    response = await sign(client)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/petition-closed")


async def test_signature_can_be_confirmed_after_the_petition_closes(
    client, petition, emails, clock
):
    clock.forward(days=29)
    await sign(client)
    clock.forward(days=3)
    assert (await confirm(client, emails()[0])).status_code == 200


async def test_unknown_token_is_not_found(client, petition):
    response = await client.post("/v1/confirmations/AAAAAAAAAAAAAAAAAAAAAA", json={})
    assert response.status_code == 404


async def test_confirmation_accepts_an_empty_object(client, petition, emails):
    await sign(client)
    response = await client.post(f"/v1/confirmations/{find_token(emails()[0])}", json={})
    assert response.json()["state"] == "confirmed"


@pytest.mark.both_databases
async def test_only_the_private_key_decrypts_the_signer(client, petition, emails, key, private_key):
    await sign(client)
    await confirm(client, emails()[0])
    page = await client.get("/v1/petitions/convention/signatures", headers=key("signatures:read"))
    sealed = page.json()["items"][0]["sealed"]
    assert open_sealed(sealed, private_key) == {"name": FORM["name"], "email": FORM["email"]}


@pytest.mark.both_databases
async def test_database_dump_has_no_name_or_email_address(client, petition, emails, context):
    await sign(client, public=False)
    dump = str([read_rows(context, table) for table in (signatures, confirmations)])
    with context.database.read() as connection:
        dump += str(connection.execute(text("SELECT * FROM outbox")).all())
    assert "Sample Person" not in dump
    assert "sample.person" not in dump
    emails()
    with context.database.read() as connection:
        assert connection.execute(text("SELECT message, state FROM outbox")).all() == [
            (None, "sent")
        ]


@pytest.mark.both_databases
async def test_token_is_stored_only_as_a_digest(client, petition, emails, context):
    await sign(client)
    token = find_token(emails()[0])
    assert token not in json.dumps(
        [dict(row) for row in read_rows(context, confirmations)], default=repr
    )


@pytest.mark.both_databases
async def test_form_is_deleted_after_confirmation(client, petition, emails, context):
    await sign(client)
    await confirm(client, emails()[0])
    assert [row["details"] for row in read_rows(context, confirmations)] == [None]
