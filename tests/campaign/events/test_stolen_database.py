"""What a stolen database shows, together with all that is in the server's environment."""

import pytest
from nacl.exceptions import CryptoError
from signing import confirm, sign
from sqlalchemy import select

from imd_campaign.crypto import open_sealed
from imd_campaign.petitions.tables import signatures
from imd_campaign.tables import metadata

pytestmark = pytest.mark.anyio

SIGNER = {"name": "Name of the Signer", "email": "some.signer@example.org"}


def read_everything(context):
    """Yield all values of all tables, and what the server's secret decrypts of them."""
    with context.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    yield f"{table.name}.{name}", str(value)
                    if isinstance(value, bytes):
                        yield f"{table.name}.{name}", decrypt(context, value)


def decrypt(context, value):
    try:
        return context.vault._cipher.decrypt(value).decode()
    except (CryptoError, ValueError):
        return value.decode("latin-1")


def find(context, *words):
    return {
        column
        for column, text in read_everything(context)
        if any(word.casefold() in text.casefold() for word in words)
    }


@pytest.fixture
def sign_and_confirm(client, petition, emails):
    async def sign_and_confirm(**consent):
        headers = {"Idempotency-Key": "a-key-of-a-client-0123456789"}
        await sign(client, **SIGNER, headers=headers)
        await confirm(client, emails()[-1], **consent)
        assert emails()

    return sign_and_confirm


@pytest.mark.both_databases
async def test_no_name_or_address_of_a_confirmed_signature_is_readable(context, sign_and_confirm):
    await sign_and_confirm(updates=True)
    assert find(context, *SIGNER.values(), "some.signer") == set()


async def test_the_names_are_there_for_those_with_the_private_key(
    context, sign_and_confirm, private_key
):
    await sign_and_confirm()
    with context.database.read() as connection:
        sealed = connection.execute(select(signatures.c.sealed)).scalar_one()
    assert open_sealed(sealed, private_key) == SIGNER


async def test_a_name_that_is_public_is_readable_and_its_address_is_not(context, sign_and_confirm):
    await sign_and_confirm(public=True)
    assert find(context, SIGNER["name"]) == {"signatures.display_name"}
    assert find(context, "some.signer") == set()


async def test_a_signature_that_is_not_confirmed_is_readable(client, context, petition):
    await sign(client, **SIGNER)
    assert find(context, SIGNER["email"]) == {"submissions.details"}


async def test_guests_and_hosts_of_homes_are_readable(context, publish, at_home, attend):
    event = publish(at_home())
    await attend(event, SIGNER["email"])
    assert "attendances.locked" in find(context, SIGNER["email"])
    assert "events.locked_place" in find(context, "1218 Secret Lane")
    assert "events.locked_host" in find(context, "host@example.org")
