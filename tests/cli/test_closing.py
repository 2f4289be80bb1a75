"""`imd campaign close`: shown first, confirmed by the name, and nothing afterwards."""

import io
import json
import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from imd_campaign.closing import service
from imd_cli.main import main

NAME = "International Migrants Day"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The sample campaign, made once."""
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
            patch.delenv(name)
        patch.chdir(folder)
        main(["campaign", "secrets", "--private-key", "organisation.key"])
        main(["campaign", "sample"])
    return folder


def open_copy(template, folder, patch):
    """Enter a folder with a copy of the sample campaign."""
    for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
        patch.delenv(name)
    patch.setenv("IMD_CAMPAIGN_SECRETS_FILE", str(template / "var/campaign.secrets"))
    patch.setenv("IMD_CAMPAIGN_DATABASE_TIMEOUT", "0.5")
    patch.chdir(folder)
    patch.setattr(service, "NOTICE_SECONDS", 0)
    Path("var").mkdir()
    source = sqlite3.connect(template / "var/campaign.sqlite3")
    target = sqlite3.connect("var/campaign.sqlite3")
    with closing(source), closing(target):
        source.backup(target)


@pytest.fixture
def close(template, tmp_path, monkeypatch, capsys):
    open_copy(template, tmp_path, monkeypatch)

    def close(*arguments, typed=NAME):
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        status = main(["campaign", "close", "totals", *arguments])
        return status, *capsys.readouterr()

    return close


@pytest.fixture(scope="module")
def closed_folder(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    with pytest.MonkeyPatch.context() as patch:
        open_copy(template, folder, patch)
        patch.setattr("sys.stdin", io.StringIO(f"{NAME}\n"))
        assert main(["campaign", "close", "totals", "--yes", "--now"]) == 0
    return folder


@pytest.fixture
def closed(template, closed_folder, monkeypatch):
    """Enter a folder with a closed campaign, which no test changes."""
    monkeypatch.setenv("IMD_CAMPAIGN_SECRETS_FILE", str(template / "var/campaign.secrets"))
    monkeypatch.chdir(closed_folder)


def query(statement):
    with closing(sqlite3.connect("var/campaign.sqlite3")) as connection:
        return connection.execute(statement).fetchall()


def count_signatures():
    return query("SELECT count(*) FROM signatures")[0][0]


def test_without_yes_it_only_shows_what_would_be_deleted(close):
    before = count_signatures()
    status, out, _ = close()
    assert (status, count_signatures()) == (0, before)
    assert re.search(rf"signatures, with their sealed names and addresses +{before:,}\n", out)
    assert "petition convention: it has not ended" in out
    assert "Nothing was changed." in out
    assert not Path("totals").exists()


def test_an_unfinished_campaign_is_not_closed(close):
    before = count_signatures()
    status, _, err = close("--yes")
    assert (status, count_signatures()) == (1, before)
    assert "petition convention: it has not ended" in err
    assert "--now" in err


def test_a_wrong_name_changes_nothing(close):
    before = count_signatures()
    status, _, err = close("--yes", "--now", typed="yes")
    assert (status, count_signatures()) == (1, before)
    assert "nothing was changed" in err
    assert query("SELECT * FROM switches") == []


def test_the_name_closes_the_campaign(closed):
    assert count_signatures() == 0
    assert query("SELECT name, value FROM switches") == [("read_only", "closed")]


def test_the_totals_are_delivered(closed):
    [petition] = json.loads(Path("totals/totals.json").read_text())["petitions"]
    [(total,)] = query("SELECT total FROM petitions")
    assert (petition["total"], petition["ledger"]["last_number"]) == (total, total)
    assert total > 0
    assert all(number % 10 == 0 for number in petition["countries"].values())


def test_the_printed_totals_have_the_head_of_the_ledger(closed):
    [petition] = json.loads(Path("totals/totals.json").read_text())["petitions"]
    page = Path("totals/totals.html")
    assert petition["ledger"]["sha256"] in page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_the_totals_still_agree_with_the_ledger(closed):
    assert main(["campaign", "audit-totals"]) == 0


def test_nothing_is_loaded_into_a_closed_campaign(closed, capsys):
    assert main(["campaign", "sample"]) == 1
    assert "this campaign is closed" in capsys.readouterr().err
    assert count_signatures() == 0


def test_closing_again_deletes_nothing_and_delivers_the_same_totals(closed, monkeypatch, capsys):
    first = json.loads(Path("totals/totals.json").read_text())
    monkeypatch.setattr(service, "NOTICE_SECONDS", 0)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NAME}\n"))
    assert main(["campaign", "close", "totals", "--yes"]) == 0
    assert "(none)" in capsys.readouterr().err
    assert json.loads(Path("totals/totals.json").read_text())["petitions"] == first["petitions"]


def test_a_database_in_use_is_reported(close):
    with closing(sqlite3.connect("var/campaign.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM petitions").fetchone()
        status, _, err = close("--yes", "--now")
    assert (status, count_signatures()) == (0, 0)
    assert "the database is in use" in err
