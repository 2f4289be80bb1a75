"""The last readings on disk, so that a server that starts without a campaign has something to show.

Kept is what stands in the SDK's models, which is what the campaign tells everybody.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

from imd_sdk import models
from imd_widgets.cache import Cache, Reading

FILE = "readings.json"
SAVE_EVERY = 5.0

Entry: TypeAlias = tuple[Hashable, Reading[Any]]

log = logging.getLogger(__name__)


class Snapshot:
    def __init__(self, folder: Path, cache: Cache) -> None:
        self._file = folder / FILE
        self._cache = cache
        self._saved = 0

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        self._load()
        saving = asyncio.create_task(self._save_now_and_then())
        try:
            yield
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
            await self._save()

    def _load(self) -> None:
        """As old as they are: the first reader of each waits for a newer one, a little."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            self._cache.restore([_restored(entry) for entry in kept["readings"]])
        except FileNotFoundError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("%s cannot be used: %s", self._file, type(error).__name__)

    async def _save_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY)
            await self._save()

    async def _save(self) -> None:
        changes = self._cache.changes
        if changes == self._saved:
            return
        try:
            await asyncio.to_thread(self._write, self._cache.readings())
        except OSError as error:
            log.warning("%s cannot be written: %s", self._file, error.strerror)
        else:
            self._saved = changes

    def _write(self, readings: Iterable[Entry]) -> None:
        kept = {"readings": [_told(*entry) for entry in readings if _can_be_told(*entry)]}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{os.getpid()}")
        try:
            with new.open("w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)


def _can_be_told(key: Hashable, reading: Reading[Any]) -> bool:
    flat = isinstance(key, tuple) and all(isinstance(part, (str, int)) for part in key)
    return flat and isinstance(reading.value, BaseModel)


def _told(key: Any, reading: Reading[Any]) -> dict[str, Any]:
    return {
        "key": list(key),
        "read_at": reading.read_at.isoformat(),
        "model": type(reading.value).__name__,
        "value": reading.value.model_dump(mode="json"),
    }


def _restored(entry: dict[str, Any]) -> Entry:
    value = _model(entry["model"]).model_validate(entry["value"])
    return tuple(entry["key"]), Reading(value, datetime.fromisoformat(entry["read_at"]))


def _model(name: str) -> type[BaseModel]:
    outer, _, inner = name.removesuffix("]").partition("[")
    if not {outer, inner or outer} <= set(models.__all__):
        raise LookupError(name)
    model: Any = getattr(models, outer)
    whole: type[BaseModel] = model[getattr(models, inner)] if inner else model
    return whole
