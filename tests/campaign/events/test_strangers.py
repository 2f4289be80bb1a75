"""What somebody who knows a person's e-mail address can do with it: nothing that takes effect."""

import asyncio

import pytest
from signing import FORM, confirm, find_token, list_signers, read_count, sign

from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm

pytestmark = pytest.mark.anyio

VICTIM = FORM["email"]
GUEST = {"name": "Sample Guest", "email": VICTIM}


async def test_stranger_cannot_publish_the_name_of_a_person_who_signs(client, petition, emails):
    await sign(client)
    emails()
    await sign(client, name="Full Name of the Victim")
    for email in emails():
        await confirm(client, email)
    assert await list_signers(client) == []


@pytest.mark.both_databases
async def test_stranger_cannot_learn_whether_a_person_comes(client, publish, attend):
    event = publish(capacity=10)
    await attend(event, VICTIM)
    before = (await client.get(f"/v1/events/{event}")).json()["places_left"]
    known = await client.post(f"/v1/events/{event}/attendances", json=GUEST)
    unknown = await client.post(
        f"/v1/events/{event}/attendances", json=GUEST | {"email": "another@example.org"}
    )
    after = (await client.get(f"/v1/events/{event}")).json()["places_left"]
    assert known.content == unknown.content
    assert (before, after) == (9, 9)


@pytest.mark.both_databases
async def test_stranger_cannot_lock_a_person_out(client, petition, emails, clock):
    for _ in range(50):
        await sign(client, name="A Stranger")
        emails()
    clock.forward(hours=1)
    await sign(client)
    clock.forward(hours=23)
    newest = await client.get(f"/v1/confirmations/{find_token(emails()[-1])}")
    assert newest.json()["name"] == FORM["name"]


async def test_five_thousand_forms_send_three_emails_in_an_hour(context, petition, emails):
    async def flood() -> None:
        for _ in range(100):
            await signatures.sign(context, petition, SignatureForm(**FORM), None)

    for _ in range(10):
        await asyncio.gather(*(flood() for _ in range(5)))
        emails()
    assert len(emails()) == 3


async def test_person_signing_amid_a_flood_is_asked_at_once(context, client, petition, emails):
    for number in range(300):
        form = SignatureForm(**FORM | {"email": f"victim.{number % 3}@example.org"})
        await signatures.sign(context, petition, form, None)
    await sign(client, email="honest.person@example.org")
    assert "honest.person@example.org" in {email["To"] for email in emails()}


async def test_stranger_cannot_get_the_address_of_a_private_home(
    client, publish, at_home, emails, key
):
    home = publish(at_home())
    await client.post(f"/v1/events/{home}/attendances", json=GUEST)
    emails()
    waiting = await client.get("/v1/moderation/attendances", headers=key("events:moderate"))
    assert waiting.json()["items"] == []


async def test_stranger_cannot_fill_the_moderators_queue(client, body, emails, key):
    for number in range(5):
        await client.post("/v1/events", json=body(title=f"Event {number}"))
    emails()
    queue = await client.get("/v1/moderation/events", headers=key("events:moderate"))
    assert queue.json()["items"] == []


@pytest.mark.both_databases
async def test_guessed_token_or_code_confirms_nothing(client, petition, emails, clock):
    await sign(client)
    emails()
    for token in ("", "A" * 22, "x" * 100, "%00"):
        assert (await client.post(f"/v1/confirmations/{token}")).status_code in {400, 404}
    guess = {"email": VICTIM, "code": "0000-0000"}
    assert (await client.post("/v1/confirmation-codes", json=guess)).status_code == 404
    assert await read_count(client, clock) == 0
