import stat

import pytest

from imd_campaign import secrets_file
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings

SECRETS = {"secret": "a secret for tests, and for tests only", "public_key": new_key_pair()[0]}


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "var" / "campaign.secrets"
    monkeypatch.setenv("IMD_CAMPAIGN_SECRETS_FILE", str(path))
    secrets_file.create(path, SECRETS)
    return path


def test_file_and_folder_are_private(file):
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)]
    assert modes == [0o700, 0o600]


def test_settings_are_read_from_the_file(file):
    assert Settings().public_key == SECRETS["public_key"]


def test_environment_overrides_the_file(file, monkeypatch):
    other = new_key_pair()[0]
    monkeypatch.setenv("IMD_CAMPAIGN_PUBLIC_KEY", other)
    assert Settings().public_key == other


def test_file_can_hold_other_settings(file):
    with file.open("a") as opened:
        opened.write("\n# mail\nIMD_CAMPAIGN_MAIL='smtp://user:hidden@host'\n")
    assert Settings().mail == "smtp://user:hidden@host"


def test_existing_file_is_not_overwritten(file):
    with pytest.raises(FileExistsError):
        secrets_file.create(file, SECRETS)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_file_accessible_to_others_is_rejected(file, mode):
    file.chmod(mode)
    with pytest.raises(ValueError, match=f"mode {mode:04o}.*chmod 600"):
        Settings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "IMD_CAMPAIGN_PUBLIC_KEY and IMD_CAMPAIGN_SECRET not set"),
        (
            b"IMD_CAMPAIGN_SECRET=hidden-hidden-hidden-hidden-hidden\n",
            "IMD_CAMPAIGN_PUBLIC_KEY not",
        ),
        (b"IMD_CAMPAIGN_SEC", "line 1: not a setting"),
        (b"\nIMD_WIDGETS_OPERATOR=hidden\n", "line 2: not a setting"),
        (b"\xff\xfe\x00hidden", "cannot be read: it is not text"),
        (b"IMD_CAMPAIGN_SECRET=hidden\nIMD_CAMPAIGN_PUBLIC_KEY=AAAA\n", "at least 32"),
    ],
)
def test_error_for_a_malformed_file_does_not_repeat_its_content(file, content, message):
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        Settings()
    assert "hidden" not in str(error.value)


def test_error_for_a_missing_file_names_the_command_to_create_it(file):
    file.unlink()
    with pytest.raises(ValueError, match="imd campaign secrets"):
        Settings()


def test_folder_instead_of_the_file_is_rejected(file):
    file.unlink()
    file.mkdir()
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        Settings()
