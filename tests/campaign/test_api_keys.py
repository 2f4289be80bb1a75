import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from imd_campaign.api_keys import service
from imd_campaign.errors import NotFound, Unauthorized

pytestmark = pytest.mark.anyio


@pytest.fixture
def created(context):
    return service.create(
        context.database, name="Partner", scopes=["signatures:read"], now=context.now()
    )


@pytest.mark.both_databases
def test_key_authenticates_with_its_scopes(context, created):
    key_text, key = created
    caller = service.authenticate(context, key_text)
    assert (caller.id, caller.name, caller.scopes) == (key.id, "Partner", {"signatures:read"})


def test_key_has_a_prefix_and_a_checksum(created):
    key_text, key = created
    assert key_text.startswith("imd_")
    assert len(key_text) == 42
    assert key.hint == key_text[:8]
    assert service.is_well_formed(key_text)


def test_key_is_not_stored_in_plain_text(context, created):
    key_text, key = created
    with context.database.read() as connection:
        rows = connection.execute(text("SELECT * FROM api_keys")).all()
    assert key_text[8:] not in str(rows) + repr(key)


@pytest.mark.both_databases
def test_revoked_key_is_unauthorized(context, created):
    key_text, key = created
    service.revoke(context.database, key.id, now=context.now())
    with pytest.raises(Unauthorized):
        service.authenticate(context, key_text)


@pytest.mark.both_databases
def test_key_cannot_be_revoked_twice(context, created):
    service.revoke(context.database, created[1].id, now=context.now())
    with pytest.raises(NotFound):
        service.revoke(context.database, created[1].id, now=context.now())


@pytest.mark.both_databases
def test_last_use_of_a_key_is_recorded_to_the_minute(context, created, clock):
    def last_used():
        return service.list_keys(context.database)[0].last_used_at

    assert last_used() is None
    service.authenticate(context, created[0])
    first = clock.now
    clock.forward(seconds=30)
    service.authenticate(context, created[0])
    assert last_used() == first
    clock.forward(seconds=60)
    service.authenticate(context, created[0])
    assert last_used() == clock.now


def test_unknown_scope_is_rejected(context):
    with pytest.raises(ValueError, match="no scope everything"):
        service.create(context.database, name="x", scopes=["everything"], now=context.now())


@given(st.data())
def test_mistyped_key_fails_its_checksum(data):
    key_text = "imd_" + "0" * 32 + service._compute_checksum("0" * 32)
    position = data.draw(st.integers(0, len(key_text) - 1))
    character = data.draw(
        st.sampled_from(service.ALPHABET).filter(lambda c: c != key_text[position])
    )
    assert not service.is_well_formed(key_text[:position] + character + key_text[position + 1 :])


async def test_revoked_key_is_rejected_at_public_endpoints(client, petition, context, created):
    key_text, key = created
    service.revoke(context.database, key.id, now=context.now())
    response = await client.get("/v1/petitions", headers={"Authorization": f"Bearer {key_text}"})
    assert (response.status_code, response.json()["type"]) == (401, "/v1/problems/unauthorized")
