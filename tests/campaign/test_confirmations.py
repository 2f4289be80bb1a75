"""Only the owner of a mailbox says what is public, and can refuse what others entered."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from signing import (
    FORM,
    confirm,
    find_code,
    find_token,
    list_signers,
    process_all,
    read_count,
    reject,
    sign,
)

from imd_campaign.confirmations import service
from imd_campaign.confirmations.schemas import CodeForm
from imd_campaign.crypto import open_sealed
from imd_campaign.errors import CampaignError, NotFound, RateLimited
from imd_campaign.submissions import store as submissions
from imd_campaign.submissions.service import fingerprint_mailbox

pytestmark = pytest.mark.anyio


async def list_signatures(client, key):
    page = await client.get("/v1/petitions/convention/signatures", headers=key("signatures:read"))
    return page.json()["items"]


# --- two links at once ---------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("path", "allowed"),
    [("", {200}), ("/rejection", {200, 409}), ("/unsubscription", {200, 204, 409})],
)
async def test_two_links_of_a_mailbox_take_turns(client, petition, emails, clock, path, allowed):
    """Each ends the other: without turns, PostgreSQL finds a deadlock in most rounds."""
    statuses = set()
    for number in range(5):
        for _ in range(2):
            await sign(client, email=f"person{number}@example.org")
            emails()
            clock.forward(minutes=20)
        own = [email for email in emails() if email["To"] == f"person{number}@example.org"]
        first, second = (f"/v1/confirmations/{find_token(email)}" for email in own)
        pressed = await asyncio.gather(client.post(first), client.post(f"{second}{path}"))
        statuses |= {response.status_code for response in pressed}
    assert statuses <= allowed


# --- consent -----------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["public", "updates"])
async def test_form_cannot_give_consent(client, petition, field):
    response = await sign(client, **{field: True})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


async def test_name_is_not_public_without_consent(client, petition, emails):
    await sign(client)
    await confirm(client, emails()[0])
    assert await list_signers(client) == []


@pytest.mark.both_databases
async def test_name_is_public_with_consent(client, petition, emails):
    await sign(client)
    await confirm(client, emails()[0], public=True)
    signer = {"name": "Sample Person", "country": "ES", "date": "2026-11-23"}
    assert await list_signers(client) == [signer]


async def test_consent_is_listed_for_staff(client, petition, emails, key):
    await sign(client)
    await confirm(client, emails()[0], updates=True)
    signature = (await list_signatures(client, key))[0]
    assert (signature["public"], signature["updates"]) == (False, True)


async def test_second_confirmation_does_not_change_consent(client, petition, emails):
    await sign(client)
    await confirm(client, emails()[0])
    await confirm(client, emails()[0], public=True)
    assert await list_signers(client) == []


async def test_owner_of_the_mailbox_can_correct_the_name(
    client, petition, emails, key, private_key
):
    await sign(client, name="sample preson")
    await confirm(client, emails()[0], public=True, name="Sample Person")
    sealed = (await list_signatures(client, key))[0]["sealed"]
    assert [signer["name"] for signer in await list_signers(client)] == ["Sample Person"]
    assert open_sealed(sealed, private_key)["name"] == "Sample Person"


@pytest.mark.parametrize("name", ["", "\u200b", "x" * 101])
async def test_corrected_name_is_checked_like_the_first(client, petition, emails, name):
    await sign(client)
    response = await confirm(client, emails()[0], name=name)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "name")


@pytest.mark.both_databases
async def test_second_link_shows_that_the_first_was_confirmed(client, petition, emails):
    await sign(client, name="First Spelling")
    emails()
    await sign(client, name="Second Spelling")
    first, second = emails()
    await confirm(client, first)
    response = await client.get(f"/v1/confirmations/{find_token(second)}")
    assert (response.json()["state"], response.json()["name"]) == ("confirmed", None)


@pytest.mark.both_databases
async def test_every_link_shows_the_country_of_the_signature(client, petition, emails):
    await sign(client, country="MX")
    emails()
    await sign(client, country="ES")
    first, second = [f"/v1/confirmations/{find_token(email)}" for email in emails()]
    pending = await client.get(first)
    await client.post(second)
    seen = [pending, await client.get(first), await client.get(second)]
    assert [response.json()["country"] for response in seen] == ["MX", "ES", "ES"]


# --- “This was not me” -------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_rejected_signature_is_never_counted(client, petition, emails, clock):
    await sign(client)
    rejected = await reject(client, emails()[0])
    late = await confirm(client, emails()[0])
    assert rejected.json() | {"title": ""} == {
        "kind": "signature",
        "state": "rejected",
        "petition": "convention",
        "title": "",
        "country": None,
        "name": None,
        "expires_at": None,
    }
    assert late.json()["type"] == "/v1/problems/already-decided"
    assert await read_count(client, clock) == 0


async def test_rejecting_twice_succeeds(client, petition, emails):
    await sign(client)
    first, second = [await reject(client, emails()[0]) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, second.json())


async def test_confirmed_signature_cannot_be_rejected(client, petition, emails, clock):
    await sign(client)
    await confirm(client, emails()[0])
    response = await reject(client, emails()[0])
    assert response.json()["type"] == "/v1/problems/already-decided"
    assert await read_count(client, clock) == 1


@pytest.mark.both_databases
async def test_mailbox_gets_no_email_after_a_rejection(client, petition, emails, clock):
    await sign(client)
    await reject(client, emails()[0])
    clock.forward(days=2)
    await sign(client, email="sample.person+again@example.org")
    assert len(emails()) == 1


@pytest.mark.both_databases
@pytest.mark.both_databases
async def test_email_that_waits_is_not_sent_after_a_rejection(
    client, petition, context, emails, clock
):
    """Mail servers can make an e-mail wait for hours."""
    await sign(client)
    first = emails()[0]
    clock.forward(minutes=20)
    await sign(client)
    process_all(context)
    await reject(client, first)
    assert len(emails()) == 1


async def test_rejection_can_be_undone(client, petition, emails):
    await sign(client)
    await reject(client, emails()[0])
    undone = await client.delete(f"/v1/confirmations/{find_token(emails()[0])}/rejection")
    await sign(client)
    assert (undone.status_code, undone.content, len(emails())) == (204, b"", 2)


async def test_mailbox_can_be_blocked_again(client, petition, emails):
    await sign(client)
    link = f"/v1/confirmations/{find_token(emails()[0])}/rejection"
    await client.post(link)
    await client.delete(link)
    await client.post(link)
    await sign(client)
    assert len(emails()) == 1


async def test_only_a_rejection_can_be_undone(client, petition, emails):
    await sign(client)
    response = await client.delete(f"/v1/confirmations/{find_token(emails()[0])}/rejection")
    assert response.status_code == 404


# --- codes -------------------------------------------------------------------------------------


async def find(client, code: str, email: str = FORM["email"]):
    return await client.post("/v1/confirmation-codes", json={"email": email, "code": code})


@pytest.mark.both_databases
async def test_code_leads_to_the_link(client, petition, emails):
    await sign(client)
    found = await find(client, find_code(emails()[0]))
    assert found.json() == {"token": find_token(emails()[0])}


async def test_code_can_be_typed_carelessly(client, petition, emails, monkeypatch):
    monkeypatch.setattr("imd_campaign.confirmations.processing.new_code", lambda: "01ABCDEF")
    await sign(client)
    emails()
    typed = [
        "01AB-CDEF",
        "oiab cdef",
        "0LAB-CDEF",
        " 01abcdef ",
        "\u200e01AB\u2013CDEF\u200e",
        "\uff10\uff11ABCDEF",
    ]
    assert {(await find(client, code)).status_code for code in typed} == {200}


async def test_code_belongs_to_one_mailbox(client, petition, emails):
    await sign(client)
    response = await find(client, find_code(emails()[0]), "another.person@example.org")
    assert (response.status_code, response.json()["type"]) == (404, "/v1/problems/not-found")


async def test_code_works_for_every_spelling_of_the_mailbox(client, petition, emails):
    await sign(client)
    found = await find(client, find_code(emails()[0]), "Sample.Person+x@EXAMPLE.org")
    assert found.status_code == 200


@pytest.mark.parametrize("end", [confirm, reject])
async def test_code_ends_with_its_signature(client, petition, emails, end):
    await sign(client)
    await end(client, emails()[0])
    assert (await find(client, find_code(emails()[0]))).status_code == 404


async def test_code_ends_after_seven_days(client, petition, emails, clock):
    await sign(client)
    code = find_code(emails()[0])
    clock.forward(days=7)
    assert (await find(client, code)).status_code == 404


@pytest.mark.parametrize("code", ["", "ABCD-EFG", "ABCD-EFGU", "ABCD-EFGHJ", "x" * 41])
async def test_text_that_is_no_code_is_a_field_error(client, petition, code):
    response = await find(client, code)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "code")


@pytest.mark.both_databases
async def test_codes_of_a_mailbox_cannot_be_guessed(client, petition, emails, clock):
    await sign(client)
    code = find_code(emails()[0])
    guesses = [(await find(client, "00000000")).status_code for _ in range(101)]
    limited = await find(client, code)
    clock.forward(hours=1)
    assert guesses == [404] * 100 + [429]
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3600")
    assert (await find(client, code)).status_code == 200


@pytest.mark.both_databases
def test_attempts_at_the_same_time_do_not_exceed_the_limit(context):
    """Without the lock, on PostgreSQL, each would count 99 attempts and allow one more."""
    form, threads = CodeForm(email=FORM["email"], code="00000000"), 6
    mailbox = fingerprint_mailbox(context, FORM["email"])
    with context.database.write() as connection:
        submissions.record_uses(connection, [mailbox] * 99, "code", context.now())
    start = Barrier(threads)

    def attempt(_: int) -> type[Exception]:
        start.wait()
        with pytest.raises(CampaignError) as raised:
            service.find_token(context, form)
        return raised.type

    with ThreadPoolExecutor(threads) as pool:
        found = Counter(pool.map(attempt, range(threads)))
    assert found == {NotFound: 1, RateLimited: threads - 1}
