"""What a test sees of the campaign in memory: what came in, and what it would mail.

A ``repr`` leaves out what is personal or secret, so that no log of a test run holds it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Attendance", "Letter", "Ordered", "Received", "SignedUp", "Submitted"]


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
    """An order that arrived, with what only the campaign's staff may see."""

    id: str
    poster: str
    edition: str
    quantity: int
    numbers: tuple[int, ...]
    name: str = field(repr=False)
    email: str = field(repr=False)
    address: dict[str, Any] = field(repr=False)
