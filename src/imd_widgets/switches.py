"""What is switched off, read from a file while the server runs."""

import logging
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

CHECK_INTERVAL = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Switches(BaseModel):
    """The file: `all = true`, or lists of widgets (by the key in their URLs) and petitions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    all: bool = False
    widgets: list[str] = []
    petitions: list[str] = []

    def is_off(self, widget: str, path: Mapping[str, str]) -> bool:
        return self.all or widget in self.widgets or path.get("petition") in self.petitions


class SwitchFile:
    """The file, checked at most once a second; one that cannot be read changes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._switches = Switches()
        self._modified_at: int | None = None
        self._checked_at: datetime | None = None

    def __call__(self, now: datetime) -> Switches:
        if self._path is None:
            return self._switches
        if self._checked_at is None or abs(now - self._checked_at) >= CHECK_INTERVAL:
            self._checked_at = now
            self._reload(self._path)
        return self._switches

    def find_next_check(self) -> datetime | None:
        """Return when the file is checked again, if there is one."""
        return None if self._checked_at is None else self._checked_at + CHECK_INTERVAL

    def _reload(self, path: Path) -> None:
        try:
            changed = path.stat().st_mtime_ns
            if changed != self._modified_at:
                self._modified_at = changed
                self._switches = Switches.model_validate(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            self._modified_at, self._switches = None, Switches()
        except (OSError, ValueError) as error:
            log.warning(
                "cannot read the switches, so they stay as they are: %s: %s",
                path,
                type(error).__name__,
            )
