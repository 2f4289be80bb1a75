"""A process that is killed in the middle: what it had begun is gone on with, over real sockets."""

import csv
import json
import signal
import sqlite3
import sys
import time
from contextlib import closing
from subprocess import PIPE

import pytest
from sheets import person

PEOPLE = 80
SYNC = """
import sys
from imd_sdk import Client, bulk
with Client(sys.argv[1]) as imd:
    report = bulk.sign_many(
        imd, "convention", bulk.read_csv("sheet.csv"), journal="sheet.journal", source="killed"
    )
print(report.sent, report.skipped, report.is_complete, report.failures)
"""
ASYNC = """
import asyncio, sys
from imd_sdk import AsyncClient, bulk
async def main():
    async with AsyncClient(sys.argv[1]) as imd:
        return await bulk.sign_many_async(
            imd, "convention", bulk.read_csv("sheet.csv"), journal="sheet.journal", source="killed"
        )
report = asyncio.run(main())
print(report.sent, report.skipped, report.is_complete, report.failures)
"""


@pytest.fixture
def folder(tmp_path):
    with (tmp_path / "sheet.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["name", "email", "country"])
        writer.writeheader()
        writer.writerows(person(number) for number in range(PEOPLE))
    return tmp_path


@pytest.fixture
def begin(folder, serving, start_process):
    """Start the job as a process, against a server of its own."""
    server = serving("demo", "--port", "0", "--data", "data")

    def start(program, **options):
        command = [sys.executable, "-W", "error", "-c", program, server.address]
        return start_process(command, cwd=folder, stdout=PIPE, stderr=PIPE, **options)

    return start


def sent(folder):
    journal = folder / "sheet.journal"
    return journal.read_text().count('"sent"') if journal.exists() else 0


def wait_for(folder, number, process):
    deadline = time.monotonic() + 60
    while sent(folder) < number and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def counted(folder):
    """Signatures of the job, and the Idempotency-Keys that all runs together have used."""
    (file,) = (folder / "data").glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as database:
        signatures = "SELECT count(*) FROM signatures WHERE source = 'killed'"
        keys = "SELECT count(*) FROM idempotent_requests"
        return [database.execute(query).fetchone()[0] for query in (signatures, keys)]


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_job_killed_twice_signs_for_each_person_once(folder, begin, program):
    for number in (15, 45):
        process = begin(program)
        wait_for(folder, number, process)
        process.kill()
        assert (process.communicate()[0], process.returncode) == ("", -signal.SIGKILL)
    process = begin(program)
    out, err = process.communicate(timeout=60)
    now, before, complete, failures = out.split(maxsplit=3)
    assert (err, complete, failures) == ("", "True", "()\n")
    assert int(now) + int(before) == PEOPLE
    assert int(before) >= 45
    assert counted(folder) == [PEOPLE, PEOPLE]


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_ctrl_c_leaves_nothing_open(folder, begin, program):
    process = begin(program)
    wait_for(folder, 10, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    lines = [json.loads(line) for line in (folder / "sheet.journal").read_text().splitlines()[1:]]
    last = {line["key"]: line["outcome"] for line in lines}
    assert "sending" not in last.values()
    done = list(last.values()).count("sent")
    assert 10 <= done < PEOPLE
    assert counted(folder) == [done, done]


def test_job_goes_on_after_ctrl_c_where_interrupts_are_ignored(folder, begin):
    process = begin(ASYNC, ignore_interrupts=True)
    wait_for(folder, 10, process)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == (f"{PEOPLE} 0 True ()\n", "")
