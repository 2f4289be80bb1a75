"""The terms on which calls are made: the client's, or those of the one call; no I/O."""

from __future__ import annotations

import os
import random
import re
import sys
from dataclasses import dataclass, field, replace
from inspect import iscoroutinefunction
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from imd_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imd_sdk._results import Response
    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook

USER_AGENT = f"imd-sdk/{__version__} python/{'.'.join(map(str, sys.version_info[:3]))}"
OWNED = {
    "Accept",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "Idempotency-Key",
    "Transfer-Encoding",
}
"""The headers that say what a call is, and how it is framed: they are never the caller's."""
KEY = "idempotency_key"
SHORTEST_SECRET = 8
"""Characters; what is shorter tells nobody anything, and is in too many words."""
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"|[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?"
"""RFC 9110, 5.6.2 and 5.5, without what is obsolete."""


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
    timeout: float = 10.0
    deadline: float | None = None
    max_retries: int = 2
    hooks: tuple[Hook, ...] = field(default=(), repr=False)
    cache: Cache | None = field(default=None, repr=False)
    budget: Budget = field(default_factory=Budget, repr=False)
    chance: Callable[[float, float], float] = field(default=random.uniform, repr=False)
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    on_response: Callable[[Response], object] | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    until: float | None = None

    def of(self, options: Mapping[str, Any], *, keyed: bool = False) -> Terms:
        """Put other options over these; ``keyed``: of a call that goes out with a key."""
        if not options:
            return self
        only(options, _CHECKS if keyed or KEY in options else OPTIONS)
        given = {name: value for name, value in options.items() if value is not None}
        if KEY in given and not keyed:
            raise TypeError(f"{KEY} is for a call that sends something, not for this one")
        said = {name: _CHECKS[name](name, value) for name, value in given.items()}
        if "headers" in said:
            said["headers"] = self.headers | said["headers"]
        return replace(self, **said)

    def started(self) -> Terms:
        if self.deadline is None:
            return self
        return replace(self, until=self.clock() + self.deadline)

    @property
    def secrets(self) -> set[str]:
        """The API key, and what headers of the caller's say at some length."""
        words = {value for value in self.headers.values() if len(value) >= SHORTEST_SECRET}
        key = self.headers.get("Authorization", "").rpartition(" ")[2]
        return (words | {key}) - {"", USER_AGENT}

    @property
    def left(self) -> float | None:
        return None if self.until is None else self.until - self.clock()


def agree(
    base_url: str,
    api_key: str | None,
    hooks: Iterable[Hook] = (),
    cache: Cache | None = None,
    **options: Any,
) -> Terms:
    headers = _headers(api_key or os.environ.get("IMD_API_KEY"))
    terms = Terms(base_url, headers, hooks=_listeners(hooks), cache=_plain(cache))
    return terms.of(options)


def _plain(cache: Cache | None) -> Cache | None:
    if cache is None:
        return None
    for method in (getattr(cache, "get", None), getattr(cache, "set", None)):
        if not callable(method) or iscoroutinefunction(method):
            raise TypeError("cache must have two plain functions, get and set (imd_sdk.cache)")
    return cache


def _listeners(hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    listeners = tuple(hooks)
    if not listeners:
        return ()
    from imd_sdk.hooks import Hook  # noqa: PLC0415 - who has none does not load them

    if not all(isinstance(listener, Hook) for listener in listeners):
        raise TypeError("hooks must be objects of a class that is derived from imd_sdk.hooks.Hook")
    return listeners


def extra(headers: Mapping[str, str]) -> dict[str, str]:
    """Check headers that the SDK does not know, and write each name in one way."""
    checked = {_name(name): _value(name, value) for name, value in headers.items()}
    if taken := OWNED & checked.keys():
        raise ValueError(f"headers must not hold {min(taken)}: the SDK sets it")
    return checked


def _name(name: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        raise ValueError("headers must have names that are tokens, such as X-Partner")
    return name.title()


def _value(name: str, value: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(_VALUE, value):
        raise ValueError(f"headers must have values of visible ASCII characters: see {name}")
    return value


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT}
    if api_key:
        headers["Authorization"] = f"Bearer {_visible('api_key', api_key)}"
    return headers


def only(given: Iterable[str], known: Iterable[str]) -> None:
    for name in given:
        if name not in known:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(sorted(known))}")


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a positive number of seconds")
    return value


def _count(name: str, value: Any) -> int:
    if not (isinstance(value, int) and value >= 0):
        raise ValueError(f"{name} must be a whole number, and not negative")
    return value


def _callable(name: str, value: Any) -> Any:
    if not callable(value):
        raise TypeError(f"{name} must be a function that takes a Response")
    return value


def _visible(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]{1,255}", value):
        raise ValueError(f"{name} must be 1 to 255 visible ASCII characters")
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "timeout": _seconds,
    "deadline": _seconds,
    "max_retries": _count,
    "headers": lambda _, headers: extra(headers),
    "on_response": _callable,
    KEY: _visible,
}
OPTIONS = _CHECKS.keys() - {KEY}
