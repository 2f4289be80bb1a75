"""Signatures that staff declare invalid: not counted, not public, and their signers cannot tell."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from weakref import WeakSet

import pytest
from signers import Signers
from signing import FORM, confirm, count_all, find_token, list_signers, sign
from sqlalchemy import event, text

from imd_campaign.context import Context
from imd_campaign.errors import AlreadyDecided, InvalidBody, NotFound
from imd_campaign.petitions import count_audit, overview, service
from imd_campaign.petitions.invalidation import service as invalidation
from imd_campaign.petitions.invalidation.selection import Burst, Selection
from imd_campaign.startup import open_database

BY = {"actor": "shell:sample", "reason": "A flood from one place"}


@pytest.fixture
def signers(context, petition):
    return Signers(context, petition)


@pytest.fixture
def crowd(signers, clock):
    """Six signers from Kenya and Mexico, one each minute, and three more on the next day."""
    for person in range(6):
        signers.sign(person, "KE" if person % 2 else "MX", "partner" if person < 4 else None)
        clock.forward(minutes=1)
    clock.forward(days=1)
    for person in range(6, 9):
        signers.sign(person, "KE")
        clock.forward(hours=1)
    return signers


def select_all(context, **conditions):
    return Selection(**{"until": context.now(), **conditions})


def get_total(context) -> int:
    count_all(context)
    assert count_audit.find_differences(context) == []
    return service.get_count(context, "convention").total


def read_audit(context):
    with context.database.read() as connection:
        query = "SELECT actor, action, subject, reason, details FROM audit ORDER BY id"
        return connection.execute(text(query)).all()


# --- selecting ---------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("conditions", "number"),
    [
        ({"country": "KE"}, 6),
        ({"source": "partner"}, 4),
        ({"source": ""}, 5),
        ({"country": "KE", "source": "partner"}, 2),
        ({"burst": Burst(minutes=2, size=3)}, 6),
        ({"burst": Burst(minutes=2, size=4)}, 0),
        ({"burst": Burst(minutes=60, size=2), "country": "KE"}, 6),
        ({"burst": Burst(minutes=59, size=2), "country": "KE"}, 3),
        ({"country": "KE", "petition": "convention"}, 6),
    ],
)
def test_preview_counts_what_meets_all_conditions(context, crowd, conditions, number):
    assert invalidation.preview(context, select_all(context, **conditions)).total == number


@pytest.mark.both_databases
def test_time_range_includes_its_beginning_and_not_its_end(context, crowd):
    [first, second, *_] = [row["confirmed_at"] for row in _list_times(context)]
    selection = Selection(since=first, until=second)
    assert invalidation.preview(context, selection).total == 1


def _list_times(context):
    found = invalidation.preview(context, select_all(context, since=context.now() - timedelta(7)))
    return [{"confirmed_at": each.confirmed_at} for each in found.sample]


def test_one_mailbox_is_selected_in_any_spelling(context, crowd):
    email = crowd.email(3).upper().replace("@", "+tag@")
    assert invalidation.preview(context, select_all(context, email=email)).total == 1


def test_preview_counts_by_country_day_and_source_and_shows_no_name(context, crowd):
    found = invalidation.preview(context, select_all(context, since=context.now() - timedelta(7)))
    assert (found.by_petition, found.by_country) == ({"convention": 9}, {"KE": 6, "MX": 3})
    assert list(found.by_day.values()) == [6, 3]
    assert found.by_source == {"partner": 4, None: 5}
    assert [each.id for each in found.sample] == list(crowd.ids.values())
    assert "sealed" not in repr(found)


class StreamedRow(dict):
    """A row that can be referred to weakly."""

    __hash__ = object.__hash__


def test_preview_keeps_few_rows_in_memory(context, monkeypatch):
    alive, most = WeakSet(), 0

    def stream(*_):
        nonlocal most
        for number in range(100):
            row = StreamedRow(id=f"sig_{number}", slug="convention", country="KE", source=None)
            row["confirmed_at"] = context.now()
            alive.add(row)
            yield row
            most = max(most, len(alive))

    monkeypatch.setattr(invalidation, "_list_selected", stream)
    found = invalidation.preview(context, select_all(context, country="KE"))
    assert (found.total, most <= 12) == (100, True)
    assert [each.id for each in found.sample] == [f"sig_{n}" for n in range(0, 100, 16)]


def test_preview_changes_nothing(context, crowd):
    before = crowd.read_ledger()
    invalidation.preview(context, select_all(context, country="KE"))
    assert (crowd.read_ledger(), read_audit(context)) == (before, [])


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({}, "conditions"),
        ({"petition": "convention"}, "conditions"),
        ({"since": datetime(2026, 1, 1, tzinfo=UTC)}, "conditions"),
        ({"petition": "other", "country": "KE"}, "petition"),
        ({"country": "ke"}, "country"),
        ({"burst": Burst(minutes=0)}, "burst_minutes"),
        ({"burst": Burst(minutes=1, size=1)}, "burst_size"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_condition_that_cannot_be_meant_is_an_error(context, crowd, conditions, field):
    with pytest.raises(InvalidBody) as caught:
        invalidation.preview(context, select_all(context, **conditions))
    assert [error.field for error in caught.value.errors] == [field]


def test_time_that_ends_before_it_begins_is_an_error(context, crowd):
    with pytest.raises(InvalidBody, match="since"):
        invalidation.preview(context, select_all(context, since=context.now()))


def test_nothing_selected_is_an_error_that_records_nothing(context, crowd):
    with pytest.raises(InvalidBody, match="no signature"):
        invalidation.invalidate(context, select_all(context, country="ES"), **BY)
    assert invalidation.list_invalidations(context) == []


# --- what it does ------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_total_falls_and_undoing_restores_it(context, crowd, clock):
    assert get_total(context) == 9
    done = invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    assert (done.selected, done.invalid, get_total(context)) == (6, 6, 3)
    clock.forward(days=1)
    assert (invalidation.undo(context, done.id, **BY), get_total(context)) == (6, 9)
    assert invalidation.get(context, done.id).undone_at == clock.now


def test_ledger_gets_a_row_for_each_with_country_source_and_day(context, crowd, clock):
    before = len(crowd.read_ledger())
    done = invalidation.invalidate(context, select_all(context, country="MX"), **BY)
    invalidation.undo(context, done.id, **BY)
    rows = [(r["change"], r["country"], r["source"], r["day"]) for r in crowd.read_ledger()]
    today = clock.now.date()
    sources = ["partner", "partner", None]
    assert rows[before : before + 3] == [(-1, "MX", source, today) for source in sources]
    assert sorted(rows[before + 3 :], key=str) == sorted(
        ((+1, "MX", source, today) for source in sources), key=str
    )


@pytest.mark.both_databases
def test_withdrawn_signature_is_subtracted_once_and_does_not_come_back(context, crowd):
    done = invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    assert crowd.withdraw(1)
    assert get_total(context) == 3
    assert (invalidation.undo(context, done.id, **BY), get_total(context)) == (5, 8)


def test_signature_that_is_invalid_already_is_not_selected_again(context, crowd):
    invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    assert invalidation.preview(context, select_all(context, source="partner")).total == 2


def test_signature_confirmed_after_the_preview_stays(context, crowd, clock):
    selection = select_all(context, country="KE")
    clock.forward(minutes=1)
    crowd.sign(20, "KE")
    assert invalidation.invalidate(context, selection, **BY).selected == 6


def test_both_acts_are_in_the_audit_trail_without_the_address(context, crowd):
    done = invalidation.invalidate(context, select_all(context, email=crowd.email(3)), **BY)
    invalidation.undo(context, done.id, actor="stf_1", reason="A mistake")
    one, two = read_audit(context)
    assert one[:4] == ("shell:sample", "invalidate-signatures", done.id, BY["reason"])
    assert two[:4] == ("stf_1", "undo-invalidation", done.id, "A mistake")
    assert "person3" not in repr((one, two, invalidation.list_invalidations(context)))


def test_undoing_twice_and_an_unknown_id_are_errors(context, crowd):
    done = invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    invalidation.undo(context, done.id, **BY)
    with pytest.raises(AlreadyDecided):
        invalidation.undo(context, done.id, **BY)
    with pytest.raises(NotFound):
        invalidation.undo(context, "inv_unknown", **BY)


def test_overview_has_exact_numbers_and_what_is_invalid(context, crowd):
    invalidation.invalidate(context, select_all(context, country="MX"), **BY)
    [before] = overview.list_overviews(context, "en")
    count_all(context)
    [after] = overview.list_overviews(context, "en")
    assert (before.total, before.uncounted, before.invalid) == (0, 12, 3)
    assert (after.total, after.uncounted, after.title) == (6, 0, "Stand up")
    assert (after.by_line, after.by_country) == ({"confirmed": 6}, {"KE": 6})
    assert after.by_source == {"": 4, "partner": 2}


# --- from outside ------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_signer_cannot_tell_and_nobody_else_sees_the_name(context, client, petition, emails):
    await sign(client)
    [email] = emails()
    await confirm(client, email, public=True)
    path = f"/v1/confirmations/{find_token(email)}"
    before = (await client.get(path)).json()
    assert len(await list_signers(client)) == 1
    selection = Selection(country="ES", until=context.now() + timedelta(seconds=1))
    done = invalidation.invalidate(context, selection, **BY)
    assert (await client.get(path)).json() == before
    assert await list_signers(client) == []
    await sign(client)
    assert emails()[-1]["subject"] != email["subject"]  # as for anybody who has signed
    invalidation.undo(context, done.id, **BY)
    assert [signer["name"] for signer in await list_signers(client)] == [FORM["name"]]


@pytest.mark.anyio
async def test_export_leaves_invalid_signatures_out(context, client, crowd, key):
    invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    path = "/v1/petitions/convention/signatures"
    exported = (await client.get(path, headers=key("signatures:read"))).json()["items"]
    assert {item["country"] for item in exported} == {"MX"}


# --- several at once, and interrupted ------------------------------------------------------------


@pytest.fixture
def other_server(settings, clock):
    database = open_database(settings)
    yield Context(settings, database, None, clock)
    database.engine.dispose()


@pytest.mark.both_databases
def test_two_servers_at_once_subtract_each_signature_once(
    context, other_server, crowd, monkeypatch
):
    monkeypatch.setattr(invalidation, "BATCH_SIZE", 2)
    selections = [select_all(context, country="KE"), select_all(context, source="partner")]

    def invalidate(server, selection):
        with suppress(InvalidBody):  # if all of them have been withdrawn by then
            invalidation.invalidate(server, selection, **BY)

    with ThreadPoolExecutor(3) as pool:
        acts = [*map(pool.submit, [invalidate] * 2, (context, other_server), selections)]
        acts.append(pool.submit(lambda: [crowd.withdraw(person) for person in range(4)]))
        for act in acts:
            act.result(timeout=60)
    assert [row["change"] for row in crowd.read_ledger()].count(-1) == 8
    assert get_total(context) == 1
    for each in invalidation.list_invalidations(context):
        invalidation.undo(context, each.id, **BY)
    assert get_total(context) == 5


@pytest.mark.both_databases
def test_failure_at_any_statement_leaves_totals_that_agree_and_can_be_undone(
    context, other_server, crowd, monkeypatch
):
    monkeypatch.setattr(invalidation, "BATCH_SIZE", 4)
    selection = select_all(context, country="KE")
    for number in range(1, 100):
        failed = _fail_at_statement(other_server, number, selection)
        counted = get_total(context)
        for each in invalidation.list_invalidations(context):
            if each.invalid:
                invalidation.undo(context, each.id, **BY)
        assert (get_total(context), counted in {9, 5, 3}) == (9, True)
        if not failed:
            break
    assert number > 5


def _fail_at_statement(context, number, selection) -> bool:
    """Invalidate with an error instead of the statement with this number; False if none was."""
    numbers, failed = iter(range(1, 1000)), []

    def fail(*_):
        if next(numbers) == number:
            failed.append(number)
            raise ZeroDivisionError

    event.listen(context.database.engine, "before_cursor_execute", fail)
    with suppress(ZeroDivisionError):
        invalidation.invalidate(context, selection, **BY)
    event.remove(context.database.engine, "before_cursor_execute", fail)
    return bool(failed)


KILLED = """
import os
import signal
import sys
from datetime import datetime
from imd_campaign.context import Context
from imd_campaign.petitions import ledger
from imd_campaign.petitions.invalidation import service
from imd_campaign.petitions.invalidation.selection import Selection
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database
settings = Settings()
context = Context(settings, open_database(settings), None)
service.BATCH_SIZE = 4
append, calls = ledger.append, []

def kill_at_the_second(*values):
    append(*values)
    calls.append(values)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

ledger.append = kill_at_the_second
selection = Selection(country="KE", until=datetime.fromisoformat(sys.argv[1]))
service.invalidate(context, selection, actor="staff", reason="Fraud")
"""


def test_killed_invalidation_agrees_is_listed_as_unfinished_and_can_be_undone(
    context, crowd, start_python
):
    killed = start_python(KILLED, context.now().isoformat())
    assert (killed.communicate(timeout=60)[1], killed.returncode) == (b"", -signal.SIGKILL)
    [stopped] = invalidation.list_invalidations(context)
    assert (stopped.selected, stopped.invalid, stopped.finished_at) == (6, 4, None)
    assert get_total(context) == 5
    assert (invalidation.undo(context, stopped.id, **BY), get_total(context)) == (4, 9)


@pytest.mark.both_databases
def test_undone_invalidation_stops_where_it_is(context, crowd, monkeypatch):
    monkeypatch.setattr(invalidation, "BATCH_SIZE", 2)
    begun, batches = invalidation._invalidate_batch, []

    def undo_before_the_second(context, invalidation_id, ids):
        batches.append(ids)
        if len(batches) == 2:
            invalidation.undo(context, invalidation_id, **BY)
        return begun(context, invalidation_id, ids)

    monkeypatch.setattr(invalidation, "_invalidate_batch", undo_before_the_second)
    done = invalidation.invalidate(context, select_all(context, country="KE"), **BY)
    assert (len(batches), done.invalid, get_total(context)) == (2, 0, 9)
