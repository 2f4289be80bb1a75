"""One conversation about one call: when to send, when to wait, when to give up; no I/O.

`exchange` is a generator. It yields what it wants done next, a `Send` or a `Wait`, and is sent
what came of it, an `Answer` or a `Broken`. Whoever drives it has nothing to decide. It goes by the
`Terms` of a client, or those of the one call.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from inspect import iscoroutinefunction
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from imd_sdk import errors
from imd_sdk._answers import Answer, Headers, Response, refusal, scrubbed
from imd_sdk._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imd_sdk._answers import Download
    from imd_sdk._calls import Call
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
    terms = Terms(base_url, headers, hooks=_listeners(hooks), cache=_store(cache))
    return terms.of(options)


def _plain(found: object) -> bool:
    """Whether it can be called, and nothing has to be awaited: nobody would."""
    return callable(found) and not iscoroutinefunction(found)


def _store(cache: Cache | None) -> Cache | None:
    if cache is None or all(_plain(getattr(cache, name, None)) for name in ("get", "set")):
        return cache
    raise TypeError("cache must have two plain functions, get and set (imd_sdk.cache)")


def _listeners(hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    listeners = tuple(hooks)
    if not listeners:
        return ()
    from imd_sdk.hooks import Hook

    names = [name for name in vars(Hook) if name[0] != "_"]
    for hook in listeners:
        if not isinstance(hook, Hook) or not all(_plain(getattr(hook, name)) for name in names):
            raise TypeError(
                "hooks must be objects of a class that is derived from imd_sdk.hooks.Hook,"
                " with plain functions, also for an AsyncClient"
            )
    return listeners


def extra(headers: Mapping[str, str]) -> dict[str, str]:
    """Check headers that the SDK does not know, and write each name in one way."""
    if not isinstance(headers, Mapping):
        raise TypeError("headers must be a mapping, such as {'X-Partner': 'sample'}")
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
    if not _plain(value):
        raise TypeError(f"{name} must be a plain function that takes a Response")
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


T = TypeVar("T")

LONGEST_WAIT = 30.0
"""Seconds that a single wait may take when the caller has set no deadline."""
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 8.0


@dataclass(slots=True)
class Send:
    """Put this on the wire; no step of it longer than ``timeout``, all of it before ``until``."""

    method: str
    shown: str
    """The URL with nothing personal or secret in it."""
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout: float
    sink: Download | None = field(default=None, repr=False)
    until: float | None = None


@dataclass(slots=True)
class Wait:
    seconds: float


@dataclass(slots=True)
class Broken:
    """No whole answer: whether the request may have reached the server, and what happened."""

    sent: bool
    cause: Exception
    hopeless: bool = False


Step = Send | Wait
Came = Answer | Broken | None
Talk = Generator[Step, Came, T]
"""What is wanted next, what came of it, and what is read in the end."""


def exchange(call: Call[T], terms: Terms) -> Talk[T]:
    send = _request(call, terms)
    story = _Story(call, terms, send.headers.get("Idempotency-Key"))
    while True:
        outcome: Any = yield story.in_time(send)
        if isinstance(outcome, Answer) and _is_success(outcome):
            terms.budget.earn()
            return story.read(outcome)  # type: ignore[no-any-return]
        setback = story.setback(outcome)
        wait = story.patience(setback)
        if wait is None:
            raise story.verdict(setback)
        yield Wait(wait)


def _request(call: Call[T], terms: Terms) -> Send:
    headers = {**terms.headers, "Accept": call.accept}
    if not call.is_safe:
        headers["Idempotency-Key"] = terms.idempotency_key or uuid4().hex
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    shown, url = terms.base_url + call.route, terms.base_url + call.target
    return Send(call.method, shown, url, headers, call.body, terms.timeout, call.sink)


def _is_success(answer: Answer) -> bool:
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


class _Story:
    def __init__(self, call: Call[Any], terms: Terms, key: str | None) -> None:
        self._call = call
        self._terms = terms
        self._key = key
        self._began = terms.clock()
        self._tries = 0
        self._doubt: Exception | None = None
        self._late = False

    def in_time(self, send: Send) -> Send:
        self._tries += 1
        left = self._terms.left
        if left is None:
            return send
        if left <= 0:
            self._late = True
            raise self._unanswered(self._doubt)
        return replace(send, timeout=min(send.timeout, left), until=self._terms.until)

    def read(self, answer: Answer) -> Any:
        told, read = self._terms.on_response, self._call.read
        response = self._whole(answer) if told or not read else None
        if told and response:
            told(response)
        try:
            return read(answer) if read else response
        except errors.UnexpectedResponse as error:
            error.idempotency_key = self._key
            raise

    def _whole(self, answer: Answer) -> Response:
        return Response(
            answer.status,
            Headers(answer.headers),
            answer.content,
            elapsed=self._terms.clock() - self._began,
            attempts=self._tries,
            from_cache=answer.from_cache,
        )

    def setback(self, outcome: Answer | Broken) -> Broken | errors.ImdError:
        hidden = self._call.hidden | self._terms.secrets
        if isinstance(outcome, Answer):
            refused = refusal(outcome, self._call.route, datetime.now(UTC), hidden)
            refused.idempotency_key = self._key
            return refused
        outcome.cause.args = tuple(scrubbed(list(outcome.cause.args), hidden))
        if outcome.sent:
            self._doubt = outcome.cause
        return outcome

    def patience(self, setback: Broken | errors.ImdError) -> float | None:
        """Seconds to wait before the next try; None: there is none."""
        left = self._terms.left
        self._late = left is not None and left <= 0
        if self._late or self._tries > self._terms.max_retries or not _may_pass(setback):
            return None
        asked = getattr(setback, "retry_after", None) or 0.0
        wait = asked + self._terms.chance(0, _backoff(self._tries))
        if left is None and asked > LONGEST_WAIT:
            return None
        if left is not None and wait >= left:
            self._late = True
            return None
        return wait if self._affordable(setback) else None

    def _affordable(self, setback: Broken | errors.ImdError) -> bool:
        """A server that says when to come back for more is not struggling: 429 is free."""
        return isinstance(setback, errors.RateLimited) or self._terms.budget.spend()

    def verdict(self, setback: Broken | errors.ImdError) -> errors.ImdError:
        if isinstance(setback, Broken):
            return self._unanswered(setback.cause)
        if self._doubt and self._key and not _settles(setback):
            return self._unanswered(setback)
        return setback

    def _unanswered(self, cause: Exception | None) -> errors.ImdError:
        kind, words = _UNANSWERED[self._doubt is not None, self._late]
        said = str(cause) if cause and not self._doubt else ""
        reason = f" ({': '.join(filter(None, (type(cause).__name__, said)))})" if cause else ""
        if self._doubt and self._key:
            again = "call again with idempotency_key=error.idempotency_key"
        else:
            again = "call again" if self._doubt or self._late else _LOST
        words = f"{self._call.route}: {words.format(self._terms.base_url)}{reason}; {again}"
        error = kind(words, idempotency_key=self._key)
        error.__cause__ = cause
        return error


_UNANSWERED: dict[tuple[bool, bool], tuple[type[errors.ImdError], str]] = {
    (False, False): (errors.NotSent, "no request reached {}"),
    (False, True): (errors.NotSentInTime, "the deadline passed before a request was sent"),
    (True, False): (errors.OutcomeUnknown, "a request was sent and no whole answer came back"),
    (True, True): (errors.NotAnsweredInTime, "the deadline passed before a whole answer came"),
}

_LOST = "check the address and the network, and call again"

_TRANSIENT = {408, 429, 500, 502, 503, 504}
_UNSETTLED = {401, 403, 408, 429}
"""Below 500, the answers that a server does not keep for a key, so they do not tell what an
earlier try with the same key has done."""


def _may_pass(setback: Broken | errors.ImdError) -> bool:
    if isinstance(setback, Broken):
        return not setback.hopeless
    if isinstance(setback, errors.Refused):
        return setback.status in _TRANSIENT or isinstance(setback, errors.IdempotencyInFlight)
    return False


def _settles(error: errors.ImdError) -> bool:
    if isinstance(error, errors.IdempotencyInFlight | errors.ServerError):
        return False
    return isinstance(error, errors.Refused) and error.status not in _UNSETTLED


def _backoff(tries: int) -> float:
    """The most that a wait may be; the wait itself is drawn from all of it (full jitter)."""
    return min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (tries - 1))
