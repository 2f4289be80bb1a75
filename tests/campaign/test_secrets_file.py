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


def test_the_file_and_its_folder_are_private(file):
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)]
    assert modes == [0o700, 0o600]


def test_settings_read_the_file(file):
    assert Settings().public_key == SECRETS["public_key"]


def test_the_environment_wins_over_the_file(file, monkeypatch):
    other = new_key_pair()[0]
    monkeypatch.setenv("IMD_CAMPAIGN_PUBLIC_KEY", other)
    assert Settings().public_key == other


def test_the_file_may_hold_other_settings(file):
    with file.open("a") as opened:
        opened.write("\n# mail\nIMD_CAMPAIGN_MAIL='smtp://user:hidden@host'\n")
    assert Settings().mail == "smtp://user:hidden@host"


def test_a_file_is_never_written_over(file):
    with pytest.raises(FileExistsError):
        secrets_file.create(file, SECRETS)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_use_is_refused(file, mode):
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
def test_a_broken_file_is_refused_without_repeating_it(file, content, message):
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message) as refusal:
        Settings()
    assert "hidden" not in str(refusal.value)


def test_a_missing_file_says_how_to_make_one(file):
    file.unlink()
    with pytest.raises(ValueError, match="imd campaign secrets"):
        Settings()


def test_a_folder_in_its_place_is_refused(file):
    file.unlink()
    file.mkdir()
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        Settings()
