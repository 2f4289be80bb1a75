"""A journal that was cut off anywhere is gone on with, and nobody is signed for twice."""

import errno
import json
import os
import resource
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import people, person

from imd_sdk import errors
from imd_sdk.bulk import JournalError
from imd_sdk.bulk._journal import Job, JournalEntry, open_journal
from imd_sdk.bulk._run import BulkRun, Pull, Start

JOB = Job("http://campaign.example", "convention", None)
ROWS = people(6)


class Campaign:
    """Counts who signed, as the server does: a key is carried out once."""

    def __init__(self):
        self.keys = {}

    def sign(self, attempt):
        self.keys.setdefault(attempt.key, attempt.fields["email"])

    @property
    def people(self):
        return sorted(self.keys.values())


def run(journal, campaign, rows=ROWS, *, cuts=()):
    """One job over rows, one at a time; at the numbers in `cuts` the response is lost."""
    with open_journal(journal, JOB, now=0) as book:
        job, left, sent = BulkRun(JOB, book, concurrency=1), list(rows), 0
        while step := job.step():
            if isinstance(step, Pull):
                job.add_row(left.pop(0)) if left else job.end()
            elif isinstance(step, Start):
                campaign.sign(step.pending)
                job.settle(step.pending, errors.OutcomeUnknown("cut") if sent in cuts else None)
                sent += 1
        return job.finish()


@settings(deadline=None)
@given(cut=st.integers(0), cuts=st.sets(st.integers(0, 8), max_size=3))
def test_any_prefix_of_a_journal_can_be_continued(cut, cuts):
    with tempfile.TemporaryDirectory() as folder:
        journal, campaign = Path(folder, "j"), Campaign()
        run(journal, campaign, cuts=cuts)
        data = journal.read_bytes()
        head = data.index(b"\n") + 1
        length = head + cut % (len(data) - head + 1)
        journal.write_bytes(data[:length])
        report = run(journal, campaign)
        done = {json.loads(line)["row"] for line in whole_lines(data[:length]) if b'"sent"' in line}
        assert report.is_complete
        assert (report.sent, report.skipped) == (len(ROWS) - len(done), len(done))
        assert campaign.people == sorted(row["email"] for row in ROWS)
        assert run(journal, campaign).skipped == len(ROWS)


def whole_lines(data):
    return data[: data.rindex(b"\n")].splitlines()


@settings(deadline=None)
@given(cut=st.integers(0))
def test_a_journal_with_an_incomplete_first_line_starts_again(cut):
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder, "j")
        with open_journal(journal, JOB, now=0):
            pass
        head = journal.read_bytes()
        journal.write_bytes(head[: cut % len(head)])
        assert run(journal, Campaign()).is_complete


@settings(deadline=None)
@given(
    entries=st.lists(
        st.tuples(
            st.integers(1, 4),
            st.sampled_from(["sending", "sent", "refused", "unknown", "not_sent"]),
            st.none() | st.text(max_size=8),
        ),
        max_size=12,
    )
)
def test_recorded_outcomes_are_known_after_a_restart(entries):
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder, "j")
        with open_journal(journal, JOB, now=0) as book:
            for row, outcome, reason in entries:
                book.write(JournalEntry(row, str(row), outcome, 7, reason))
            before = [book.known_outcome(str(row)) for row in range(1, 5)]
        with open_journal(journal, JOB, now=0) as book:
            assert [book.known_outcome(str(row)) for row in range(1, 5)] == before


def test_a_row_that_was_corrected_is_sent_with_the_same_journal(tmp_path):
    campaign = Campaign()
    run(tmp_path / "j", campaign, [person(1), person(2, country="Kenya")])
    report = run(tmp_path / "j", campaign, [person(1), person(2)])
    assert (report.sent, report.skipped, report.is_complete) == (1, 1, True)


def test_rows_may_come_in_another_order(tmp_path):
    campaign = Campaign()
    run(tmp_path / "j", campaign)
    assert run(tmp_path / "j", campaign, ROWS[::-1]).skipped == len(ROWS)


@pytest.mark.parametrize("text", ["Sample Person", "name,email\nA,b\n", '{"journal": "other"}\n'])
def test_a_file_that_is_not_a_journal_is_unchanged(tmp_path, text):
    path = tmp_path / "j"
    path.write_text(text)
    with (
        pytest.raises(JournalError, match="left unchanged"),
        open_journal(path, JOB, now=0),
    ):
        pass
    assert path.read_text() == text


def test_an_invalid_line_is_reported_by_number(tmp_path):
    run(tmp_path / "j", Campaign())
    lines = (tmp_path / "j").read_text().splitlines(keepends=True)
    (tmp_path / "j").write_text("".join([*lines[:2], "nonsense\n", *lines[2:]]))
    with pytest.raises(JournalError, match="line 3"), open_journal(tmp_path / "j", JOB, now=0):
        pass


def test_a_missing_folder_is_reported(tmp_path):
    path = tmp_path / "nowhere" / "j"
    with pytest.raises(JournalError, match="cannot be opened"), open_journal(path, JOB, now=0):
        pass


def test_an_endless_file_is_rejected():
    with (
        pytest.raises(JournalError, match="is not a journal"),
        open_journal("/dev/zero", JOB, now=0),
    ):
        pass


def test_a_full_disk_stops_the_job_before_sending(tmp_path, monkeypatch):
    run(tmp_path / "j", campaign := Campaign(), ROWS[:1])
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalError, match="cannot be written"):
        run(tmp_path / "j", campaign)
    assert len(campaign.people) == 1


def full(handle, data):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_incomplete_line_does_not_corrupt_the_next(tmp_path):
    """A disk that fills up takes a part of a line; the next line is complete."""
    journal, entry = tmp_path / "j", JournalEntry(1, "k", "sending", 0)
    with (
        open_journal(journal, JOB, now=0) as book,
        little_room(journal.stat().st_size + 9) as enough,
    ):
        with pytest.raises(JournalError, match="cannot be written: File too large"):
            book.write(entry)
        enough()
        book.write(JournalEntry(2, "k", "sent", 0))
    with open_journal(journal, JOB, now=0) as book:
        assert book.known_outcome("k").outcome == "sent"


@contextmanager
def little_room(size):
    """Let no file of this process grow beyond a size, until it is enough."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    enough = partial(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield enough
    finally:
        enough()


def test_the_same_row_has_the_same_key_after_a_restart(tmp_path):
    keys = []
    for _ in range(2):
        with open_journal(tmp_path / "j", JOB, now=0) as book:
            keys.append(book.key(person(1)))
    assert keys[0] == keys[1]
