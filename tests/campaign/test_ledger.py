"""The ledger, the totals that it adds up to, and the signatures agree at any moment."""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import accumulate, count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signers import Signers
from signing import START, add_petition, count_all
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from imd_campaign.context import Context
from imd_campaign.petitions import count_audit, counting, service
from imd_campaign.petitions import ledger as ledger_store
from imd_campaign.petitions.tables import petitions, source_tallies, tallies
from imd_campaign.startup import open_database

pytestmark = pytest.mark.both_databases

IDS = count()


@pytest.fixture
def signers(context, petition):
    return Signers(context, petition)


@pytest.fixture
def other_worker(settings, clock):
    """The context of a second server on the same database."""
    database = open_database(settings)
    yield Context(settings, database, None, clock)
    database.engine.dispose()


def read_totals(context):
    with context.database.read() as connection:
        return [
            connection.execute(select(table)).all()
            for table in (petitions, tallies, source_tallies)
        ]


# --- what is recorded --------------------------------------------------------------------------


def test_row_has_a_day_and_no_time_and_no_person(signers):
    signers.sign(1, "MX", "partner")
    [row] = signers.read_ledger()
    assert dict(row) == {
        "id": row["id"],
        "petition_id": signers.petition_id,
        "number": None,
        "change": 1,
        "country": "MX",
        "source": "partner",
        "line": "confirmed",
        "day": START.date(),
    }


def test_signing_twice_is_recorded_once(signers):
    assert (signers.sign(1), signers.sign(1)) == (True, False)
    assert len(signers.read_ledger()) == 1


def test_withdrawal_is_recorded_with_country_source_and_its_own_day(signers, clock):
    signers.sign(1, "MX", "partner")
    clock.forward(days=2)
    assert (signers.withdraw(1), signers.withdraw(1)) == (True, False)
    row = signers.read_ledger()[-1]
    assert (row["change"], row["country"], row["source"]) == (-1, "MX", "partner")
    assert row["day"] == clock.now.date()


@pytest.mark.parametrize(
    "act",
    [
        "DELETE FROM ledger",
        "UPDATE ledger SET change = -1",
        "UPDATE ledger SET country = 'MX'",
        "UPDATE ledger SET number = 2",
        "UPDATE ledger SET number = NULL",
    ],
)
def test_ledger_is_append_only(context, signers, engine, act):
    signers.sign(1)
    count_all(context)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(act))


# --- folding -----------------------------------------------------------------------------------

PEOPLE = st.integers(0, 7)
ACTS = st.one_of(
    st.tuples(st.just("sign"), PEOPLE, st.sampled_from(["KE", "MX"]), st.sampled_from([None, "a"])),
    st.tuples(st.just("withdraw"), PEOPLE),
    st.tuples(st.just("erase"), PEOPLE),
    st.tuples(st.just("invalidate"), st.sampled_from(["KE", "MX"])),
    st.tuples(st.just("undo"), st.integers(0, 2)),
    st.tuples(st.just("fold")),
)


def find_counted(signed, invalid):
    return signed.keys() - {person for _, chosen in invalid for person in chosen}


def fold_together(*contexts: Context) -> None:
    with ThreadPoolExecutor(len(contexts)) as pool:
        list(pool.map(count_all, contexts))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(acts=st.lists(ACTS, max_size=40))
def test_everything_agrees_after_any_confirmations_withdrawals_invalidations_and_folds(
    context, other_worker, acts
):
    add_petition(context, slug := f"petition-{next(IDS)}", "Petition")
    signers, signed, invalid = Signers(context, slug), {}, []
    for act, *values in acts:
        if act == "sign":
            assert signers.sign(*values) == (values[0] not in signed)
            signed.setdefault(values[0], tuple(values[1:]))
        elif act == "withdraw":
            assert signers.withdraw(*values) == (signed.pop(values[0], None) is not None)
        elif act == "erase":
            signers.erase(*values)
            signed.pop(values[0], None)
        elif act == "invalidate":
            chosen = {n for n in find_counted(signed, invalid) if signed[n][0] == values[0]}
            if chosen:
                invalid.append((signers.invalidate(*values), chosen))
        elif act == "undo":
            if len(invalid) > values[0]:
                batch, chosen = invalid.pop(values[0])
                assert signers.undo(batch) == len(chosen & signed.keys())
        else:
            fold_together(context, other_worker)
            assert service.get_count(context, slug).total == len(find_counted(signed, invalid))
        for _, chosen in invalid:
            chosen.intersection_update(signed)
        assert count_audit.find_differences(context) == []
    count_all(context)
    rows = signers.read_ledger()
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert min(accumulate(row["change"] for row in rows), default=0) >= 0
    with context.database.read() as connection:
        by_country = ledger_store.list_tallies(connection, signers.petition_id)
    counted = find_counted(signed, invalid)
    assert +Counter(by_country) == Counter(signed[person][0] for person in counted)


def test_rows_of_several_batches_are_numbered_in_order(context, signers, monkeypatch):
    monkeypatch.setattr(counting, "BATCH_SIZE", 2)
    for person in range(5):
        signers.sign(person)
    count_all(context)
    assert [row["number"] for row in signers.read_ledger()] == [1, 2, 3, 4, 5]
    assert service.get_count(context, "convention").total == 5


def test_fold_that_fails_at_any_statement_changes_nothing(context, signers, other_worker):
    signers.sign(1)
    before = signers.read_ledger(), read_totals(context)
    for number in count(1):
        with fail_at_statement(other_worker.database.engine, number) as failed:
            counting.fold(other_worker)
        if not failed:
            break
        assert (signers.read_ledger(), read_totals(context)) == before
    assert number > 5
    assert service.get_count(context, "convention").total == 1


@contextmanager
def fail_at_statement(engine, number):
    """Raise an error instead of the statement with this number, from 1."""
    numbers, failed = count(1), []

    def fail(*_):
        if next(numbers) == number:
            failed.append(number)
            raise ZeroDivisionError

    event.listen(engine, "before_cursor_execute", fail)
    with suppress(ZeroDivisionError):
        yield failed
    event.remove(engine, "before_cursor_execute", fail)


KILLED_FOLD = """
import os
import signal
from sqlalchemy import event
from imd_campaign.context import Context
from imd_campaign.petitions import counting
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database
settings = Settings()
database = open_database(settings)

@event.listens_for(database.engine, "before_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "counted_at" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

counting.fold(Context(settings, database, None))
"""


def test_fold_that_is_killed_changes_nothing_and_the_next_one_counts(
    context, signers, start_python
):
    signers.sign(1)
    before = signers.read_ledger(), read_totals(context)
    killed = start_python(KILLED_FOLD)
    assert (killed.communicate(timeout=60)[1], killed.returncode) == (b"", -signal.SIGKILL)
    assert (signers.read_ledger(), read_totals(context)) == before
    give_up_at = time.monotonic() + 10
    while service.get_count(context, "convention").total == 0 and time.monotonic() < give_up_at:
        count_all(context)  # PostgreSQL may need a moment to see that the other one is gone
    assert service.get_count(context, "convention").total == 1


# --- the audit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "found"),
    [
        ("UPDATE petitions SET total = 3", ["total: 2 numbered in the ledger, 3 counted"]),
        (
            "UPDATE tallies SET total = 1 WHERE country = 'MX'",
            ["country MX: 2 numbered in the ledger, 1 counted"],
        ),
        ("DELETE FROM source_tallies", ["no source: 2 numbered in the ledger, 0 counted"]),
        (
            "DELETE FROM signatures WHERE fingerprint IS NOT NULL",
            [
                "country MX: 0 signatures, 2 in the ledger",
                "no source: 0 signatures, 2 in the ledger",
                "total: 0 signatures, 2 in the ledger",
            ],
        ),
    ],
)
def test_audit_finds_each_difference(context, signers, engine, act, found):
    for person in (1, 2):
        signers.sign(person, "MX")
    count_all(context)
    with engine.begin() as connection:
        connection.execute(text(act))
    differences = count_audit.find_differences(context)
    assert list(map(str, differences)) == [f"convention, {line}" for line in found]


def test_audit_finds_a_gap_in_the_numbers(context, signers, engine):
    signers.sign(1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger SET number = 2"))
    assert "convention, sequence: 1 numbers, the highest is 2" in map(
        str, count_audit.find_differences(context)
    )
