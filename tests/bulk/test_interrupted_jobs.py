"""A process that is killed in the middle: what it had begun is gone on with, over real sockets."""

import csv
import json
import re
import signal
import sqlite3
import sys
import time
from contextlib import closing
from subprocess import PIPE

import pytest
from sheets import person

PEOPLE = 40
SYNC = """
import sys
from imd_sdk import Client, bulk
with Client(sys.argv[1]) as imd:
    report = bulk.sign_many(
        imd, "convention", bulk.read_csv("sheet.csv"), journal="sheet.journal", source=sys.argv[2]
    )
print(report.sent, report.skipped, report.is_complete, report.failures)
"""
ASYNC = """
import asyncio, sys
from imd_sdk import AsyncClient, bulk
async def main():
    rows, source = bulk.read_csv("sheet.csv"), sys.argv[2]
    async with AsyncClient(sys.argv[1]) as imd:
        return await bulk.sign_many_async(
            imd, "convention", rows, journal="sheet.journal", source=source
        )
report = asyncio.run(main())
print(report.sent, report.skipped, report.is_complete, report.failures)
"""


@pytest.fixture
def folder(tmp_path):
    with (tmp_path / "sheet.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["name", "email", "country"])
        writer.writeheader()
        writer.writerows(person(f"{tmp_path.name}.{number}") for number in range(PEOPLE))
    return tmp_path


@pytest.fixture
def source(folder):
    """A source of its own for each test, since all tests share a server."""
    return re.sub("[^a-z0-9]+", "-", folder.name.lower()).strip("-")


@pytest.fixture
def begin(folder, demo, source, start_process):
    """Start the job as a process."""

    def start(program, **options):
        command = [sys.executable, "-W", "error", "-c", program, demo.address, source]
        return start_process(command, cwd=folder, stdout=PIPE, stderr=PIPE, **options)

    return start


def sent(folder):
    journal = folder / "sheet.journal"
    return journal.read_text().count('"sent"') if journal.exists() else 0


def wait_for(folder, number, process):
    deadline = time.monotonic() + 60
    while sent(folder) < number and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture
def counted(demo):
    """Return how many signatures all runs have submitted, and with how many Idempotency-Keys."""
    (file,) = (demo.folder / "data").glob("*.sqlite3")
    query = "SELECT count(*), count(DISTINCT idempotency_key) FROM submissions"

    def count():
        with closing(sqlite3.connect(file)) as database:
            return database.execute(query).fetchone()

    before = count()
    return lambda: [now - then for now, then in zip(count(), before, strict=True)]


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_job_killed_twice_signs_for_each_person_once(folder, begin, counted, program):
    for number in (8, 22):
        process = begin(program)
        wait_for(folder, number, process)
        process.kill()
        assert (process.communicate()[0], process.returncode) == ("", -signal.SIGKILL)
    process = begin(program)
    out, err = process.communicate(timeout=60)
    now, before, complete, failures = out.split(maxsplit=3)
    assert (err, complete, failures) == ("", "True", "()\n")
    assert int(now) + int(before) == PEOPLE
    assert int(before) >= 22
    assert counted() == [PEOPLE, PEOPLE]


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_ctrl_c_leaves_nothing_open(folder, begin, counted, program):
    process = begin(program)
    wait_for(folder, 10, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    lines = [json.loads(line) for line in (folder / "sheet.journal").read_text().splitlines()[1:]]
    last = {line["key"]: line["outcome"] for line in lines}
    assert "sending" not in last.values()
    done = list(last.values()).count("sent")
    assert 10 <= done < PEOPLE
    assert counted() == [done, done]


def test_job_goes_on_after_ctrl_c_where_interrupts_are_ignored(folder, begin):
    process = begin(ASYNC, ignore_interrupts=True)
    wait_for(folder, 10, process)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (f"{PEOPLE} 0 True ()\n", "")
