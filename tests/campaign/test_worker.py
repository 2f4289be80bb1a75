"""Nothing stops the worker, and what it waits for does not pile up."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError
from waiting import wait_until

from imd_campaign.app import create_app
from imd_campaign.audit.service import Author
from imd_campaign.calendars import service as calendars
from imd_campaign.errors import Unavailable
from imd_campaign.group_commit import GroupCommit
from imd_campaign.restores import store as restores

TYPED = "typed by a stranger"

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "part", ["processing.process_due", "counting.fold", "retention.purge_expired"]
)
async def test_unexpected_error_does_not_stop_the_worker(settings, monkeypatch, caplog, part):
    calls = []

    def fail(*_):
        calls.append(part)
        raise KeyError(TYPED)

    monkeypatch.setattr(f"imd_campaign.worker.{part}", fail)
    times = {"mail_poll": 0.01, "submission_tick": 0.01, "count_window": 1}
    app = create_app(settings.model_copy(update={"mail_delivery": True, **times}))
    async with app.router.lifespan_context(app):
        await wait_until(lambda: len(calls) >= 2)
    assert "worker KeyError" in caplog.text
    assert TYPED not in caplog.text


async def test_worker_of_a_restored_database_says_that_it_waits(context, settings, caplog):
    with context.database.write() as connection:
        restores.add(connection, backup_made_at=context.now(), restored_at=context.now())
    app = create_app(settings.model_copy(update={"mail_delivery": True}))
    async with app.router.lifespan_context(app):
        await wait_until(lambda: "imd campaign resume" in caplog.text)


async def test_slow_calendar_does_not_keep_a_server_from_stopping(context, settings, monkeypatch):
    asked = asyncio.Event()

    class SlowServer:
        async def fetch(self, *_):
            asked.set()
            await asyncio.sleep(600)

    monkeypatch.setattr("imd_campaign.calendars.following.make_fetcher", SlowServer)
    place = {"locality": "Nairobi", "country": "KE", "latitude": -1.29, "longitude": 36.82}
    group = {"name": "Sample group", "lang": "en", "time_zone": "Africa/Nairobi", **place}
    url = "https://group.example/basic.ics"
    author = Author("shell:test", "A sample reason", context.now())
    calendars.add(context, url, group, author)
    app = create_app(settings.model_copy(update={"mail_delivery": True}))
    async with asyncio.timeout(30):
        async with app.router.lifespan_context(app):
            await asked.wait()


async def test_writes_of_a_group_wait_only_once_for_a_database_that_is_down():
    attempts = []

    class Down:
        def __enter__(self):
            attempts.append(1)
            raise Unavailable from OperationalError("", {}, Exception())

        def __exit__(self, *_):
            return False

    group = GroupCommit(Down)
    results = await asyncio.gather(
        *(group.run(lambda _: 1) for _ in range(50)), return_exceptions=True
    )
    assert {type(result) for result in results} == {Unavailable}
    assert len(attempts) <= 2
