"""The latest values on disk, so that a server that starts without a campaign can show them.

Only public data are saved, selected by the first part of their cache key.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from imd_sdk import models
from imd_widgets.caching.cache import Cache, CachedValue
from imd_widgets.events.clustered_events import Cell

FILE = "readings.json"
SAVE_INTERVAL = 5.0

Entry: TypeAlias = tuple[Hashable, CachedValue[Any]]

ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "calendar": TypeAdapter(bytes),
    "campaign": TypeAdapter(models.Campaign),
    "cells": TypeAdapter(tuple[Cell, ...]),
    "count": TypeAdapter(models.Count),
    "event": TypeAdapter(models.Event),
    "events": TypeAdapter(models.Page[models.Event]),
    "page": TypeAdapter(models.Page[models.Event]),
    "petition": TypeAdapter(models.Petition),
    "petitions": TypeAdapter(list[models.Petition]),
    "places": TypeAdapter(list[models.PlaceCount]),
    "poster": TypeAdapter(models.Poster),
    "posters": TypeAdapter(list[models.Poster]),
    "share-kit": TypeAdapter(models.ShareKit),
    "signers": TypeAdapter(list[models.Signer]),
}

log = logging.getLogger(__name__)


class CacheSnapshot:
    def __init__(self, folder: Path, cache: Cache) -> None:
        self._file = folder / FILE
        self._cache = cache
        self._saved = 0

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        self._load()
        saving = asyncio.create_task(self._save_periodically())
        try:
            yield
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
            await self._save()

    def _load(self) -> None:
        """Load the values with their age: their first readers wait briefly for newer ones."""
        try:
            saved = json.loads(self._file.read_text("utf-8"))
            self._cache.restore([_deserialise(entry) for entry in saved["readings"]])
        except FileNotFoundError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("cannot use %s: %s", self._file, type(error).__name__)

    async def _save_periodically(self) -> None:
        while True:
            await asyncio.sleep(SAVE_INTERVAL)
            await self._save()

    async def _save(self) -> None:
        changes = self._cache.changes
        if changes == self._saved:
            return
        try:
            await asyncio.to_thread(self._write, self._cache.list_values())
        except OSError as error:
            log.warning("cannot write %s: %s", self._file, error.strerror)
        else:
            self._saved = changes

    def _write(self, values: Iterable[Entry]) -> None:
        saved = {"readings": [serialised for entry in values if (serialised := _serialise(entry))]}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{os.getpid()}")
        try:
            with open(new, "w", encoding="utf-8", opener=_open_private) as file:
                json.dump(saved, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)


def _serialise(entry: Entry) -> dict[str, Any] | None:
    """Serialise an entry; return None if it is not to be saved or JSON cannot represent it."""
    key, cached = entry
    kind = key[0] if isinstance(key, tuple) else ""
    if kind not in ADAPTERS:
        return None
    try:
        value = ADAPTERS[kind].dump_python(cached.value, mode="json")
    except PydanticSerializationError:
        return None
    return {"key": _encode_key(key), "read_at": cached.read_at.isoformat(), "value": value}


def _deserialise(entry: dict[str, Any]) -> Entry:
    key = _decode_key(entry["key"])
    value = ADAPTERS[key[0]].validate_python(entry["value"])
    return key, CachedValue(value, datetime.fromisoformat(entry["read_at"]))


def _encode_key(part: Any) -> Any:
    if isinstance(part, tuple):
        return [_encode_key(inner) for inner in part]
    return {"date": part.isoformat()} if isinstance(part, date) else part


def _decode_key(part: Any) -> Any:
    if isinstance(part, list):
        return tuple(_decode_key(inner) for inner in part)
    return date.fromisoformat(part["date"]) if isinstance(part, dict) else part


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
