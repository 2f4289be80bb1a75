"""A lease has at most one holder, and another one soon after its holder is gone."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import insert, select
from waiting import wait_until

from imd_campaign.app import create_app
from imd_campaign.leases.service import Lease
from imd_campaign.leases.tables import leases
from imd_campaign.mail import sender
from imd_campaign.mail.tables import outbox

SHORT = 0.4


@pytest.fixture
def make_lease(context):
    return lambda seconds=60.0: Lease(context.database, "test", seconds)


@pytest.mark.both_databases
def test_one_of_many_gets_a_lease(make_lease):
    candidates = [make_lease() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda lease: lease.acquire(), candidates))
    assert sum(taken) == sum(lease.is_held for lease in candidates) == 1


@pytest.mark.both_databases
def test_renewed_lease_lasts_longer_and_is_not_newly_taken(context, make_lease):
    def find_end():
        with context.database.read() as connection:
            return connection.execute(select(leases.c.expires_at)).scalar_one()

    lease = make_lease()
    lease.acquire()
    first_end = find_end()
    time.sleep(0.01)
    assert (lease.acquire(), lease.is_held, find_end() > first_end) == (False, True, True)


@pytest.mark.both_databases
def test_holder_that_was_suspended_has_lost_its_lease(make_lease):
    suspended, other = make_lease(SHORT), make_lease()
    suspended.acquire()
    time.sleep(SHORT)
    assert (suspended.is_held, other.acquire(), suspended.acquire()) == (False, True, False)


@pytest.mark.both_databases
def test_released_lease_is_free_at_once(make_lease):
    lease, other = make_lease(), make_lease()
    lease.acquire()
    lease.release()
    assert (lease.is_held, other.acquire()) == (False, True)


def test_nobody_releases_the_lease_of_another(make_lease):
    late, holder = make_lease(SHORT), make_lease()
    late.acquire()
    late._held_until += 60  # as if its clock had stopped
    time.sleep(SHORT)
    holder.acquire()
    late.release()
    assert not make_lease().acquire()


@pytest.mark.anyio
async def test_second_server_works_when_the_first_has_stopped(settings, context, monkeypatch):
    working = []
    monkeypatch.setattr("imd_campaign.worker.processing.process_due", working.append)
    settings = settings.model_copy(update={"mail_delivery": True, "submission_tick": 0.05})
    first, second = create_app(settings), create_app(settings)
    async with AsyncExitStack() as stopping_second, AsyncExitStack() as stopping_first:
        await stopping_first.enter_async_context(first.router.lifespan_context(first))
        await wait_until(lambda: bool(working))
        await stopping_second.enter_async_context(second.router.lifespan_context(second))
        await wait_until(lambda: len(working) > 10)
        of_first = {id(context) for context in working}
        await stopping_first.aclose()
        await wait_until(lambda: working[-1] is second.state.context)
    assert len(of_first) == 1


@pytest.mark.both_databases
def test_emails_of_a_killed_server_are_sent_by_the_next(context):
    """Except those that a mail server may have got already."""
    now = context.now()
    shared = {"kind": "test", "priority": 1, "created_at": now, "due_at": now, "attempts": 0}
    claimed = {"state": "queued", "message": b"", "lease": "killed", "leased_until": now}
    rows = [
        {"id": "free", **shared, **claimed, "handed_over_at": None},
        {"id": "sent", **shared, **claimed, "handed_over_at": now},
    ]
    with context.database.write() as connection:
        connection.execute(insert(outbox), rows)
    sender.release_abandoned(context)
    with context.database.read() as connection:
        found = connection.execute(select(outbox.c.id, outbox.c.lease)).all()
    assert dict(map(tuple, found)) == {"free": None, "sent": "killed"}
