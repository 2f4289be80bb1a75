"""The demo's campaign: settings that need no environment, and the sample in its database."""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from imd_campaign import db, seed
from imd_campaign.sealing import new_key_pair
from imd_campaign.settings import Settings as CampaignSettings
from imd_cli.faults import Fault
from imd_widgets.settings import Settings as WidgetSettings

COUNT_WINDOW = 1
FRESH_SECONDS = 1


def settings(data: Path, address: str) -> tuple[CampaignSettings, WidgetSettings]:
    _make(data)
    keys = _kept(data / "organisation.keys", lambda: " ".join(new_key_pair()))
    campaign = CampaignSettings(
        secret=SecretStr(_kept(data / "server.secret", lambda: secrets.token_urlsafe(32))),
        public_key=keys.split()[0],
        database_url=f"sqlite:///{data / 'campaign.sqlite3'}",
        site_url=address,
        files_dir=data / "files",
        mail=f"folder:{data / 'mail'}",
        mail_poll=0.2,
        count_window=COUNT_WINDOW,
    )
    widgets = WidgetSettings(
        campaign_url=address, public_url=address, fresh_seconds=FRESH_SECONDS, max_age=0
    )
    return campaign, widgets


def prepare(campaign: CampaignSettings) -> None:
    engine = db.open_engine(campaign.database_url)
    try:
        db.migrate(engine)
        seed.load(engine, campaign, datetime.now(UTC))
    finally:
        engine.dispose()


def _make(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Fault(f"cannot keep the demo's files in {data}: {error.strerror}") from error


def _kept(file: Path, make: Callable[[], str]) -> str:
    """A secret of the demo, made at its first start and readable by its owner alone."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(make())
    return file.read_text()
