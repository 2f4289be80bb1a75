"""Loads the sample campaign: adds what is missing and changes nothing."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from imd_campaign.campaign_files import service
from imd_campaign.context import Context
from imd_campaign.crypto import Vault
from imd_campaign.db import Connection, Database, Engine
from imd_campaign.petitions import counting
from imd_campaign.petitions import store as petitions
from imd_campaign.settings import Settings
from imd_campaign.startup import open_vault

YEAR = "2026"
"""The year in the sample's files, which stands for the one in which it is loaded."""

SIGNING_PERIOD = timedelta(days=40)

Sample = Mapping[str, Any]


def load(
    engine: Engine, settings: Settings, now: datetime, folder: Traversable | None = None
) -> None:
    """Add the sample campaign or, for tests, one in a folder with the same format."""
    folder = folder or files("imd_campaign") / "sample"
    context = Context(settings, Database(engine), open_vault(settings), lambda: now)
    year = str(now.astimezone(UTC).year)
    sample = service.read(folder, lambda text: text.replace(YEAR, year))
    with context.database.write() as connection:
        for slug in service.add_missing(context, connection, sample):
            _add_signatures(context, connection, folder, slug)


def has_own_campaign(database: Database) -> bool:
    """Return whether the database has petitions that are not the sample's."""
    folder = files("imd_campaign") / "sample" / "petitions"
    known = {file.name.removesuffix(".toml") for file in folder.iterdir()}
    with database.read() as connection:
        return any(row["slug"] not in known for row in petitions.list_all(connection))


def _add_signatures(
    context: Context, connection: Connection, folder: Traversable, slug: str
) -> None:
    file = folder / "signatures" / f"{slug}.toml"
    petition = petitions.find(connection, slug)
    if petition is None or not file.is_file():
        return
    sample = tomllib.loads(file.read_text(encoding="utf-8"))
    signatures = _make_signatures(context.vault, petition["id"], sample, context.now())
    petitions.add_signatures(connection, list(signatures))
    counting.fold_all(connection, context.now())


def _make_signatures(
    vault: Vault, petition_id: int, sample: Sample, now: datetime
) -> Iterator[dict[str, Any]]:
    """Make signatures without people: each seals the same empty name and address."""
    sealed = vault.seal({"name": "", "email": ""})
    numbered = [
        (country, number)
        for country, count in sample["countries"].items()
        for number in range(1, count + 1)
    ]
    for position, (country, number) in enumerate(numbered):
        signed_at = now - SIGNING_PERIOD * ((position * 7919 % len(numbered) + 1) / len(numbered))
        yield {
            "id": f"sig_sample_{country}_{number:04}",
            "petition_id": petition_id,
            "fingerprint": vault.fingerprint("sample", f"{country} {number}"),
            "country": country,
            "source": sample["source"],
            "sealed": sealed,
            "confirmed_at": signed_at,
        }
