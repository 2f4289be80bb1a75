"""What a test holds in its hand: the clock, faults, what arrived, what was mailed, webhooks.

A ``repr`` leaves out what is personal or secret, so that no log of a test run holds it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import anyio.lowlevel

from imd_sdk.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Attendance",
    "Clock",
    "ConnectionRefused",
    "ConnectionReset",
    "CutShort",
    "Fault",
    "Letter",
    "LoginPage",
    "Ordered",
    "Received",
    "SignedUp",
    "Slow",
    "Submitted",
    "TimedOut",
    "TooManyRequests",
    "Unavailable",
    "Webhook",
    "webhook",
]


class Clock:
    """The kit's clock: holds lapse, links age and retries wait by it, and no test sleeps."""

    def __init__(self, now: datetime | None = None) -> None:
        if now is not None and now.tzinfo is None:
            raise ValueError("now needs an offset, such as datetime(2026, 12, 1, tzinfo=UTC)")
        self._now = (now or datetime.now(UTC)).astimezone(UTC)
        self._ahead = 0.0
        self.waits: list[float] = []
        """Seconds that the kit's clients waited before each retry."""

    def now(self) -> datetime:
        """What time it is for the campaign, in UTC."""
        return self._now

    def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move on by the sum of these."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        if span < timedelta():
            raise ValueError("time goes forward only")
        self._now += span
        self._ahead += span.total_seconds()

    def monotonic(self) -> float:
        """`time.monotonic`, and as much ahead of it as this clock was moved: for deadlines."""
        return time.monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        """Let the time pass that a retry waits."""
        self.waits.append(seconds)
        self.advance(seconds)

    async def wait_async(self, seconds: float) -> None:
        """Let the time pass that a retry waits, and other tasks run."""
        self.wait(seconds)
        await anyio.lowlevel.checkpoint()


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """Nobody listens: nothing was sent."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer within the client's timeout, by which the clock moves on."""

    written: bool = False
    """Whether the campaign had carried the request out by then: the client cannot tell."""


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection breaks after the request was sent."""

    written: bool = False
    """Whether the campaign had carried the request out."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """The campaign carries the request out, and half of its answer's body arrives."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer takes so many seconds of the kit's clock.

    When that is longer than the client's timeout, the client gives up while the campaign works on:
    the same `Idempotency-Key` is 409 ``idempotency-in-flight`` until the seconds are over, and
    then replayed.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Unavailable:
    """503 ``unavailable``; several in a row make a storm."""

    retry_after: int | None = None
    """Seconds for the header of that name; None: there is none."""


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """429 ``rate-limited``."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class LoginPage:
    """200 and a page of HTML, as the networks of hotels and trains answer."""


Fault: TypeAlias = (
    ConnectionRefused
    | ConnectionReset
    | CutShort
    | LoginPage
    | Slow
    | TimedOut
    | TooManyRequests
    | Unavailable
)


@dataclass(slots=True)
class Received:
    """A request as the wire had it."""

    method: str
    path: str
    """Without the query, percent-decoded."""
    route: str | None
    """Such as ``/v1/petitions/{slug}``; None where the API has nothing."""
    query: dict[str, list[str]]
    headers: dict[str, str] = field(repr=False)
    """By their names in lower case."""
    content: bytes = field(repr=False)
    status: int | None = None
    """What the campaign answered; None when it never saw the request, because of a fault."""

    @property
    def json(self) -> Any:
        """The body, parsed; None when there is none."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that a campaign would send."""

    kind: Literal[
        "confirm",
        "signed",
        "received",
        "approved",
        "rejected",
        "withdrawn",
        "accepted",
        "waiting",
        "declined",
        "cancelled",
        "placed",
    ]
    """``confirm`` and ``signed`` go to signers; ``received``, ``approved``, ``rejected`` and
    ``withdrawn`` to hosts; ``accepted``, ``waiting``, ``declined`` and ``cancelled`` to guests;
    ``placed`` to buyers."""
    to: str = field(repr=False)
    about: str
    """The petition's slug, the event's id, the order's id."""
    token: str | None = field(default=None, repr=False)
    """What ``petitions.confirm`` takes, in a letter of the kind ``confirm``."""
    where: str | None = field(default=None, repr=False)
    """The exact place or web address, in a letter of the kind ``accepted``."""
    reason: str | None = None
    """A moderator's, where one is told."""


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A signature that arrived: the newest form of an address, or the one it confirmed."""

    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    country: str
    lang: str | None
    public: bool
    updates: bool
    source: str | None
    state: Literal["pending", "confirmed"]
    created_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """An event that a group submitted, as it was checked."""

    id: str
    state: str
    form: dict[str, Any] = field(repr=False)
    """The fields of the body, defaults filled in."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody who wants to come."""

    id: str
    event: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    guests: int
    status: Literal["accepted", "waiting", "declined"]


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, as only staff see it."""

    id: str
    poster: str
    edition: str
    quantity: int
    numbers: tuple[int, ...]
    lang: str | None
    name: str = field(repr=False)
    email: str = field(repr=False)
    address: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """What your handler is called with."""

    body: bytes = field(repr=False)
    headers: dict[str, str]
    """Content-Type and the three that `imd_sdk.webhooks.verify` reads."""


def webhook(
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    secret: str,
    delivery_id: str | None = None,
    at: float | None = None,
) -> Webhook:
    """Make a signed delivery: a ``type``, a ``timestamp`` and the ``data``.

    Give two the same ``delivery_id`` to test that the second does nothing, and an ``at`` (Unix
    time) long ago to test that it is refused.
    """
    sent = time.time() if at is None else at
    said = {
        "type": kind,
        "timestamp": datetime.fromtimestamp(sent, UTC).isoformat(),
        "data": dict(data or {}),
    }
    body = json.dumps(said).encode()
    headers = sign(body, secret, delivery_id=delivery_id, at=sent)
    return Webhook(body, {"content-type": "application/json", **headers})
