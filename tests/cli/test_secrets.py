"""`imd campaign secrets` makes secrets once, and no later command destroys them."""

import base64
import hashlib
import os
import stat
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from imd_campaign.crypto import new_key_pair
from imd_cli.main import main

FILE = Path("var/campaign.secrets")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IMD_CAMPAIGN_")]:
        monkeypatch.delenv(name)


def secret_of(file: Path) -> str:
    return file.read_text().partition("\n")[0]


def public_key_of(private: str) -> str:
    key = PrivateKey(base64.b64decode(private))
    return base64.b64encode(bytes(key.public_key)).decode()


def test_secrets_are_created_once():
    main(["campaign", "secrets"])
    before = FILE.read_bytes()
    assert (main(["campaign", "secrets"]), FILE.read_bytes()) == (0, before)


def test_existing_secrets_are_reported_as_unchanged(capsys):
    main(["campaign", "secrets"])
    capsys.readouterr()
    main(["campaign", "secrets"])
    assert capsys.readouterr() == ("", f"{FILE} exists already; nothing was changed.\n")


def test_nothing_is_printed_that_a_shell_could_export(capsys):
    main(["campaign", "secrets"])
    assert capsys.readouterr().out == ""


def test_the_private_key_is_shown_and_not_in_the_file(capsys):
    main(["campaign", "secrets"])
    private = capsys.readouterr().err.split()[-1]
    assert public_key_of(private) in FILE.read_text()
    assert private not in FILE.read_text()


def test_the_private_key_can_be_written_to_a_file(capsys):
    main(["campaign", "secrets", "--private-key", "organisation.key"])
    key = Path("organisation.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert public_key_of(key.read_text()) in FILE.read_text()
    assert key.read_text().strip() not in capsys.readouterr().err


def test_no_secrets_are_created_if_the_private_key_cannot_be_written():
    Path("organisation.key").write_text("an older key")
    assert main(["campaign", "secrets", "--private-key", "organisation.key"]) == 1
    assert not FILE.exists()


def test_secrets_in_the_environment_prevent_new_ones(monkeypatch, capsys):
    monkeypatch.setenv("IMD_CAMPAIGN_PUBLIC_KEY", new_key_pair()[0])
    assert main(["campaign", "secrets"]) == 1
    assert "IMD_CAMPAIGN_PUBLIC_KEY" in capsys.readouterr().err
    assert not FILE.exists()


def test_missing_secrets_tell_how_to_create_them(capsys):
    assert main(["campaign", "migrate"]) == 2
    assert "`imd campaign secrets`" in capsys.readouterr().err


def made_with_other_secrets() -> None:
    main(["campaign", "secrets"])
    main(["campaign", "migrate"])
    FILE.unlink()
    main(["campaign", "secrets"])


@pytest.mark.parametrize(
    "command",
    [
        ["campaign", "migrate"],
        ["campaign", "sample"],
        ["campaign", "keys", "list"],
        ["campaign", "moderate", "events"],
        ["campaign", "serve", "--port", "0"],
        ["serve", "--port", "0"],
    ],
    ids=" ".join,
)
def test_secrets_of_another_database_are_rejected_in_one_line(command, capsys):
    made_with_other_secrets()
    capsys.readouterr()
    assert main(command) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("imd: IMD_CAMPAIGN_SECRET is not the secret that this database")
    assert output.err.count("\n") == 1


def test_a_changed_public_key_is_accepted_on_request(capsys):
    main(["campaign", "secrets"])
    main(["campaign", "migrate"])
    FILE.write_text(f"{secret_of(FILE)}\nIMD_CAMPAIGN_PUBLIC_KEY={new_key_pair()[0]}\n")
    assert main(["campaign", "keys", "list"]) == 1
    assert "--accept-public-key" in capsys.readouterr().err
    assert main(["campaign", "secrets", "--accept-public-key"]) == 0
    assert main(["campaign", "keys", "list"]) == 0


def private_keys_of(*files: str) -> list[str]:
    return [Path(file).read_text().strip() for file in files]


def test_several_key_pairs_are_created_at_once():
    main(["campaign", "secrets", "--private-key", "a.key", "--private-key", "b.key"])
    publics = [public_key_of(private) for private in private_keys_of("a.key", "b.key")]
    assert f"IMD_CAMPAIGN_PUBLIC_KEY={','.join(publics)}\n" in FILE.read_text()


def test_no_key_is_left_if_one_of_several_cannot_be_written():
    Path("b.key").write_text("an older key")
    keys = ["--private-key", "a.key", "--private-key", "b.key"]
    assert main(["campaign", "secrets", *keys]) == 1
    assert [path.name for path in Path().iterdir() if path.is_file()] == ["b.key"]
    assert not FILE.exists()


def test_a_new_key_pair_prints_its_public_key(capsys):
    assert main(["campaign", "secrets", "--new-key", "c.key"]) == 0
    public = public_key_of(*private_keys_of("c.key"))
    assert capsys.readouterr().out == f"{public}\n"


def test_an_added_key_is_named_by_its_fingerprint(capsys):
    main(["campaign", "secrets", "--private-key", "a.key"])
    main(["campaign", "migrate"])
    main(["campaign", "secrets", "--new-key", "b.key"])
    public = capsys.readouterr().out.splitlines()[-1]
    FILE.write_text(f"{FILE.read_text().strip()},{public}\n")
    assert main(["campaign", "secrets", "--accept-public-key"]) == 0
    name = hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]
    assert f"Added: the key with the fingerprint {name}." in capsys.readouterr().err


# --- rotation ----------------------------------------------------------------------------------


def settings_in_file() -> dict[str, str]:
    lines = FILE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def migrated():
    main(["campaign", "secrets"])
    with FILE.open("a") as file:
        file.write("# a comment\nIMD_CAMPAIGN_COUNT_WINDOW=20\n")
    main(["campaign", "migrate"])


def test_rotation_keeps_the_present_secret_for_reading(migrated):
    before = settings_in_file()
    assert main(["campaign", "secrets", "rotate"]) == 0
    after = settings_in_file()
    assert after["IMD_CAMPAIGN_PREVIOUS_ENCRYPTION_SECRET"] == before["IMD_CAMPAIGN_SECRET"]
    assert after.items() > before.items()
    assert len(after.pop("IMD_CAMPAIGN_ENCRYPTION_SECRET")) >= 32


def test_rotated_file_is_private_and_keeps_its_other_lines(migrated):
    main(["campaign", "secrets", "rotate"])
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert "# a comment\nIMD_CAMPAIGN_COUNT_WINDOW=20\n" in FILE.read_text()


def test_reencryption_removes_the_previous_secret(migrated):
    main(["campaign", "secrets", "rotate"])
    assert main(["campaign", "secrets", "reencrypt"]) == 0
    assert "IMD_CAMPAIGN_PREVIOUS_ENCRYPTION_SECRET" not in settings_in_file()
    assert main(["campaign", "keys", "list"]) == 0


def test_secrets_file_from_before_a_rotation_is_refused(migrated, capsys):
    before = FILE.read_bytes()
    main(["campaign", "secrets", "rotate"])
    FILE.write_bytes(before)
    capsys.readouterr()
    assert main(["campaign", "keys", "list"]) == 1
    assert "IMD_CAMPAIGN_ENCRYPTION_SECRET is not the secret" in capsys.readouterr().err


def test_second_rotation_before_reencryption_changes_nothing(migrated, capsys):
    main(["campaign", "secrets", "rotate"])
    before = FILE.read_bytes()
    assert main(["campaign", "secrets", "rotate"]) == 1
    assert "imd campaign secrets reencrypt" in capsys.readouterr().err
    assert FILE.read_bytes() == before


def test_secret_in_the_environment_is_not_rotated(migrated, monkeypatch, capsys):
    monkeypatch.setenv("IMD_CAMPAIGN_SECRET", settings_in_file()["IMD_CAMPAIGN_SECRET"])
    assert main(["campaign", "secrets", "rotate"]) == 1
    assert "IMD_CAMPAIGN_SECRET is set in the environment" in capsys.readouterr().err


def test_no_secret_is_printed_by_a_rotation(migrated, capsys):
    main(["campaign", "secrets", "rotate"])
    main(["campaign", "secrets", "reencrypt"])
    output = "".join(capsys.readouterr())
    assert not any(value in output for value in settings_in_file().values() if len(value) > 30)
