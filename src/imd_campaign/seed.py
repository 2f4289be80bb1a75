"""A campaign from a folder of TOML: what is not there yet is added, nothing is changed."""

import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.campaign import store as campaign
from imd_campaign.content import store as content
from imd_campaign.crypto import Vault
from imd_campaign.db import Connection, Database, Engine, lock_transaction
from imd_campaign.events import store as events
from imd_campaign.events.schemas import Submission
from imd_campaign.events.submission import make_row
from imd_campaign.petitions import store as petitions
from imd_campaign.posters import store as posters
from imd_campaign.posters.service import path_of
from imd_campaign.settings import Settings
from imd_campaign.startup import open_vault

SEED_LOCK = 20001204
NOBODY = "sample@campaign.example"
SIGNED_OVER = timedelta(days=40)

Sample = Mapping[str, Any]


def load(
    engine: Engine, settings: Settings, now: datetime, folder: Traversable | None = None
) -> None:
    """Fill in the campaign of a folder; without one, the sample."""
    folder = folder or files("imd_campaign") / "sample"
    vault, year = open_vault(settings), now.astimezone(UTC).year
    with Database(engine).write() as connection:
        lock_transaction(connection, SEED_LOCK)
        _campaign(connection, _read(folder, "campaign"))
        petition = _petition(connection, _read(folder, "petition"), year)
        if petition is not None and (folder / "signatures.toml").is_file():
            signatures = _signatures(vault, petition, _read(folder, "signatures"), now)
            petitions.add_confirmed(connection, list(signatures))
        for sample in _read(folder, "events")["events"]:
            events.add_missing(connection, _event(vault, sample, year, now))
        for sample in _read(folder, "posters")["posters"]:
            _poster(connection, settings, sample, year, folder / "posters")
        _share_kit(connection, _read(folder, "share_kit"))
        _resources(connection, _read(folder, "resources")["resources"])


def _read(folder: Traversable, name: str) -> Sample:
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def _by_language(texts: Mapping[str, Sample]) -> list[dict[str, Any]]:
    return [{"lang": lang, **_stripped(text)} for lang, text in texts.items()]


def _stripped(text: Sample) -> dict[str, Any]:
    return {name: part.strip() if isinstance(part, str) else part for name, part in text.items()}


def _moment(year: int, written: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(f"{year}-{written}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


# ------------------------------------------------------------------ campaign and petition


def _campaign(connection: Connection, sample: Sample) -> None:
    if campaign.find(connection) is not None:
        return
    names = [{"lang": lang, "name": sample["name"][lang]} for lang in sample["languages"]]
    campaign.put(connection, {"petition": sample["petition"], **sample["links"]}, names)


def _petition(connection: Connection, sample: Sample, year: int) -> int | None:
    """The id of the petition, when it is new."""
    if petitions.find(connection, sample["slug"]) is not None:
        return None
    values = {
        "slug": sample["slug"],
        "goal": sample["goal"],
        "milestones": sample["milestones"],
        "opens_at": _moment(year, sample["opens"], ZoneInfo("UTC")),
        "closes_at": None,
    }
    return petitions.put(connection, values, _by_language(sample["texts"]))


def _signatures(
    vault: Vault, petition_id: int, sample: Sample, now: datetime
) -> Iterator[dict[str, Any]]:
    """Counts without people: every one is sealed over the same nothing."""
    sealed = vault.seal({"name": "", "email": ""})
    numbered = [
        (country, number)
        for country, count in sample["countries"].items()
        for number in range(1, count + 1)
    ]
    for place, (country, number) in enumerate(numbered):
        signed_at = now - SIGNED_OVER * ((place * 7919 % len(numbered) + 1) / len(numbered))
        yield {
            "id": f"sig_sample_{country}_{number:04}",
            "petition_id": petition_id,
            "fingerprint": vault.fingerprint("sample", f"{country} {number}"),
            "country": country,
            "source": sample["source"],
            "sealed": sealed,
            "created_at": signed_at,
            "confirmed_at": signed_at,
        }


# ------------------------------------------------------------------ events


def _event(vault: Vault, sample: Sample, year: int, now: datetime) -> dict[str, Any]:
    """Held to the rules of a submission, then published without a moderator or a host to mail."""
    row = make_row(vault, _submission(sample, year), now=now, state="public")
    return row | {"id": f"evt_sample_{year}_{sample['key']}", "locked_host": None}


def _submission(sample: Sample, year: int) -> Submission:
    zone = ZoneInfo(sample["time_zone"])
    asked = {name: part for name, part in sample.items() if name not in {"key", "starts", "ends"}}
    for name, written in (("starts_at", sample["starts"]), ("ends_at", sample.get("ends"))):
        asked[name] = _moment(year, written, zone).isoformat() if written else None
    asked["host"] = {"name": sample["host"], "email": NOBODY}
    return Submission.model_validate(asked | {"online": "place" not in sample})


# ------------------------------------------------------------------ posters


def _poster(
    connection: Connection, settings: Settings, sample: Sample, year: int, artwork: Traversable
) -> None:
    slug = sample["slug"]
    if posters.get(connection, slug) is None:
        values = {"slug": slug, "artist": sample["artist"], "year": year, "state": sample["state"]}
        posters.add(connection, values, _by_language(sample["texts"]))
        _editions(connection, slug, sample["editions"])
    for position, file in enumerate(sample["files"]):
        data = (artwork / file["name"]).read_bytes()
        _keep(path_of(settings, slug, file["name"]), data)
        described = {**file, "poster": slug, "position": position, **_digest(data)}
        posters.put_file(connection, described)


def _editions(connection: Connection, slug: str, samples: Sequence[Sample]) -> None:
    for position, sample in enumerate(samples):
        edition = {
            "poster": slug,
            "id": sample["id"],
            "position": position,
            "kind": sample["kind"],
            "titles": sample["title"],
            "size": sample["size"],
            "run": sample.get("run"),
            **sample["price"],
        }
        posters.add_edition(connection, edition)


def _digest(data: bytes) -> Sample:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _keep(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(data)
    unfinished.replace(path)


# ------------------------------------------------------------------ share kit and resources


def _share_kit(connection: Connection, sample: Sample) -> None:
    if content.find_share_kit(connection) is not None:
        return
    values = {"storm": sample["at"], "url": sample["url"]}
    content.add_share_kit(connection, values, _by_language(sample["texts"]))


def _resources(connection: Connection, samples: Sequence[Sample]) -> None:
    for sample in samples:
        if content.get(connection, sample["slug"]) is None:
            values = {"slug": sample["slug"], "kind": sample["kind"], "url": sample["url"]}
            content.add(connection, values, _by_language(sample["texts"]))
