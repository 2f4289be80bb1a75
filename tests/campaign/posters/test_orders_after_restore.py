"""After a restore, no numbered print is sold twice: staff first name those that were sold."""

from dataclasses import replace

import pytest

from imd_campaign.backup import resumption
from imd_campaign.backup.resumption import Decision
from imd_campaign.errors import NotFound
from imd_campaign.restores import store as restores

pytestmark = pytest.mark.anyio

LIMITED = ("paths", "limited")
SEND = Decision("shell:test", "A sample reason", drops_emails=False, drops_forms=False)


@pytest.fixture
def hold(context):
    def hold():
        with context.database.write() as connection:
            restores.add(connection, backup_made_at=context.now(), restored_at=context.now())

    return hold


async def test_numbered_print_is_sold_again_only_after_the_decision(
    context, client, request_order, hold
):
    token = await request_order()
    hold()
    assert (await client.post(f"/v1/confirmations/{token}")).status_code == 503
    resumption.resume(context, SEND)
    assert (await client.post(f"/v1/confirmations/{token}")).status_code == 200


async def test_print_that_was_sold_after_the_backup_is_not_sold_again(context, place, hold):
    hold()
    resumption.resume(context, replace(SEND, sold={LIMITED: [1, 2]}))
    assert (await place())["numbers"] == [3]


async def test_open_edition_is_sold_meanwhile(context, client, request_order, hold):
    token = await request_order("open")
    hold()
    assert (await client.post(f"/v1/confirmations/{token}")).status_code == 200


@pytest.mark.parametrize("sold", [{LIMITED: [1]}, {LIMITED: [6]}, {("paths", "none"): [1]}])
async def test_print_that_is_not_on_sale_decides_nothing(context, place, hold, sold):
    await place()
    hold()
    with pytest.raises(NotFound):
        resumption.resume(context, replace(SEND, sold=sold))
    assert resumption.describe(context)
