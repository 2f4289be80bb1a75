"""The terms on which calls are made: the client's, or those of the one call; no I/O."""

from __future__ import annotations

import os
import platform
import random
import re
from dataclasses import dataclass, field, replace
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from imd_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable


class Chance(Protocol):
    """Draws a number between two others."""

    def __call__(self, low: float, high: float, /) -> float: ...


class Budget:
    """How many retries a client may still spend, so that it cannot storm a struggling server.

    Ten to begin with; a retry takes one, and every call that succeeds gives a tenth back.
    """

    size: float = 10.0
    refill: float = 0.1

    def __init__(self) -> None:
        self._left = self.size
        self._lock = Lock()

    def spend(self) -> bool:
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def earn(self) -> None:
        if self._left < self.size:
            with self._lock:
                self._left = min(self.size, self._left + self.refill)


@dataclass(frozen=True, slots=True)
class Terms:
    """Where, as whom, how long and how often; the two clocks of the last fields are one call's."""

    base_url: str
    headers: dict[str, str] = field(repr=False)
    timeout: float
    deadline: float | None
    max_retries: int
    budget: Budget = field(default_factory=Budget, repr=False)
    chance: Chance = field(default=random.uniform, repr=False)
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    idempotency_key: str | None = None
    until: float | None = None

    def of(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        idempotency_key: str | None = None,
    ) -> Terms:
        """Put the options of one call over these."""
        if timeout is None and deadline is None and idempotency_key is None:
            return self
        return replace(
            self,
            timeout=_seconds("timeout", timeout) or self.timeout,
            deadline=_seconds("deadline", deadline) or self.deadline,
            idempotency_key=None if idempotency_key is None else _visible(idempotency_key),
        )

    def started(self) -> Terms:
        """Let the clock run."""
        if self.deadline is None:
            return self
        return replace(self, until=self.clock() + self.deadline)

    @property
    def secrets(self) -> set[str]:
        """The API key."""
        return {value.rpartition(" ")[2] for value in [self.headers.get("Authorization")] if value}

    @property
    def left(self) -> float | None:
        """Seconds until the deadline."""
        return None if self.until is None else self.until - self.clock()


def agree(
    base_url: str, api_key: str | None, timeout: float, deadline: float | None, max_retries: int
) -> Terms:
    """Check what a client is made with."""
    if max_retries < 0:
        raise ValueError("max_retries must not be negative")
    return Terms(
        base_url,
        _headers(api_key or os.environ.get("IMD_API_KEY")),
        _seconds("timeout", timeout) or 0,
        _seconds("deadline", deadline),
        max_retries,
    )


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"User-Agent": f"imd-sdk/{__version__} python/{platform.python_version()}"}
    if api_key:
        headers["Authorization"] = f"Bearer {_visible(api_key, 'api_key')}"
    return headers


def _seconds(name: str, value: float | None) -> float | None:
    if value is not None and not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a positive number of seconds")
    return value


def _visible(value: str, name: str = "idempotency_key") -> str:
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", value):
        raise ValueError(f"{name} must be 1 to 255 visible ASCII characters")
    return value
