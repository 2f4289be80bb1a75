"""The data of a campaign in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

from imd_sdk.testing._outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from imd_sdk.testing._schemas import ConfirmationForm, EventForm
    from imd_sdk.testing.clock import Clock
    from imd_sdk.testing.records import Email

Wire: TypeAlias = dict[str, Any]
NOBODY = "sample@campaign.example"
"""The host of the sample data: no e-mail is sent to it."""
SubmissionKind: TypeAlias = Literal["signature", "event", "attendance", "order", "personal-link"]
ConfirmationState: TypeAlias = Literal["pending", "confirmed", "rejected"]
Texts: TypeAlias = dict[str, Wire]
"""By language; the first is the default."""


@dataclass(slots=True)
class Signature:
    id: str
    mailbox: str
    name: str
    email: str
    created_at: datetime
    chosen: Wire
    """Country, language and source as entered, public and updates as confirmed."""
    confirmed_at: datetime | None = None
    line: str = "confirmed"


@dataclass(slots=True)
class Partner:
    source: str
    name: str
    published_on: date | None = None
    totals: dict[str, int] = field(default_factory=dict)
    """Published, by petition, like the following."""
    attested: dict[str, int] = field(default_factory=dict)
    days: dict[str, dict[date, int]] = field(default_factory=dict)
    countries: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Petition:
    slug: str
    texts: Texts
    goal: int
    milestones: list[int]
    opens_at: datetime
    closes_at: datetime | None
    signatures: dict[str, Signature] = field(default_factory=dict)
    """The confirmed ones by mailbox, in the order of confirmation."""
    counted_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)


class EmailedForm(Protocol):
    """What one form entered, which leads to an e-mail."""

    kind: ClassVar[SubmissionKind]

    @property
    def about(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...

    # Whether its mailbox has confirmed it, with this link or another.
    @property
    def is_confirmed(self) -> bool: ...


@runtime_checkable
class Submission(EmailedForm, Protocol):
    """What takes effect once its mailbox has confirmed it."""

    # The e-mail to a mailbox that has confirmed it before, if it depends on more than the kind.
    def remind(self) -> Email | None: ...

    # The fields that only a confirmation of this kind has.
    def describe(self, state: ConfirmationState, /) -> Wire: ...

    def take_effect(self, state: State, form: ConfirmationForm) -> None: ...


@dataclass(slots=True)
class Confirmation:
    """The token and the code with which a mailbox confirms or rejects what one form entered."""

    token: str
    code: str
    submission: EmailedForm
    created_at: datetime
    expires_at: datetime
    is_rejected: bool = False
    is_ended: bool = False
    """Whether this or another link has confirmed it, also if nothing is left of it."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.mailbox, self.submission.kind, self.submission.about

    @property
    def mailbox(self) -> str:
        return mailbox(self.submission.email)

    @property
    def state(self) -> ConfirmationState:
        if self.is_rejected:
            return "rejected"
        return "confirmed" if self.is_ended or self.submission.is_confirmed else "pending"


@dataclass(slots=True)
class Guest:
    id: str
    event: str
    mailbox: str
    name: str
    email: str
    guests: int
    status: str
    created_at: datetime
    message: str | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class EventChange:
    """A change that a host proposes."""

    id: str
    form: EventForm
    """The whole event, as it would be."""
    created_at: datetime


@dataclass(slots=True)
class Event:
    id: str
    form: EventForm
    state: str
    created_at: datetime
    updated_at: datetime
    guests: dict[str, Guest] = field(default_factory=dict)
    """The confirmed ones by mailbox, in the order of confirmation."""
    token: str = ""
    """The host's."""
    change: EventChange | None = None
    requests_emailed_at: datetime | None = None
    requests_due_at: datetime | None = None
    revision: int = 0
    """The number of published changes."""
    made_private_at: datetime | None = None

    @property
    def private(self) -> bool:
        return self.form.place is not None and self.form.place.private

    @property
    def taken(self) -> int:
        return sum(1 + guest.guests for guest in self.guests.values() if guest.status == "accepted")

    @property
    def left(self) -> int | None:
        capacity = self.form.capacity
        return None if capacity is None else max(0, capacity - self.taken)


@dataclass(slots=True)
class Reservation:
    token: str
    poster: str
    edition: str
    quantity: int
    price: Wire
    """Of one print."""
    expires_at: datetime

    @property
    def total(self) -> Wire:
        return {**self.price, "amount": self.price["amount"] * self.quantity}


@dataclass(slots=True)
class Order:
    id: str
    mailbox: str
    poster: str
    edition: str
    quantity: int
    numbers: list[int]
    total: Wire
    buyer: Wire
    created_at: datetime
    kept_until: date
    changed_at: datetime
    state: str = "placed"
    has_buyer: bool = True
    paid_at: datetime | None = None


@dataclass(slots=True)
class Edition:
    id: str
    kind: str
    titles: dict[str, str]
    size: str
    price: Wire
    run: int | None
    sold: int = 0
    """The prints sold before the test: the lowest numbers."""
    ordered: set[int] = field(default_factory=set)

    @property
    def free(self) -> list[int]:
        numbers = range(self.sold + 1, (self.run or 0) + 1)
        return [number for number in numbers if number not in self.ordered]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    purpose: str
    media_type: str
    width: int | None
    height: int | None
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        return _digest(self.content)


@lru_cache(maxsize=32)
def _digest(content: bytes) -> str:
    """A file can have megabytes, and every response that lists it has its digest."""
    return hashlib.sha256(content).hexdigest()


@dataclass(slots=True)
class Poster:
    slug: str
    texts: Texts
    artist: str
    year: int
    state: str
    editions: list[Edition]
    files: list[File]


@dataclass(slots=True)
class Resource:
    slug: str
    kind: str
    texts: Texts
    url: str | None


@dataclass(slots=True)
class WebhookDelivery:
    id: str
    type: str
    created_at: datetime


@dataclass(slots=True)
class Webhook:
    id: str
    key: str
    url: str
    types: list[str]
    created_at: datetime
    deliveries: list[WebhookDelivery] = field(default_factory=list)
    """Newest first."""


@dataclass(slots=True)
class State:
    clock: Clock
    names: dict[str, str] = field(default_factory=dict)
    links: Wire = field(default_factory=dict)
    petition: str | None = None
    organisation: Wire | None = None
    share_kit: Texts = field(default_factory=dict)
    storm: str = "12-18T17:00:00+00:00"
    share_url: str = ""
    petitions: dict[str, Petition] = field(default_factory=dict)
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    """By token."""
    waiting: dict[tuple[str, str, str], Confirmation] = field(default_factory=dict)
    """The newest form of a mailbox, kind and petition or event, until its e-mail is sent."""
    emailed_at: dict[str, list[datetime]] = field(default_factory=dict)
    """When a mailbox had e-mails about what was submitted in its name."""
    attempts_at: dict[str, list[datetime]] = field(default_factory=dict)
    """When codes of a mailbox were tried."""
    blocked: set[str] = field(default_factory=set)
    """The mailboxes that get no more e-mail."""
    events: dict[str, Event] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    """By token; a real campaign stores none."""
    orders: dict[str, Order] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    key_partners: dict[str, str] = field(default_factory=dict)
    """The source of each key's partner."""
    partners: dict[str, Partner] = field(default_factory=dict)
    """By source."""
    partner_links: dict[str, str] = field(default_factory=dict)
    """The source that each token is for."""
    id_count: int = 0
    mail: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.mail = Outbox(self.clock)

    def now(self) -> datetime:
        return self.clock.now()

    def new(self, prefix: str) -> str:
        """Return a new id or token: opaque, and the same in every run."""
        self.id_count += 1
        return prefix + hashlib.sha256(f"{prefix}{self.id_count}".encode()).hexdigest()[:26]


def derive_token(identity: str) -> str:
    """Return the token in the e-mails to a guest or a host."""
    return hashlib.sha256(f"token {identity}".encode()).hexdigest()[:26]


def choose_language(available: Sequence[str] | Mapping[str, Any], wanted: str | None) -> str:
    """Return the requested language, else its base language, else the first."""
    by_name = {tag.lower(): tag for tag in available}
    request = (wanted or "").lower()
    while request and request not in by_name:
        request = request.rpartition("-")[0]
    return by_name[request] if request else next(iter(available))


def mailbox(address: str) -> str:
    """Canonicalise an e-mail address for comparison, with the most common rules of the server."""
    local, _, domain = address.casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def format_time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def pick_texts(texts: Texts, lang: str | None) -> Wire:
    language = choose_language(texts, lang)
    return {"lang": language, "languages": list(texts), **texts[language]}
