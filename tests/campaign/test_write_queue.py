"""Processes that write to one SQLite file take turns."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from imd_campaign.write_queue import SUFFIXES, WriteQueue

WRITE_ALL_THE_TIME = """
import sys, time
from pathlib import Path
from imd_campaign.write_queue import WriteQueue
queue, number = WriteQueue(Path(sys.argv[1])), 0
while True:
    with queue.wait(5):
        number += 1
        print(number, flush=True)
        time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def database(tmp_path):
    file = tmp_path / "campaign.sqlite3"
    file.touch()
    return file


@pytest.fixture
def queue(database):
    queue = WriteQueue(database)
    yield queue
    queue.close()


@contextmanager
def write_all_the_time(database, seconds):
    command = [sys.executable, "-c", WRITE_ALL_THE_TIME, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        os.set_blocking(process.stdout.fileno(), False)
        yield process
        process.kill()


def test_busy_process_takes_one_turn_at_a_time(database, queue):
    with write_all_the_time(database, 0.02) as process:
        turns = []
        for _ in range(10):
            with queue.wait(5):
                turns.append(len((process.stdout.read() or b"").split()))
            time.sleep(0.01)
    assert max(turns[1:]) == 1


def test_suspended_process_is_overtaken(database, queue):
    with write_all_the_time(database, 60):
        began_at = time.monotonic()
        with queue.wait(0.2):
            assert 0.2 <= time.monotonic() - began_at < 5


def test_killed_process_leaves_its_turn(database, queue):
    with write_all_the_time(database, 60):
        pass
    began_at = time.monotonic()
    with queue.wait(5):
        assert time.monotonic() - began_at < 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_lock_files_belong_to_the_owner_of_the_database(database, queue):
    os.chown(database, 1234, 1234)
    with queue.wait(1):
        found = {Path(f"{database}{suffix}").stat().st_uid for suffix in SUFFIXES}
    assert found == {1234}


def test_folder_without_room_for_lock_files_is_no_error(tmp_path):
    with WriteQueue(tmp_path / "missing" / "campaign.sqlite3").wait(1):
        pass
