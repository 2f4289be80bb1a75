"""Staff allow e-mail to a mailbox again that its owner has blocked."""

import pytest
from signing import reject, sign
from sqlalchemy import select

from imd_campaign.audit.tables import audit
from imd_campaign.errors import NotFound
from imd_campaign.submissions import mailbox_blocks

pytestmark = pytest.mark.anyio

ADDRESS = "sample.person@example.org"
STAFF = {"actor": "shell:staff", "reason": "Asked by telephone"}


@pytest.fixture
async def blocked(client, petition, emails) -> None:
    await sign(client)
    await reject(client, emails()[0])


@pytest.mark.both_databases
async def test_unblocked_mailbox_gets_email_again(blocked, client, context, emails):
    await sign(client)
    assert len(emails()) == 1  # the one that its owner rejected
    mailbox_blocks.unblock(context, ADDRESS, **STAFF)
    await sign(client)
    assert [email["To"] for email in emails()] == [ADDRESS, ADDRESS]


async def test_any_spelling_unblocks_a_mailbox(blocked, context):
    spelled = "Sample.Person+tag@EXAMPLE.org"
    assert mailbox_blocks.unblock(context, spelled, **STAFF).was_blocked


async def test_audit_trail_names_who_unblocked_a_mailbox_and_no_address(blocked, context):
    mailbox_blocks.unblock(context, ADDRESS, **STAFF)
    with context.database.read() as connection:
        (row,) = connection.execute(select(audit)).mappings()
    assert (row["actor"], row["action"], row["reason"]) == (
        "shell:staff",
        "unblock-mailbox",
        "Asked by telephone",
    )
    assert row["details"] == {"blocked": True, "suppressed": False}
    assert "sample" not in str(dict(row)).lower().replace(row["reason"].lower(), "")


async def test_mailbox_is_unblocked_once(blocked, context):
    mailbox_blocks.unblock(context, ADDRESS, **STAFF)
    with pytest.raises(NotFound):
        mailbox_blocks.unblock(context, ADDRESS, **STAFF)
