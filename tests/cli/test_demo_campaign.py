"""A demo goes on with the files of an earlier one, or keeps them and starts afresh."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from imd_campaign import db
from imd_campaign.startup import open_vault
from imd_cli.demo_campaign import prepare
from imd_cli.errors import CommandError
from imd_cli.main import main

ADDRESS = "http://127.0.0.1:1218"
EMAIL = (
    "INSERT INTO outbox (id, kind, state, letter, attempts, created_at, due_at) "
    "VALUES ('ltr_1', 'test', 'queued', :letter, 0, :at, :at)"
)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Path:
    """The files of a version that recorded no secrets."""
    data = tmp_path_factory.mktemp("earlier") / "demo"
    campaign, _ = prepare(data, ADDRESS)
    for file in data.glob("campaign.sqlite3*"):
        file.unlink()
    engine = db.open_engine(f"sqlite:///{data / 'campaign.sqlite3'}")
    db.migrate(engine, revision="0005")
    email = {"letter": open_vault(campaign).encrypt({}), "at": "2026-11-23"}
    with engine.begin() as connection:
        connection.execute(text(EMAIL), email)
    engine.dispose()
    return data


@pytest.fixture
def data(earlier, tmp_path) -> Path:
    return Path(shutil.copytree(earlier, tmp_path / "demo"))


def list_renamed_folders(data: Path) -> list[str]:
    return [file.name for file in data.parent.glob("demo.old-*")]


def test_an_earlier_demo_goes_on(data, capsys):
    secret = (data / "server.secret").read_text()
    campaign, _ = prepare(data, ADDRESS)
    assert campaign.secret.get_secret_value() == secret
    assert (list_renamed_folders(data), capsys.readouterr().err) == ([], "")


def test_commands_use_the_database_with_the_secrets_file(data, monkeypatch, capsys):
    prepare(data, ADDRESS)
    monkeypatch.setenv("IMD_CAMPAIGN_SECRETS_FILE", str(data / "campaign.secrets"))
    assert main(["campaign", "moderate", "events", "--state", "public"]) == 0
    assert "evt_sample_" in capsys.readouterr().out


def break_secret(data: Path) -> None:
    (data / "server.secret").write_text("cut sho")


def empty_keys(data: Path) -> None:
    (data / "organisation.keys").write_text("")


def lose_secret(data: Path) -> None:
    (data / "server.secret").unlink()


def scramble_secret(data: Path) -> None:
    (data / "server.secret").write_bytes(b"\xff\xfe" * 30)


def replace_with_folder(data: Path) -> None:
    (data / "server.secret").unlink()
    (data / "server.secret").mkdir()


def scramble_database(data: Path) -> None:
    (data / "campaign.sqlite3").write_bytes(b"\xff\xfe" * 3000)


def set_later_version(data: Path) -> None:
    with closing(sqlite3.connect(data / "campaign.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


DAMAGE = (
    break_secret,
    empty_keys,
    lose_secret,
    scramble_secret,
    replace_with_folder,
    scramble_database,
    set_later_version,
)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_an_unusable_demo_is_renamed_and_a_new_one_starts(data, damage, capsys):
    damage(data)
    prepare(data, ADDRESS)
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert str(data.with_name("demo.old-1")) in message
    assert list_renamed_folders(data) == ["demo.old-1"]


def test_a_folder_with_other_files_is_not_renamed(data):
    break_secret(data)
    (data / "thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match="choose another"):
        prepare(data, ADDRESS)
    assert (data / "thesis.txt").exists()


def test_a_busy_database_is_not_renamed(data):
    with closing(sqlite3.connect(data / "campaign.sqlite3")) as database:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(CommandError, match="locked"):
            prepare(data, ADDRESS)
    assert list_renamed_folders(data) == []
