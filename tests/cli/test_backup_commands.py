"""`imd campaign backup`, `restore`, `resume` and `retention`, on a campaign of their own."""

import os
import sqlite3
from contextlib import closing

import pytest

from imd_cli.main import main

DECISION = ("--emails", "send", "--forms", "send", "--reason", "A sample reason")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("backup")


@pytest.fixture(scope="module", autouse=True)
def campaign(folder):
    """A campaign with a backup, plain and encrypted, in the current folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(folder)
        assert main(["campaign", "secrets", "--private-key", "organisation.key"]) == 0
        assert main(["campaign", "migrate"]) == 0
        assert main(["campaign", "backup", "plain.backup"]) == 0
        assert main(["campaign", "backup", "--encrypt", "encrypted.backup"]) == 0
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


@pytest.fixture
def elsewhere(folder, tmp_path, monkeypatch):
    """The same secrets with an empty database."""
    monkeypatch.setenv("IMD_CAMPAIGN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite3'}")
    monkeypatch.setenv("IMD_CAMPAIGN_FILES_DIR", str(tmp_path / "files"))
    return tmp_path / "new.sqlite3"


def test_backup_reminds_of_the_secrets(run, tmp_path):
    status, out, err = run("backup", str(tmp_path / "new.backup"))
    assert (status, err) == (0, "")
    assert "rows and 0 files of posters" in out
    assert "Keep a copy of var/campaign.secrets elsewhere" in out


def test_check_names_the_moment_of_the_backup(run):
    status, out, err = run("backup", "--check", "plain.backup")
    assert (status, err) == (0, "")
    assert out.startswith("plain.backup: the campaign as of 20")


def test_encrypted_backup_is_checked_with_the_private_key(run):
    status, _, err = run("backup", "--check", "encrypted.backup")
    assert (status, err) == (
        1,
        "imd: the backup is encrypted for the organisation: add --private-key FILE\n",
    )
    key = ("--private-key", "organisation.key")
    assert run("backup", "--check", "encrypted.backup", *key)[0] == 0


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("backup", "plain.backup"), 1, "plain.backup exists already; choose another name"),
        (("backup", "--check", "none.backup"), 1, "there is no file none.backup"),
        (("restore", "none.backup"), 1, "there is no file none.backup"),
        (("restore", "plain.backup"), 1, "the target has data already"),
        (("restore", "plain.backup", "--private-key", "none"), 1, "cannot read none: No such"),
        (("backup", "x", "--private-key", "organisation.key"), 2, "it needs --check"),
        (("backup", "x", "--check", "--encrypt"), 2, "not allowed with argument"),
        (("resume",), 1, "nothing is held back"),
        (("resume", "--emails", "send"), 2, "needs --emails, --forms and --reason"),
        (("resume", *DECISION, "--sold", "paths:7"), 2, "--sold needs POSTER/EDITION:NUMBERS"),
        (("resume", *DECISION, "--sold", "paths/a:x"), 2, "--sold needs POSTER/EDITION:NUMBERS"),
    ],
)
def test_what_cannot_be_done_is_one_error(run, words, status, message):
    with closing(sqlite3.connect("var/campaign.sqlite3")) as database:
        database.execute("INSERT OR IGNORE INTO blocked_mailboxes VALUES (x'00', '2026-11-01')")
        database.commit()
    found, _, err = run(*words)
    assert (found, message in err) == (status, True), err


def test_restored_campaign_holds_back_until_the_decision(run, elsewhere):
    status, out, _ = run("restore", "plain.backup")
    assert status == 0
    assert "no e-mail is sent until you have run: imd campaign resume" in out
    status, out, _ = run("resume")
    assert status == 0
    assert "To decide, run: imd campaign resume --emails send|drop" in out
    status, out, _ = run("resume", *DECISION)
    assert status == 0
    assert "E-mail is sent again." in out


def test_print_that_was_not_on_sale_is_one_error(run, elsewhere):
    run("restore", "encrypted.backup", "--private-key", "organisation.key")
    status, _, err = run("resume", *DECISION, "--sold", "paths/limited:7,9-12")
    assert (status, err) == (1, "imd: not found: check the id\n")


def test_retention_lists_every_rule(run):
    status, out, _ = run("retention")
    assert (status, "next deletion" in out) == (0, True)
    assert "the audit trail" in out
