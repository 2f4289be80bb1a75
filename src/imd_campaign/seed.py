"""Loads a campaign from a folder of TOML files: adds what is missing and changes nothing."""

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
from imd_campaign.db import Connection, Database, Engine, lock_transaction, remove_timeouts
from imd_campaign.events import store as events
from imd_campaign.events.schemas import EventForm
from imd_campaign.events.submission import make_row
from imd_campaign.petitions import counting
from imd_campaign.petitions import store as petitions
from imd_campaign.posters import store as posters
from imd_campaign.posters.service import make_file_path
from imd_campaign.settings import Settings
from imd_campaign.startup import open_vault

SEED_LOCK = 20001204
HOST_EMAIL = "sample@campaign.example"
SIGNING_PERIOD = timedelta(days=40)

Sample = Mapping[str, Any]


def load(
    engine: Engine, settings: Settings, now: datetime, folder: Traversable | None = None
) -> None:
    """Add the campaign in a folder or, without one, the sample campaign."""
    folder = folder or files("imd_campaign") / "sample"
    vault, year = open_vault(settings), now.astimezone(UTC).year
    with Database(engine).write() as connection:
        remove_timeouts(connection)
        lock_transaction(connection, SEED_LOCK)
        _add_campaign(connection, _read(folder, "campaign"))
        petition = _add_petition(connection, _read(folder, "petition"), now)
        if petition is not None and (folder / "signatures.toml").is_file():
            signatures = _make_signatures(vault, petition, _read(folder, "signatures"), now)
            petitions.add_signatures(connection, list(signatures))
            counting.fold_all(connection, now)
        samples = _read(folder, "events")["events"]
        events.add_missing(connection, [_make_event(vault, one, year, now) for one in samples])
        for sample in _read(folder, "posters")["posters"]:
            _add_poster(connection, settings, sample, year, folder / "posters")
        _add_share_kit(connection, _read(folder, "share_kit"))
        _add_resources(connection, _read(folder, "resources")["resources"])


def _read(folder: Traversable, name: str) -> Sample:
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def _list_texts(texts: Mapping[str, Sample]) -> list[dict[str, Any]]:
    return [{"lang": lang, **_strip(text)} for lang, text in texts.items()]


def _strip(text: Sample) -> dict[str, Any]:
    return {name: part.strip() if isinstance(part, str) else part for name, part in text.items()}


def _parse_moment(year: int, text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(f"{year}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


# ------------------------------------------------------------------ campaign and petition


def _add_campaign(connection: Connection, sample: Sample) -> None:
    if campaign.find(connection) is not None:
        return
    names = [{"lang": lang, "name": sample["name"][lang]} for lang in sample["languages"]]
    campaign.put(connection, {"petition": sample["petition"], **sample["links"]}, names)


def _add_petition(connection: Connection, sample: Sample, now: datetime) -> int | None:
    """Add the petition and return its ID; return None if it exists."""
    if petitions.find(connection, sample["slug"]) is not None:
        return None
    values = {
        "slug": sample["slug"],
        "goal": sample["goal"],
        "milestones": sample["milestones"],
        "opens_at": _parse_moment(now.astimezone(UTC).year, sample["opens"], ZoneInfo("UTC")),
        "closes_at": None,
    }
    return petitions.put(connection, values, _list_texts(sample["texts"]), now)


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


# ------------------------------------------------------------------ events


def _make_event(vault: Vault, sample: Sample, year: int, now: datetime) -> dict[str, Any]:
    """Check an event like a submission, and publish it without a moderator or a host's address."""
    row = make_row(vault, _make_form(sample, year), now=now, state="public")
    return row | {
        "id": f"evt_sample_{year}_{sample['key']}",
        "locked_host": None,
        "host_token": None,
    }


def _make_form(sample: Sample, year: int) -> EventForm:
    zone = ZoneInfo(sample["time_zone"])
    values = {name: part for name, part in sample.items() if name not in {"key", "starts", "ends"}}
    for name, text in (("starts_at", sample["starts"]), ("ends_at", sample.get("ends"))):
        values[name] = _parse_moment(year, text, zone).isoformat() if text else None
    values["host"] = {"name": sample["host"], "email": HOST_EMAIL}
    return EventForm.model_validate(values | {"online": "place" not in sample})


# ------------------------------------------------------------------ posters


def _add_poster(
    connection: Connection, settings: Settings, sample: Sample, year: int, artwork: Traversable
) -> None:
    slug = sample["slug"]
    if posters.get(connection, slug) is None:
        values = {"slug": slug, "artist": sample["artist"], "year": year, "state": sample["state"]}
        posters.add(connection, values, _list_texts(sample["texts"]))
        _add_editions(connection, slug, sample["editions"])
    for position, file in enumerate(sample["files"]):
        data = (artwork / file["name"]).read_bytes()
        _write_if_changed(make_file_path(settings, slug, file["name"]), data)
        described = {**file, "poster": slug, "position": position, **_describe_data(data)}
        posters.put_file(connection, described)


def _add_editions(connection: Connection, slug: str, samples: Sequence[Sample]) -> None:
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


def _describe_data(data: bytes) -> Sample:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _write_if_changed(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    unfinished.write_bytes(data)
    unfinished.replace(path)


# ------------------------------------------------------------------ share kit and resources


def _add_share_kit(connection: Connection, sample: Sample) -> None:
    if content.find_share_kit(connection) is not None:
        return
    values = {"storm": sample["at"], "url": sample["url"]}
    content.add_share_kit(connection, values, _list_texts(sample["texts"]))


def _add_resources(connection: Connection, samples: Sequence[Sample]) -> None:
    for sample in samples:
        if content.get(connection, sample["slug"]) is None:
            values = {"slug": sample["slug"], "kind": sample["kind"], "url": sample["url"]}
            content.add(connection, values, _list_texts(sample["texts"]))
