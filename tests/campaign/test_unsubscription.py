"""What the link for mail programs does: it stops reminders and news, and loses no signature."""

import pytest
from signing import (
    FORM,
    add_petition,
    confirm,
    find_token,
    list_signers,
    read_count,
    reject,
    sign,
)
from sqlalchemy import select

from imd_campaign.crypto import open_sealed
from imd_campaign.petitions.tables import signatures
from imd_campaign.submissions.tables import submissions
from imd_cli.campaign.export.rows import make_news_rows

pytestmark = pytest.mark.anyio

OTHER = "other.person@example.org"


async def unsubscribe(client, email):
    return await client.post(f"/v1/confirmations/{find_token(email)}/unsubscription")


async def read_state(client, email):
    response = await client.get(f"/v1/confirmations/{find_token(email)}")
    return response.json()["state"]


@pytest.fixture
def list_updates(context):
    """Return who gets news, as it is stored: one value for each signature, the oldest first."""

    def read():
        query = select(signatures.c.updates).order_by(signatures.c.confirmed_at, signatures.c.id)
        with context.database.read() as connection:
            return connection.execute(query).scalars().all()

    return read


@pytest.fixture
def export_news(client, key, private_key):
    """Return the addresses that staff export to send news."""

    async def export(petition="convention"):
        path = f"/v1/petitions/{petition}/signatures"
        page = await client.get(path, headers=key("signatures:read"))
        items = page.json()["items"]
        rows = [item | open_sealed(item["sealed"], private_key) for item in items]
        found = make_news_rows([row | {"petition": petition} for row in rows], str)
        return [row["email"] for row in found]

    return export


@pytest.fixture
def sign_and_ask(client, emails):
    """Sign; return the e-mail that asks to confirm."""

    async def ask(petition="convention", **changes):
        await sign(client, petition, **changes)
        return emails()[-1]

    return ask


@pytest.fixture
def subscribe(client, clock, sign_and_ask):
    """Confirm a signature with news; return the e-mail, whose link mail programs keep."""

    async def confirmed(petition="convention", **changes):
        clock.forward(minutes=20)
        email = await sign_and_ask(petition, **changes)
        assert (await confirm(client, email, updates=True)).status_code == 200
        return email

    return confirmed


# --- confirmed -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("petition")
@pytest.mark.both_databases
async def test_confirmed_signer_gets_no_more_news(client, subscribe, list_updates, export_news):
    email = await subscribe()
    assert await export_news() == [FORM["email"]]
    response = await unsubscribe(client, email)
    assert (response.status_code, response.content) == (204, b"")
    assert (list_updates(), await export_news()) == ([False], [])


@pytest.mark.usefixtures("petition")
async def test_confirmed_signature_still_counts(client, subscribe, clock):
    email = await subscribe()
    await unsubscribe(client, email)
    assert await read_count(client, clock) == 1
    assert await read_state(client, email) == "confirmed"


@pytest.mark.usefixtures("petition")
async def test_public_name_stays_public(client, sign_and_ask):
    email = await sign_and_ask()
    await confirm(client, email, public=True, updates=True)
    await unsubscribe(client, email)
    assert [signer["name"] for signer in await list_signers(client)] == [FORM["name"]]


@pytest.mark.usefixtures("petition")
async def test_unsubscribing_twice_succeeds(client, subscribe, list_updates):
    email = await subscribe()
    assert [(await unsubscribe(client, email)).status_code for _ in range(2)] == [204, 204]
    assert list_updates() == [False]


@pytest.mark.usefixtures("petition")
async def test_unsubscribing_sends_no_email(client, subscribe, emails):
    email = await subscribe()
    await unsubscribe(client, email)
    assert len(emails()) == 1


@pytest.mark.usefixtures("petition")
async def test_link_stops_the_news_of_other_petitions(context, client, subscribe, list_updates):
    add_petition(context, "second", "Second petition")
    email = await subscribe()
    await subscribe("second", email="Sample.Person+tag@example.org")
    await unsubscribe(client, email)
    assert list_updates() == [False, False]


@pytest.mark.usefixtures("petition")
async def test_link_that_another_one_ended_stops_the_news(
    client, sign_and_ask, subscribe, list_updates
):
    older = await sign_and_ask()
    email = await subscribe()
    assert find_token(older) != find_token(email)
    await unsubscribe(client, older)
    assert list_updates() == [False]


@pytest.mark.usefixtures("petition")
async def test_expired_link_of_a_confirmed_signature_stops_the_news(
    client, subscribe, list_updates, clock
):
    email = await subscribe()
    clock.forward(days=20)
    await unsubscribe(client, email)
    assert list_updates() == [False]


@pytest.mark.usefixtures("petition")
async def test_other_mailboxes_still_get_news(client, subscribe, export_news):
    email = await subscribe()
    await subscribe(email=OTHER)
    await unsubscribe(client, email)
    assert await export_news() == [OTHER]


async def test_signer_can_ask_for_news_again(
    context, client, petition, subscribe, list_updates, export_news
):
    add_petition(context, "second", "Second petition")
    await unsubscribe(client, await subscribe())
    await subscribe("second")
    assert (list_updates(), await export_news("second")) == ([False, True], [FORM["email"]])


# --- pending or expired --------------------------------------------------------------------------


@pytest.mark.usefixtures("petition")
@pytest.mark.both_databases
@pytest.mark.parametrize("days", [0, 7, 29])
async def test_what_is_not_confirmed_is_rejected(context, client, sign_and_ask, clock, days):
    email = await sign_and_ask()
    clock.forward(days=days)
    response = await unsubscribe(client, email)
    with context.database.read() as connection:
        stored = connection.execute(select(submissions)).mappings().one()
    assert (response.status_code, response.content) == (204, b"")
    assert (stored["state"], stored["details"], stored["code"]) == ("rejected", None, None)


@pytest.mark.usefixtures("petition")
@pytest.mark.parametrize("days", [0, 7])
async def test_mailbox_gets_no_email_until_its_owner_allows_it(
    client, sign_and_ask, emails, clock, days
):
    email = await sign_and_ask()
    clock.forward(days=days)
    await unsubscribe(client, email)
    await sign(client)
    assert len(emails()) == 1
    await client.delete(f"/v1/confirmations/{find_token(email)}/rejection")
    await sign(client)
    assert len(emails()) == 2


@pytest.mark.usefixtures("petition")
@pytest.mark.parametrize("days", [0, 7, 29])
async def test_link_that_was_not_confirmed_stops_the_news_of_others(
    context, client, subscribe, sign_and_ask, list_updates, clock, days
):
    add_petition(context, "second", "Second petition")
    await subscribe()
    clock.forward(minutes=20)
    email = await sign_and_ask("second")
    clock.forward(days=days)
    await unsubscribe(client, email)
    assert list_updates() == [False]


# --- rejected ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("petition")
async def test_rejected_signature_stays_rejected(client, sign_and_ask, emails):
    email = await sign_and_ask()
    await reject(client, email)
    assert (await unsubscribe(client, email)).status_code == 204
    assert await read_state(client, email) == "rejected"
    await sign(client)
    assert len(emails()) == 1


@pytest.mark.usefixtures("petition")
async def test_rejected_link_stops_what_was_allowed_since(
    client, sign_and_ask, subscribe, list_updates, emails
):
    email = await sign_and_ask()
    await reject(client, email)
    await client.delete(f"/v1/confirmations/{find_token(email)}/rejection")
    await subscribe()
    await unsubscribe(client, email)
    await sign(client, email="sample.person+again@example.org")
    assert (list_updates(), len(emails())) == ([False], 2)


# --- other links ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("petition")
async def test_unknown_link_is_not_found(client):
    response = await client.post("/v1/confirmations/unknown/unsubscription")
    assert (response.status_code, response.json()["type"]) == (404, "/v1/problems/not-found")


@pytest.mark.usefixtures("petition")
async def test_unsubscription_takes_no_fields(client, sign_and_ask):
    path = f"/v1/confirmations/{find_token(await sign_and_ask())}/unsubscription"
    response = await client.post(path, json={"email": OTHER})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "email")
