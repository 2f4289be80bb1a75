"""Every command that runs next to a campaign server, on a database of its own."""

import os
import sqlite3
from contextlib import closing

import pytest

from imd_cli.main import main

REASON = ["--reason", "A sample reason"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module", autouse=True)
def sample(folder):
    """The sample campaign, in a database that the tests of this module share."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(folder)
        assert main(["campaign", "secrets"]) == 0
        assert main(["campaign", "sample"]) == 0
        yield


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main(["campaign", *arguments])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return run


def ids(table):
    return [line.split()[0] for line in table.splitlines()[1:]]


def test_migrating_twice_changes_nothing(run):
    assert run("migrate") == (0, "The database is up to date.\n", "")
    assert run("migrate") == (0, "The database is up to date.\n", "")


def test_a_key_is_shown_once_and_listed_without_its_secret(run):
    status, key, note = run("keys", "create", "Sample partner", "--scope", "signatures:read")
    assert (status, key.count("\n")) == (0, 1)
    assert "not shown again" in note
    status, table, _ = run("keys", "list")
    assert (status, "Sample partner" in table, key.strip() in table) == (0, True, False)


def test_a_revoked_key_is_listed_as_revoked(run):
    _, _, note = run("keys", "create", "Short-lived", "--scope", "events:moderate")
    identifier = note.partition(":")[0]
    assert run("keys", "revoke", identifier) == (0, f"{identifier} is revoked.\n", "")
    (line,) = [line for line in run("keys", "list")[1].splitlines() if identifier in line]
    assert not line.endswith("–")


def test_an_unknown_scope_lists_the_valid_ones(run):
    status, out, err = run("keys", "create", "Sample", "--scope", "everything")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "signatures:read" in err


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "revoke", "unknown"],
        ["moderate", "approve", "unknown", *REASON],
        ["moderate", "accept", "unknown", *REASON],
    ],
    ids=" ".join,
)
def test_an_unknown_id_is_one_line(run, command):
    status, out, err = run(*command)
    assert (status, out) == (1, "")
    assert err == "imd: not found: check the id\n"


def test_a_public_event_can_be_cancelled_once(run):
    status, table, _ = run("moderate", "events", "--state", "public")
    event = ids(table)[0]
    assert status == 0
    cancel = ["moderate", "cancel", event, *REASON]
    assert run(*cancel) == (0, f"{event} is cancelled.\n", "")
    status, out, err = run(*cancel)
    assert (status, out, err.count("\n")) == (1, "", 1)


def test_guests_without_a_decision_are_listed(run):
    status, table, _ = run("moderate", "attendances")
    assert (status, table.split()[:2]) == (0, ["attendance", "event"])


@pytest.mark.parametrize("reason", ["", "x" * 100_000])
def test_a_reason_of_a_wrong_length_is_one_line(run, reason):
    event = ids(run("moderate", "events", "--state", "public")[1])[0]
    status, out, err = run("moderate", "cancel", event, "--reason", reason)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "reason" in err


@pytest.mark.parametrize("words", [["moderate", "events", "--state", "open"], ["keys"], ["load"]])
def test_an_incomplete_command_is_a_usage_error(run, words):
    status, out, err = run(*words)
    assert (status, out, "usage: imd campaign" in err) == (2, "", True)


def test_a_folder_without_a_campaign_is_one_line(run, tmp_path):
    status, out, err = run("load", str(tmp_path / "nowhere"))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "nowhere" in err


def test_audit_of_a_correct_campaign_says_that_all_agree(run):
    assert run("audit-totals") == (0, "Totals, ledger and signatures agree.\n", "")


def test_audit_reports_each_difference_and_fails(run, folder):
    with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database, database:
        database.execute("UPDATE petitions SET total = total + 1")
    try:
        expected = "convention, total: 6146 numbered in the ledger, 6147 counted\n"
        assert run("audit-totals") == (1, expected, "")
    finally:
        with closing(sqlite3.connect(folder / "var/campaign.sqlite3")) as database, database:
            database.execute("UPDATE petitions SET total = total - 1")
