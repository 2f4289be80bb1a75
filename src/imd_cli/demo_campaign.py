"""The campaign of the demo: settings without environment variables, and sample data."""

import os
import secrets
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from alembic.util import CommandError as AlembicError
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import DatabaseError

from imd_campaign import db, secrets_file, seed
from imd_campaign.crypto import new_key_pair
from imd_campaign.errors import SecretsMismatch, Unavailable
from imd_campaign.settings import Settings as CampaignSettings
from imd_campaign.startup import make_check
from imd_cli.errors import CommandError
from imd_widgets.settings import Settings as WidgetSettings

COUNT_WINDOW = 1
FRESH_SECONDS = 1

SECRETS_FILE = "campaign.secrets"
OWN_FILES = {
    SECRETS_FILE,
    "campaign.sqlite3",
    "campaign.sqlite3-next",
    "campaign.sqlite3-shm",
    "campaign.sqlite3-wal",
    "campaign.sqlite3-writer",
    "files",
    "mail",
    "organisation.keys",
    "server.secret",
}
TEMPORARY_ERRORS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)


class _UnusableFolderError(Exception):
    """The files of an earlier demo cannot be used."""


def prepare(data: Path, url: str) -> tuple[CampaignSettings, WidgetSettings]:
    """Use the files of an earlier demo; if they are unusable, rename the folder and start again."""
    try:
        return _try_to_prepare(data, url)
    except _UnusableFolderError as reason:
        new_path = _rename_folder(data, reason)
        print(f"{data} {reason}: it is now {new_path}, and the demo starts again", file=sys.stderr)
    try:
        return _try_to_prepare(data, url)
    except _UnusableFolderError as reason:
        raise CommandError(f"{data} {reason}; choose another folder with --data") from reason


def _try_to_prepare(data: Path, url: str) -> tuple[CampaignSettings, WidgetSettings]:
    campaign = make_campaign_settings(data, url)
    _load_sample(campaign)
    _write_secrets_file(data / SECRETS_FILE, campaign)
    widgets = WidgetSettings(
        campaign_url=url, public_url=url, fresh_seconds=FRESH_SECONDS, max_age=0
    )
    return campaign, widgets


def make_campaign_settings(data: Path, url: str) -> CampaignSettings:
    _make_folder(data)
    keys = _read_or_create(data / "organisation.keys", lambda: " ".join(new_key_pair()))
    secret = _read_or_create(data / "server.secret", lambda: secrets.token_urlsafe(32))
    try:
        return CampaignSettings(
            secret=SecretStr(secret),
            public_key=keys.partition(" ")[0],
            database_url=f"sqlite:///{data / 'campaign.sqlite3'}",
            site_url=url,
            files_dir=data / "files",
            mail=f"folder:{data / 'mail'}",
            mail_poll=0.2,
            submission_tick=0.2,
            count_window=COUNT_WINDOW,
        )
    except ValidationError as error:
        raise _UnusableFolderError("has incomplete secrets") from error


def _write_secrets_file(file: Path, campaign: CampaignSettings) -> None:
    """Write the settings with which `imd campaign` commands use the demo's database."""
    settings = {
        "secret": campaign.secret.get_secret_value(),
        "public_key": campaign.public_key,
        "database_url": campaign.database_url,
        "site_url": campaign.site_url,
        "files_dir": str(campaign.files_dir),
    }
    try:
        file.unlink(missing_ok=True)
        secrets_file.create(file, settings)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}") from error


def _load_sample(campaign: CampaignSettings) -> None:
    engine = db.open_engine(campaign.database_url)
    try:
        db.migrate(engine, make_check(campaign))
        seed.load(engine, campaign, datetime.now(UTC))
    except SecretsMismatch as error:
        raise _UnusableFolderError("has other secrets than its database") from error
    except (AlembicError, DatabaseError) as error:
        raise _UnusableFolderError("has a database of another version, or a broken one") from error
    except Unavailable as error:
        raise _to_error(error, engine.url.database) from error
    except OSError as error:
        raise _UnusableFolderError(f"has files that cannot be read ({error.strerror})") from error
    finally:
        engine.dispose()


def _to_error(error: Unavailable, database: str | None) -> Exception:
    cause = getattr(error.__cause__, "orig", None)
    if getattr(cause, "sqlite_errorcode", None) in TEMPORARY_ERRORS:
        return CommandError(
            f"{database}: {cause}; stop other demos that use it, and check the free disk space"
        )
    return _UnusableFolderError(f"has a database that cannot be opened ({cause})")


def _rename_folder(data: Path, reason: _UnusableFolderError) -> Path:
    """Rename the folder if it holds only files of a demo."""
    try:
        if {file.name for file in data.iterdir()} - OWN_FILES:
            raise CommandError(
                f"{data} {reason}, and has other files too: choose another folder with --data"
            )
        new_path = next(
            name for number in count(1) if not (name := _make_backup_path(data, number)).exists()
        )
        return data.rename(new_path)
    except OSError as error:
        raise CommandError(f"{data} {reason}, and cannot be renamed: {error.strerror}") from error


def _make_backup_path(data: Path, number: int) -> Path:
    return data.with_name(f"{data.name}.old-{number}")


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandError(f"cannot write the demo's files to {data}: {error.strerror}") from error


def _read_or_create(file: Path, make: Callable[[], str]) -> str:
    """Read a secret of the demo; create it at the first start, readable by its owner only."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    except OSError as error:
        raise CommandError(
            f"cannot write the demo's files to {file.parent}: {error.strerror}"
        ) from error
    with os.fdopen(descriptor, "w") as opened:
        opened.write(make())
    return _read(file)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _UnusableFolderError(f"has a file that cannot be read, {file.name}") from error
