"""Faults to inject: failures of the network and of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ConnectionRefused",
    "ConnectionReset",
    "Fault",
    "LoginPage",
    "Rejected",
    "SlowResponse",
    "TimedOut",
    "TooManyRequests",
    "TruncatedResponse",
    "Unavailable",
]


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """The server refuses the connection: nothing is sent."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No response within the client's timeout; the clock moves by it."""

    is_processed: bool = False
    """Whether the campaign has carried out the request; the client cannot tell."""


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection breaks after the request was sent."""

    is_processed: bool = False
    """Whether the campaign has carried out the request."""


@dataclass(frozen=True, slots=True)
class TruncatedResponse:
    """The campaign carries out the request, and half of the response's body arrives."""


@dataclass(frozen=True, slots=True)
class SlowResponse:
    """The response takes a number of seconds on the campaign's clock.

    If that is longer than the client's timeout, the client gives up while the campaign continues:
    the same `Idempotency-Key` gets 409 ``idempotency-in-flight`` until the seconds have passed,
    and then the stored response.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Unavailable:
    """503 ``unavailable``."""

    retry_after: int | None = None
    """Seconds for the ``Retry-After`` header; None: no header."""


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """429 ``rate-limited``."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class Rejected:
    """The campaign rejects the request with a problem, such as ``sold-out``."""

    problem: str
    """The last part of the problem's type, such as ``invalid-body``."""
    fields: tuple[str, ...] = ()
    """The invalid fields, such as ``("email", "address.lines")``."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the problem, such as ``{"available": 0}``."""


@dataclass(frozen=True, slots=True)
class LoginPage:
    """200 with an HTML page, as the networks of hotels and trains respond."""


Fault: TypeAlias = (
    ConnectionRefused
    | ConnectionReset
    | TruncatedResponse
    | LoginPage
    | Rejected
    | SlowResponse
    | TimedOut
    | TooManyRequests
    | Unavailable
)
