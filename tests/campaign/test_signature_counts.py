"""Reading a count counts nothing, and no process loses what another accepts."""

import pytest
from signing import START
from sqlalchemy import event, text

from imd_campaign.petitions import service

pytestmark = pytest.mark.both_databases

SIGN = """
import asyncio
import sys
from imd_campaign.context import Context
from imd_campaign.startup import open_database, open_vault
from imd_campaign.petitions import signatures
from imd_campaign.petitions.schemas import SignatureForm
from imd_campaign.settings import Settings
settings = Settings()
database = open_database(settings)
context = Context(settings, database, open_vault(settings))

async def sign():
    for n in range(int(sys.argv[1])):
        address = f"{sys.argv[2]}{n}@example.org"
        form = SignatureForm(name="Sample Person", email=address, country="ES")
        await signatures.sign(context, "convention", form, None)

asyncio.run(sign())
database.engine.dispose()
"""


def test_readers_run_one_query_that_counts_nothing(context, petition, engine):
    service.get_count(context, petition)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    service.get_count(context, petition)
    [query] = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert "count(" not in query


def test_petition_that_was_never_counted_has_the_time_of_its_creation(context, petition):
    count = service.get_count(context, petition)
    assert (count.total, count.as_of) == (0, START)


@pytest.mark.usefixtures("petition")
def test_two_processes_lose_no_signatures(context, start_python):
    processes = [start_python(SIGN, "40", name) for name in ("one", "two")]
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert outcomes == [(b"", 0), (b"", 0)]
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM submissions")).scalar() == 80
