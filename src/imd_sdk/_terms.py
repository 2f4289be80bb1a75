"""Terms: the checked settings of a client, and of a call that overrides some of them."""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from inspect import iscoroutinefunction
from ipaddress import ip_address
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from imd_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imd_sdk._response import Response
    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook

USER_AGENT = f"imd-sdk/{__version__} python/{'.'.join(map(str, sys.version_info[:3]))}"
RESERVED_HEADERS = {
    "Accept",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "Idempotency-Key",
    "Imd-Visitor-Address",
    "Transfer-Encoding",
}
"""The headers that the SDK sets: they say what a request is, and how it is framed."""
KEY_OPTION = "idempotency_key"
MIN_SECRET_LENGTH = 8
"""Characters; a shorter header value reveals nothing, and is part of too many words."""
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HEADER_VALUE = r"|[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?"
"""RFC 9110, 5.6.2 and 5.5, without the obsolete forms."""


class RetryBudget:
    """The retries that a client may still make, so that it cannot overload a struggling server.

    Ten at first; each retry takes one, each successful call returns a tenth.
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
    """Where to send requests, as whom, how long and how often.

    ``until`` belongs to one call: the time of ``clock`` at which its deadline passes.
    """

    base_url: str
    headers: dict[str, str] = field(repr=False)
    timeout: float = 10.0
    deadline: float | None = None
    max_retries: int = 2
    hooks: tuple[Hook, ...] = field(default=(), repr=False)
    cache: Cache | None = field(default=None, repr=False)
    budget: RetryBudget = field(default_factory=RetryBudget, repr=False)
    draw: Callable[[float, float], float] = field(default=random.uniform, repr=False)
    clock: Callable[[], float] = field(default=monotonic, repr=False)
    on_response: Callable[[Response], object] | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    visitor_address: str | None = field(default=None, repr=False)
    until: float | None = None

    def override(self, options: Mapping[str, Any], *, takes_key: bool = False) -> Terms:
        """Apply the options of a call; ``takes_key``: the call sends an Idempotency-Key."""
        if not options:
            return self
        check_names(options, _CHECKS if takes_key or KEY_OPTION in options else OPTIONS)
        given = {name: value for name, value in options.items() if value is not None}
        if KEY_OPTION in given and not takes_key:
            raise TypeError(f"{KEY_OPTION} is only for calls that change something")
        checked = {name: _CHECKS[name](name, value) for name, value in given.items()}
        if "headers" in checked:
            checked["headers"] = self.headers | checked["headers"]
        return replace(self, **checked)

    def start(self) -> Terms:
        """Return the terms of a call that begins now."""
        if self.deadline is None:
            return self
        return replace(self, until=self.clock() + self.deadline)

    @property
    def sensitive_values(self) -> set[str]:
        """The API key, the visitor's address, and the longer values of the caller's headers."""
        values = {value for value in self.headers.values() if len(value) >= MIN_SECRET_LENGTH}
        key = self.headers.get("Authorization", "").rpartition(" ")[2]
        return (values | {key, self.visitor_address or ""}) - {"", USER_AGENT}

    @property
    def time_left(self) -> float | None:
        return None if self.until is None else self.until - self.clock()


def make_terms(
    base_url: str,
    api_key: str | None,
    hooks: Iterable[Hook] = (),
    cache: Cache | None = None,
    **options: Any,
) -> Terms:
    """Check the settings of a client."""
    headers = _client_headers(api_key or os.environ.get("IMD_API_KEY"))
    terms = Terms(base_url, headers, hooks=_check_hooks(hooks), cache=_check_cache(cache))
    return terms.override(options)


def _client_headers(api_key: str | None) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT}
    if api_key:
        headers["Authorization"] = f"Bearer {_check_token('api_key', api_key)}"
    return headers


def _is_plain_function(value: object) -> bool:
    """Return whether it can be called without awaiting the result."""
    return callable(value) and not iscoroutinefunction(value)


def _check_cache(cache: Cache | None) -> Cache | None:
    methods = ("get", "set")
    if cache is None or all(_is_plain_function(getattr(cache, name, None)) for name in methods):
        return cache
    raise TypeError("cache must have two plain functions, get and set (imd_sdk.cache)")


def _check_hooks(hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    checked = tuple(hooks)
    if not checked:
        return ()
    from imd_sdk.hooks import Hook

    names = [name for name in vars(Hook) if name[0] != "_"]
    for hook in checked:
        is_hook = isinstance(hook, Hook)
        if not is_hook or not all(_is_plain_function(getattr(hook, name)) for name in names):
            raise TypeError(
                "hooks must be objects of a class that is derived from imd_sdk.hooks.Hook,"
                " with plain functions, also for an AsyncClient"
            )
    return checked


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Check the caller's headers, and write their names in one way."""
    if not isinstance(headers, Mapping):
        raise TypeError("headers must be a mapping, such as {'X-Partner': 'sample'}")
    checked = {
        _check_header_name(name): _check_header_value(name, value)
        for name, value in headers.items()
    }
    if reserved := RESERVED_HEADERS & checked.keys():
        raise ValueError(f"headers must not include {min(reserved)}: the SDK sets it")
    return checked


def _check_header_name(name: str) -> str:
    if not isinstance(name, str) or not re.fullmatch(_HEADER_NAME, name):
        raise ValueError("headers must have names that are tokens, such as X-Partner")
    return name.title()


def _check_header_value(name: str, value: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(_HEADER_VALUE, value):
        raise ValueError(f"headers must have values of visible ASCII characters: see {name}")
    return value


def check_names(given: Iterable[str], known: Iterable[str]) -> None:
    """Reject an unknown option, and list the known ones."""
    for name in given:
        if name not in known:
            raise TypeError(f"unknown option {name!r}; known options: {', '.join(sorted(known))}")


def _check_seconds(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a positive number of seconds")
    return value


def _check_count(name: str, value: Any) -> int:
    if not (isinstance(value, int) and value >= 0):
        raise ValueError(f"{name} must be a whole number, and not negative")
    return value


def _check_function(name: str, value: Any) -> Any:
    if not _is_plain_function(value):
        raise TypeError(f"{name} must be a plain function that takes a Response")
    return value


def _check_token(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]{1,255}", value):
        raise ValueError(f"{name} must be 1 to 255 visible ASCII characters")
    return value


def _check_key(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]{22,255}", value):
        raise ValueError(
            f"{name} must be 22 to 255 visible ASCII characters that nobody can guess,"
            " such as uuid.uuid4().hex"
        )
    return value


def _check_address(name: str, value: Any) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError(f"{name} must be an IP address") from None


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "timeout": _check_seconds,
    "deadline": _check_seconds,
    "max_retries": _check_count,
    "headers": lambda _, headers: check_headers(headers),
    "on_response": _check_function,
    "visitor_address": _check_address,
    KEY_OPTION: _check_key,
}
OPTIONS = _CHECKS.keys() - {KEY_OPTION}
