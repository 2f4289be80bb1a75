"""What can go wrong between a partner and a campaign, on request.

::

    campaign.fail_next(Unavailable(retry_after=5), times=2)
    campaign.fail_next(TimedOut(written=True), on="POST /v1/orders")

``written`` says whether the campaign had carried the request out by then: the client cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "ConnectionRefused",
    "ConnectionReset",
    "CutShort",
    "Fault",
    "LoginPage",
    "Slow",
    "TimedOut",
    "TooManyRequests",
    "Unavailable",
]


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """Nobody listens: nothing was sent."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer within the client's timeout, by which the clock moves on."""

    written: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection breaks after the request was sent."""

    written: bool = False


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
