"""Records of what a campaign in memory received and would have sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "AttendanceRecord",
    "Email",
    "OrderRecord",
    "ReceivedRequest",
    "SignatureRecord",
    "SubmissionRecord",
]


@dataclass(slots=True)
class ReceivedRequest:
    """A request as it was sent."""

    method: str
    path: str
    """Percent-decoded, without the query."""
    route: str | None
    """Such as ``/v1/petitions/{slug}``; None if the API has no such route."""
    query: dict[str, list[str]]
    headers: dict[str, str] = field(repr=False)
    """With names in lower case."""
    content: bytes = field(repr=False)
    status: int | None = None
    """The status of the response; None if a fault kept the request from the campaign."""

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is empty."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail that a campaign would send."""

    kind: Literal[
        "confirm",
        "signed",
        "attending",
        "received",
        "approved",
        "rejected",
        "withdrawn",
        "requests",
        "change_approved",
        "change_rejected",
        "made_private",
        "requested",
        "accepted",
        "waiting",
        "declined",
        "changed",
        "cancelled",
        "cancelled_paid",
        "placed",
        "sent",
        "refunded",
        "expired",
        "personal_link",
    ]
    """``confirm`` goes to signers, hosts, guests and buyers; ``signed`` to a signer who has
    confirmed before, ``attending`` to a guest who has; ``received``, ``approved``, ``rejected``,
    ``withdrawn``, ``requests``, ``change_approved``, ``change_rejected`` and ``made_private`` to
    hosts;
    ``requested``, ``accepted``, ``waiting``, ``declined``, ``changed`` and ``cancelled`` to
    guests; ``placed``, ``sent``, ``refunded``, ``expired``, ``cancelled`` and ``cancelled_paid`` to
    buyers; ``personal_link`` to people
    who asked what is kept about them."""
    to: str = field(repr=False)
    about: str
    """The petition's slug, the event's id, the order's id; of an order to confirm, no id yet. Empty
    for a ``personal_link``."""
    confirms: Literal["signature", "event", "attendance", "order"] | None = None
    """What the ``token`` confirms, in an e-mail of the kind ``confirm``."""
    token: str | None = field(default=None, repr=False)
    """What ``client.confirmations`` takes, in an e-mail of the kind ``confirm``, and
    ``client.personal_data`` in one of the kind ``personal_link``."""
    code: str | None = field(default=None, repr=False)
    """The code that can be typed in place of opening the link, in an e-mail of the kind
    ``confirm``."""
    where: str | None = field(default=None, repr=False)
    """The exact place or URL, in an e-mail of the kind ``accepted``."""
    reason: str | None = None
    """The reason of a moderator or a host, if the e-mail states one."""
    message_id: str = field(default="", repr=False)
    """The ``Message-ID``, which ``client.bounces.report`` takes."""
    own_token: str | None = field(default=None, repr=False)
    """What ``client.attendances`` takes, in e-mails to guests once they have confirmed, and what
    ``client.hosted_events`` takes, in e-mails to hosts."""


@dataclass(frozen=True, slots=True)
class SignatureRecord:
    """A signature: the one that a mailbox confirmed, or else its latest form."""

    id: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    country: str
    lang: str | None
    public: bool
    """As chosen when confirming; until then False, like ``updates``."""
    updates: bool
    source: str | None
    state: Literal["pending", "confirmed"]
    created_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """A submitted event, validated."""

    id: str
    state: Literal["pending", "pending_review", "public", "rejected", "cancelled"]
    """``pending`` until its host confirms it."""
    form: dict[str, Any] = field(repr=False)
    """The fields of the body, with defaults."""


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """A guest of an event: as confirmed by a mailbox, or else its latest form."""

    id: str
    event: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    guests: int
    status: Literal["pending", "requested", "accepted", "waiting", "declined"]
    """``pending`` until the guest confirms."""
    message: str | None = field(default=None, repr=False)
    """For the host of a private home."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order: as confirmed by a mailbox, or else as entered."""

    id: str | None = field(repr=False)
    """None until it is confirmed."""
    state: Literal["pending", "placed", "paid", "sent", "cancelled", "expired"]
    """``pending`` until the buyer confirms."""
    poster: str
    edition: str
    quantity: int
    numbers: tuple[int, ...]
    """Empty for an open edition, and while the order is ``pending``."""
    lang: str | None
    name: str = field(repr=False)
    email: str = field(repr=False)
    address: dict[str, Any] = field(repr=False)
