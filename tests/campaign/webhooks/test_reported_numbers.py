"""What webhooks report of petitions: public numbers, and not too often."""

import pytest
from signing import FORM, confirm, count_all, sign
from sqlalchemy import update

from imd_campaign.petitions.announcements import announce_due
from imd_campaign.petitions.tables import petitions
from imd_campaign.webhooks.event_types import EVENT_TYPES

pytestmark = pytest.mark.anyio

COUNT, MILESTONE, CLOSED = (
    f"petition.{name}" for name in ("count_changed", "milestone_reached", "closed")
)


@pytest.fixture
def set_total(context, petition):
    """Change the number of signatures, and report what is due; the number was 0 before."""

    def change(total: int) -> None:
        with context.database.write() as connection:
            connection.execute(update(petitions).values(total=total))
        announce_due(context)

    announce_due(context)
    return change


@pytest.mark.both_databases
async def test_number_is_reported_once_a_minute(reported, set_total, clock):
    set_total(1)
    clock.forward(seconds=59)
    set_total(2)
    assert reported() == []
    clock.forward(seconds=1)
    set_total(3)
    set_total(4)
    about = {"petition": "convention", "goal": 10000}
    assert reported() == [(COUNT, {**about, "total": 3})]
    clock.forward(minutes=1)
    set_total(4)
    assert reported() == [(COUNT, {**about, "total": 4})]


async def test_number_that_stays_the_same_is_not_reported(reported, set_total, clock):
    for _ in range(3):
        clock.forward(minutes=2)
        set_total(0)
    assert reported() == []


async def test_milestone_is_reported_at_once_and_once(reported, set_total):
    for total in (1000, 999, 1001):
        set_total(total)
    milestone = {"petition": "convention", "total": 1000, "milestone": 1000}
    assert reported() == [(MILESTONE, milestone)]


async def test_first_look_at_a_petition_reports_nothing(reported, context, petition):
    with context.database.write() as connection:
        connection.execute(update(petitions).values(total=5000))
    announce_due(context)
    announce_due(context)
    assert reported() == []


async def test_end_of_a_petition_is_reported_once(reported, set_total, clock):
    clock.forward(days=31)
    for _ in range(2):
        set_total(0)
    assert reported() == [(CLOSED, {"petition": "convention", "total": 0})]


async def test_nothing_new_is_not_written(context, petition):
    announce_due(context)
    before = context.database.changes.number
    announce_due(context)
    assert context.database.changes.number == before


async def test_signature_is_reported_as_a_number(
    reported, client, context, emails, petition, clock
):
    announce_due(context)
    await sign(client)
    await confirm(client, emails()[0])
    clock.forward(minutes=2)
    count_all(context)
    announce_due(context)
    [(kind, data)] = reported()
    assert (kind, data) == (COUNT, {"petition": "convention", "total": 1, "goal": 10000})
    assert FORM["email"] not in str(data)


async def test_samples_have_the_fields_that_are_sent(reported, set_total, clock):
    clock.forward(days=31)
    set_total(1000)
    sent = dict(reported())
    assert sent.keys() == {COUNT, MILESTONE, CLOSED}
    for kind, data in sent.items():
        assert data.keys() == EVENT_TYPES[kind].sample.keys()
