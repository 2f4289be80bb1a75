"""The models of the HTTP API, with the names of the wire format.

Times are aware datetimes, ids opaque strings, points WGS 84 degrees, countries ISO 3166-1 alpha-2,
languages BCP 47, money minor units. Fields that a newer server adds are kept in ``model_extra``. An
unknown value of an enumeration is kept, and its ``is_known`` is False. A ``repr`` omits personal
and secret values.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, NotRequired, Self, TypedDict, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "Attendance",
    "AttendanceConfirmation",
    "AttendanceReview",
    "AttendanceStatus",
    "AttestationReceipt",
    "AttestationStatus",
    "AttestedCount",
    "BounceReceipt",
    "Campaign",
    "CampaignLinks",
    "Challenge",
    "Cluster",
    "Confirmation",
    "ConfirmationKind",
    "ConfirmationState",
    "Count",
    "DayCount",
    "DeliveryAddress",
    "DeliveryState",
    "Edition",
    "EditionKind",
    "Event",
    "EventChangeReview",
    "EventConfirmation",
    "EventKind",
    "EventReview",
    "EventState",
    "FilePurpose",
    "Health",
    "HostedEvent",
    "ManagedOrder",
    "Message",
    "Model",
    "Money",
    "NewHost",
    "NewPlace",
    "NewWebhook",
    "NewWebhookSecret",
    "OfferedChallenge",
    "OpenEnum",
    "Order",
    "OrderConfirmation",
    "OrderState",
    "Organisation",
    "Page",
    "PartnerNumbers",
    "PartnerPetition",
    "Payment",
    "PaymentKind",
    "PaymentOutcome",
    "PaymentReceipt",
    "PaymentState",
    "PaymentWay",
    "PendingSubmission",
    "PeopleCount",
    "PersonalAttendance",
    "PersonalData",
    "PersonalDataState",
    "PersonalEvent",
    "PersonalOrder",
    "PersonalSignature",
    "Petition",
    "PetitionState",
    "Place",
    "PlaceCount",
    "PostalAddress",
    "Poster",
    "PosterFile",
    "PosterState",
    "Precision",
    "ProposedChange",
    "ReportedPayment",
    "Reservation",
    "Resource",
    "ResourceKind",
    "ReviewState",
    "ShareKit",
    "Signature",
    "SignatureConfirmation",
    "SignatureLine",
    "Signer",
    "Stock",
    "SubmissionReceipt",
    "SubmissionStatus",
    "Webhook",
    "WebhookDelivery",
    "WebhookPayload",
    "WebhookState",
    "WebhookType",
]

T = TypeVar("T")


class OpenEnum(StrEnum):
    """An enumeration that the API may extend: a value unknown to this SDK is kept as it is."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK knows the value."""
        return self._value_ in type(self)._value2member_map_

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'' if self.is_known else 'unknown '}{self._value_!r}>"


class Model(BaseModel):
    """The base of all models: read-only, and tolerant of fields that are added later."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        frozen=True,
        defer_build=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that are not personal, and none that this SDK does not know."""
        shown = (name for name, field in type(self).model_fields.items() if field.repr)
        return ((name, getattr(self, name)) for name in shown)


class Page(Model, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = None
    """The cursor of the next page; None: this is the last."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the type of the items: ``Page[Event]`` itself has no importable name."""
        kinds = type(self).__pydantic_generic_metadata__["args"]
        return _page, kinds, self.__getstate__()


def _page(*kinds: Any) -> Any:
    kind = Page[kinds] if kinds else Page  # type: ignore[valid-type]
    return kind.__new__(kind)


_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_NONE = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
    *("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_MINOR_DIGITS: dict[str, int] = dict.fromkeys(_THREE, 3) | dict.fromkeys(_NONE, 0)
"""The currencies with another number of decimals than two (ISO 4217, list one)."""


class Money(Model):
    """An amount of money."""

    amount: int
    """In minor units of the currency: 2500 is 25.00 USD, or 2500 JPY."""
    currency: str
    """ISO 4217, such as ``USD``."""

    @property
    def decimal(self) -> Decimal:
        """The amount in major units: ``Decimal('25.00')`` for 2500 USD, 2500 for JPY."""
        return Decimal(self.amount).scaleb(-_MINOR_DIGITS.get(self.currency, 2))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


class Health(Model):
    """The state of the server and its database."""

    status: str


class Organisation(Model):
    """Who runs the campaign and is responsible for its data."""

    name: str
    contact: str
    """An e-mail address or a URL for questions."""


class CampaignLinks(Model):
    """URLs of the campaign for people; None if there is none."""

    website: str | None = None
    donate: str | None = None
    resources: str | None = None


class Campaign(Model):
    """The campaign: its day, this year's figures, its languages and links."""

    name: str
    lang: str
    """The language of the texts."""
    languages: list[str]
    """The available languages, beginning with the campaign's default."""
    day: dt.date
    """18 December of the year."""
    year: int
    convention_turns: int
    """How many years old the Convention turns on ``day``: year − 1990 (A/RES/45/158)."""
    day_turns: int
    """How many years old the day itself turns on ``day``: year − 2000 (A/RES/55/93)."""
    begins_at: AwareDatetime
    """When the day first begins on Earth (UTC+14)."""
    ends_at: AwareDatetime
    """When the day last ends on Earth (UTC−12)."""
    petition: str | None = None
    """The slug of the main petition."""
    organisation: Organisation | None = None
    links: CampaignLinks


class PetitionState(OpenEnum):
    """Whether a petition accepts signatures."""

    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"


class AttestedCount(Model):
    """Signatures that a partner has collected and verified itself."""

    partner: str
    """The partner's name."""
    count: int
    """In tens, and changed at most once a day; few signatures are not listed."""


class Petition(Model):
    """A petition's text and terms."""

    slug: str
    lang: str
    languages: list[str]
    title: str
    summary: str
    """One sentence."""
    text: str
    """Paragraphs, separated by an empty line."""
    target: str
    """The person or body that the petition is addressed to."""
    goal: int | None = None
    """The number of signatures to reach."""
    milestones: list[int]
    """Numbers of signatures to celebrate on the way, ascending."""
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    """None: no closing date."""
    state: PetitionState
    attested: list[AttestedCount] = []
    """Signatures in the total that partners have verified themselves, by partner."""


class Count(Model):
    """The number of signatures."""

    petition: str
    """The petition's slug."""
    total: int
    """Confirmed signatures."""
    goal: int | None = None
    as_of: AwareDatetime
    poll_after: int
    """Seconds to wait before the next request."""


class PlaceCount(Model):
    """The number of signatures in one country."""

    country: str
    count: int
    """In tens, and changed at most once a day; countries with few signatures are not listed."""


class Signer(Model):
    """A confirmed signer who chose to be shown."""

    name: str = Field(repr=False)
    country: str
    date: dt.date
    """The day of the confirmation."""


class SubmissionStatus(OpenEnum):
    """The status of what was submitted."""

    CONFIRMATION_SENT = "confirmation_sent"


class Challenge(Model):
    """A proof of work of ALTCHA, version 2, which a browser solves for a form.

    A solved challenge is the ``proof`` of a signature, an event, an attendance or an order, once,
    and within an hour: base64 of ``{"challenge": …, "solution": {"counter": …, "derivedKey": …}}``.
    """

    parameters: Mapping[str, Any]
    """What to compute, in ALTCHA's names, such as ``algorithm`` and ``keyPrefix``."""
    signature: str


class OfferedChallenge(Model):
    """The response to a request for a challenge."""

    challenge: Challenge | None
    """None: no proof is needed."""


class SubmissionReceipt(Model):
    """The result of everything that is confirmed by e-mail, and of asking for one's own data.

    It is the same whether the e-mail address is new, unconfirmed or known.
    """

    status: SubmissionStatus
    detail: str
    """The next step, in words for the person who submitted it."""


class SignatureLine(OpenEnum):
    """Who has verified a signature."""

    CONFIRMED = "confirmed"
    """The campaign, by e-mail."""
    ATTESTED = "attested"
    """The partner that is its ``source``."""


class Signature(Model):
    """A confirmed signature as the campaign stores it, with the signer sealed."""

    id: str
    country: str
    lang: str | None = None
    public: bool
    """Whether the signer chose to be shown, when confirming."""
    updates: bool
    """Whether the signer subscribed to news, when confirming."""
    source: str | None = None
    """The partner that collected it."""
    confirmed_at: AwareDatetime
    line: SignatureLine = SignatureLine.CONFIRMED
    sealed: str = Field(repr=False)
    """Name and e-mail address, encrypted to the private keys of the organisation."""


class AttestationStatus(OpenEnum):
    """The status of an attested signature."""

    RECORDED = "recorded"


class AttestationReceipt(Model):
    """The result of attesting a signature: the same for a mailbox that has signed before."""

    status: AttestationStatus


class DayCount(Model):
    """The number of signatures that was published on a day."""

    date: dt.date
    count: int


class PartnerPetition(Model):
    """A petition, and how many have signed it through a partner, in tens."""

    petition: str
    """The petition's slug."""
    lang: str
    title: str
    total: int
    attested: int
    """The part of ``total`` that the partner has verified itself."""
    days: list[DayCount]
    """The published number on each day, oldest first."""
    countries: list[PlaceCount]


class PartnerNumbers(Model):
    """What a partner can see about signatures with its source; published once a day (UTC)."""

    source: str
    name: str
    published_on: dt.date | None = None
    """None: nothing has been published yet."""
    petitions: list[PartnerPetition]


class ConfirmationKind(OpenEnum):
    """What a confirmation is about."""

    SIGNATURE = "signature"
    EVENT = "event"
    ATTENDANCE = "attendance"
    ORDER = "order"


class ConfirmationState(OpenEnum):
    """What the owner of the mailbox has decided."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Confirmation(Model):
    """What somebody entered with an e-mail address, for the owner of that mailbox to confirm.

    Each ``kind`` has a model of its own: `SignatureConfirmation`, `EventConfirmation`,
    `AttendanceConfirmation` and `OrderConfirmation`. A kind that this SDK does not know is a plain
    `Confirmation`.
    """

    kind: ConfirmationKind
    state: ConfirmationState
    name: str | None = Field(default=None, repr=False)
    """The name of the signer, host, guest or buyer as it will be recorded; None unless pending."""
    expires_at: AwareDatetime | None = None
    """Seven days after the e-mail; None unless pending."""


class SignatureConfirmation(Confirmation):
    """A signature to confirm."""

    petition: str
    """The petition's slug."""
    title: str
    """The petition's title."""
    country: str | None = Field(default=None, repr=False)
    """The signer's country (ISO 3166-1 alpha-2); None once rejected or withdrawn."""


class Precision(OpenEnum):
    """The precision of a place."""

    EXACT = "exact"
    AREA = "area"


class Place(Model):
    """The place of an event."""

    name: str | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, repr=False)
    locality: str
    region: str | None = None
    country: str
    latitude: float = Field(repr=False)
    longitude: float = Field(repr=False)
    precision: Precision
    """``area``: a private place, given as the centre of a cell of 0.1°, without an address."""


class EventConfirmation(Confirmation):
    """A submitted event to confirm."""

    title: str | None = None
    """None unless pending, like the fields up to ``private``."""
    description: str | None = Field(default=None, repr=False)
    starts_at: AwareDatetime | None = None
    """With the offset of ``time_zone``."""
    time_zone: str | None = None
    """An IANA name, such as ``America/Mexico_City``."""
    url: str | None = Field(default=None, repr=False)
    place: Place | None = Field(default=None, repr=False)
    """The exact place, also of a private home."""
    private: bool | None = None
    """Whether the public will see only the area of the place."""
    capacity: int | None = None
    """How many people can come; None: no limit, or not pending."""
    event: str | None = None
    """The event's id; None until confirmed."""


class AttendanceStatus(OpenEnum):
    """Whether a guest has a place.

    ``requested``: the host of a private home, or staff, have not decided yet. ``waiting``: there
    is no place yet, and the guest gets one without another decision.
    """

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINED = "declined"


class AttendanceConfirmation(Confirmation):
    """A guest's request to attend an event, to confirm."""

    event: str
    """The event's id."""
    title: str
    """The event's title."""
    starts_at: AwareDatetime
    """The start of the event, with the offset of ``time_zone``."""
    time_zone: str
    """An IANA name, such as ``America/Mexico_City``."""
    guests: int | None = None
    """The number of people they bring; None unless pending."""
    message: str | None = Field(default=None, repr=False)
    """For the host of a private home; None unless pending."""
    private: bool = False
    """Whether it is at a private home, whose host sees the guest's name, address and message."""
    status: AttendanceStatus | None = None
    """Whether they have a place at present; None unless confirmed, and once they have left."""


class EventKind(OpenEnum):
    """The kind of an event."""

    ACTION = "action"
    GATHERING = "gathering"
    VIGIL = "vigil"
    POTLUCK = "potluck"
    RALLY = "rally"
    MARCH = "march"
    PRESS = "press"
    ONLINE = "online"
    OTHER = "other"


class EventState(OpenEnum):
    """The state of an event; moderators also see states before publication."""

    PENDING_REVIEW = "pending_review"
    PUBLIC = "public"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Event(Model):
    """An event on or around the day."""

    id: str
    title: str
    description: str
    lang: str
    """The language of the text."""
    languages: list[str]
    """The languages spoken at the event."""
    kind: EventKind
    state: EventState
    starts_at: AwareDatetime
    """With the offset of ``time_zone``."""
    ends_at: AwareDatetime | None = None
    time_zone: str
    """An IANA name, such as ``America/Mexico_City``."""
    online: bool
    url: str | None = Field(default=None, repr=False)
    place: Place | None = None
    """None for an online event."""
    host: str | None = None
    """The hosting group; None for a private home, unless for its host, guests or moderators."""
    capacity: int | None = None
    """None: no limit."""
    places_left: int | None = None
    """None: no limit, or a private home, as for ``host``."""
    distance_km: float | None = None
    """Only if the request has ``near``."""
    updated_at: AwareDatetime


class Cluster(Model):
    """The events in one cell of a map."""

    latitude: float
    longitude: float
    count: int
    bbox: tuple[float, float, float, float]
    """West, south, east, north of its events."""
    locality: str = ""
    """The place with the most events."""
    countries: list[str] = []
    """All countries of its events."""
    event: str | None = None
    """The event's id if ``count`` is 1; likewise the following fields."""
    title: str | None = None
    lang: str | None = None
    """The language of the title."""
    precision: Precision | None = None


class ReviewState(OpenEnum):
    """A moderator's decision."""

    PENDING_REVIEW = "pending_review"
    PUBLIC = "public"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REQUESTED = "requested"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class EventReview(Model):
    """A submitted event, as moderators see it."""

    event: Event
    """With its exact place."""
    private: bool | None = None
    """Whether only the area is public; None: not stated."""
    state: ReviewState
    submitted_at: AwareDatetime


class AttendanceReview(Model):
    """A confirmed guest, as moderators and the host of a private home see it."""

    id: str
    event: str
    """The event's id."""
    name: str | None = Field(default=None, repr=False)
    """None unless the event is at a private place, like ``email`` and ``message``."""
    email: str | None = Field(default=None, repr=False)
    message: str | None = Field(default=None, repr=False)
    """What the guest wrote to the host; None if nothing, and once declined."""
    guests: int
    """The number of people they bring."""
    status: ReviewState
    created_at: AwareDatetime


class Attendance(Model):
    """A guest's own sign-up, as the link in the e-mails shows it."""

    event: Event
    """With the exact place and the host, once the guest is accepted."""
    private: bool
    """Whether it is at a private home."""
    status: AttendanceStatus
    name: str | None = Field(default=None, repr=False)
    guests: int
    """The number of people they bring."""
    max_guests: int
    """The number of people that they can bring at present."""


class ProposedChange(Model):
    """What a host would like an event to be; a moderator decides."""

    id: str
    title: str
    description: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    time_zone: str
    url: str | None = Field(default=None, repr=False)
    place: Place | None = Field(default=None, repr=False)
    """The exact place; None for an online event."""
    created_at: AwareDatetime
    """When the host proposed it."""


class PeopleCount(Model):
    """The people who come or would like to, including those whom guests bring."""

    requested: int
    accepted: int
    waiting: int


class HostedEvent(Model):
    """An event as its host sees it."""

    event: Event
    """The approved or submitted version, with its exact place."""
    private: bool
    """Whether only the area is public. It cannot change."""
    state: EventState
    submitted_at: AwareDatetime
    people: PeopleCount
    change: ProposedChange | None = None
    """The change that waits for a moderator."""


class EventChangeReview(Model):
    """A change that a host proposes, as moderators see it."""

    id: str
    event: Event
    """The approved version, with its exact place."""
    private: bool
    """Whether only the area is public."""
    proposed: ProposedChange


class EditionKind(OpenEnum):
    """Whether the prints are numbered."""

    OPEN = "open"
    LIMITED = "limited"


class Edition(Model):
    """One edition of a poster."""

    id: str
    """For ``posters.reserve``."""
    kind: EditionKind
    title: str
    size: str
    """In words: ``50 × 70 cm``."""
    price: Money
    run: int | None = None
    """The total number of prints; None for an open edition."""
    available: int | None = None
    """The number of prints left; None for an open edition."""


class FilePurpose(OpenEnum):
    """The purpose of a file."""

    PRINT = "print"
    PREVIEW = "preview"


class PosterFile(Model):
    """A file of a poster."""

    name: str
    """For ``posters.download``."""
    purpose: FilePurpose
    media_type: str
    bytes: int
    """Its size."""
    sha256: str
    """Its digest in lower-case hexadecimal."""
    width: int | None = None
    """In pixels, or in units of the drawing."""
    height: int | None = None
    href: str
    """Its path, relative to the campaign's URL."""


class PosterState(OpenEnum):
    """Whether a poster is for sale."""

    ON_SALE = "on_sale"


class Poster(Model):
    """A poster of the day by a named artist."""

    slug: str
    lang: str
    languages: list[str]
    title: str
    artist: str
    year: int
    description: str
    alternative_text: str
    """A text alternative to the image."""
    state: PosterState
    editions: list[Edition]
    files: list[PosterFile]


class Reservation(Model):
    """The price of prints, fixed until ``expires_at``. No prints are kept."""

    token: str = Field(repr=False)
    """For ``posters.order``; the server stores nothing."""
    poster: str
    """The poster's slug."""
    edition: str
    quantity: int
    total: Money
    expires_at: AwareDatetime
    """An hour after the request."""


class OrderState(OpenEnum):
    """The status of an order."""

    PLACED = "placed"
    PAID = "paid"
    SENT = "sent"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    """It was not paid in time."""
    PAID_LATE = "paid_late"
    """The payment arrived after the order had ended, and has to be paid back."""


class PaymentState(OpenEnum):
    """The status of a payment."""

    DUE = "due"
    PAID = "paid"
    CANCELLED = "cancelled"
    """Nothing is to be paid any more."""
    REFUNDED = "refunded"
    LATE = "late"
    """It arrived after the order had ended, and will be paid back."""


class PaymentKind(OpenEnum):
    """A way to pay."""

    CHECKOUT = "checkout"
    INVOICE = "invoice"
    PICKUP = "pickup"


class PaymentWay(Model):
    """A way to pay for an order."""

    kind: PaymentKind
    detail: str | None = None
    """What to do, in the words of the campaign."""
    url: str | None = Field(default=None, repr=False)
    """The page of the campaign's checkout for this order, with a signed amount."""


class Payment(Model):
    """The payment of an order."""

    state: PaymentState
    detail: str
    """The state in words for the buyer."""
    reference: str = ""
    """A short name of the order for bank transfers, which opens nothing."""
    ways: list[PaymentWay] = []
    """The ways to pay while the payment is due; empty: the campaign writes to the buyer."""
    paid_at: AwareDatetime | None = None


class Order(Model):
    """An order, without anything personal."""

    id: str = Field(repr=False)
    """A secret: anyone who knows it can read the order."""
    state: OrderState
    poster: str
    edition: str
    quantity: int
    numbers: list[int]
    """The numbers of the prints; empty for an open edition, and once the order has ended."""
    total: Money
    payment: Payment
    kept_until: dt.date | None = None
    """The last day to pay, until it ends everywhere on Earth; None: the order does not expire."""
    created_at: AwareDatetime


class DeliveryAddress(Model):
    """The postal address of an order to confirm."""

    lines: list[str] = Field(repr=False)
    """Street and house number, care of, and so on."""
    postal_code: str | None = Field(default=None, repr=False)
    locality: str = Field(repr=False)
    country: str


class OrderConfirmation(Confirmation):
    """An order of prints, to confirm."""

    poster: str | None = None
    """The poster's slug; None if rejected, like the fields up to ``total``."""
    title: str | None = None
    """The poster's title."""
    edition: str | None = None
    edition_title: str | None = None
    quantity: int | None = None
    total: Money | None = None
    """At the price of the reservation, which holds until the link expires."""
    address: DeliveryAddress | None = Field(default=None, repr=False)
    """Where the prints will be sent, as entered; None unless pending."""
    order: str | None = Field(default=None, repr=False)
    """The order's id, a secret; None until confirmed."""


class PaymentOutcome(OpenEnum):
    """What a reported payment did."""

    PAID = "paid"
    PAID_LATE = "paid_late"
    """The order had ended: the payment has to be paid back."""
    REPEATED = "repeated"
    """The order was paid before: this payment has to be paid back."""


class PaymentReceipt(Model):
    """The result of reporting a payment."""

    outcome: PaymentOutcome


class ReportedPayment(Model):
    """A payment that the campaign's checkout has reported."""

    id: str
    """The ``webhook-id`` of the message."""
    amount: int
    currency: str
    outcome: PaymentOutcome
    received_at: AwareDatetime


class Stock(Model):
    """The prints of an edition, for staff."""

    poster: str
    edition: str
    kind: EditionKind
    run: int | None = None
    """The number of prints of a limited edition."""
    sold: int
    """In paid and sent orders."""
    held: int
    """In orders that are not paid yet."""
    left: int | None = None
    """On sale; None for an open edition."""


class ManagedOrder(Model):
    """An order, as staff see it."""

    order: Order
    sealed: str | None = Field(default=None, repr=False)
    """Name, e-mail address and postal address, encrypted to the private keys of the organisation;
    None once an unpaid order has ended."""
    changed_at: AwareDatetime | None = None
    """When the state changed last."""
    payments: list[ReportedPayment] = []
    """What the campaign's checkout has reported, oldest first."""


class PersonalDataState(OpenEnum):
    """What a link to personal data can do."""

    OPEN = "open"
    CLOSED = "closed"
    """It can only allow e-mail to the mailbox again."""


class PersonalSignature(Model):
    """A signature, for the person who signed. Their sealed name cannot be read by the server."""

    id: str
    petition: str
    """The petition's slug."""
    title: str
    """The petition's title."""
    country: str
    public_name: str | None = Field(default=None, repr=False)
    """The name as it is shown among the signatures; None if it is not shown."""
    updates: bool
    """Whether they get news about the campaign."""
    source: str | None = None
    """The organisation that asked for the signature."""
    confirmed_at: AwareDatetime


class PersonalAttendance(Model):
    """A place at an event, for its guest."""

    id: str
    event: str
    """The event's id."""
    title: str
    starts_at: AwareDatetime
    """With the offset of ``time_zone``."""
    time_zone: str
    """An IANA name, such as ``America/Mexico_City``."""
    status: AttendanceStatus
    guests: int
    """The number of people they bring."""
    name: str = Field(repr=False)
    message: str | None = Field(default=None, repr=False)
    """What they wrote to the host of a private place; nothing is kept of it once declined."""
    kept_until: dt.date
    """The last day on which it is kept."""


class PersonalEvent(Model):
    """An event, for its host."""

    id: str
    title: str
    starts_at: AwareDatetime
    """With the offset of ``time_zone``."""
    time_zone: str
    """An IANA name, such as ``America/Mexico_City``."""
    state: ReviewState
    host: str = Field(repr=False)
    """The name of the host, which is public."""
    can_be_cancelled: bool
    kept_until: dt.date
    """The last day on which the host's e-mail address is kept."""


class PersonalOrder(Model):
    """An order of prints, for its buyer, whose sealed name and address the server cannot read."""

    id: str = Field(repr=False)
    """A secret: anyone who knows it can read the order."""
    poster: str
    """The poster's slug."""
    title: str
    """The poster's title."""
    edition: str
    quantity: int
    total: Money
    state: OrderState
    can_be_cancelled: bool
    """Whether it is not paid. A paid order is kept as the law requires."""
    kept_until: dt.date | None = None
    """The last day to pay; None if it is paid."""
    created_at: AwareDatetime


class PendingSubmission(Model):
    """A form that waits for its mailbox to confirm it."""

    kind: ConfirmationKind
    submitted_at: AwareDatetime


class PersonalData(Model):
    """What a campaign keeps about a mailbox."""

    state: PersonalDataState
    """If it is ``closed``, everything below but ``blocked`` is left out."""
    email: str | None = Field(default=None, repr=False)
    """The address that the link was sent to."""
    blocked: bool
    """Whether no e-mail is sent to the mailbox."""
    expires_at: AwareDatetime | None = None
    """24 hours after the e-mail with the link."""
    signatures: list[PersonalSignature] = []
    attendances: list[PersonalAttendance] = []
    events: list[PersonalEvent] = []
    """The events of which the mailbox is the host's."""
    orders: list[PersonalOrder] = []
    """Orders that are not paid, paid or sent."""
    pending: list[PendingSubmission] = []
    """What was submitted and is not confirmed, oldest first."""


class Message(Model):
    """A message to post on the day."""

    id: str
    text: str


class ShareKit(Model):
    """The share kit: what supporters post at the same time."""

    lang: str
    languages: list[str]
    storm_at: AwareDatetime
    """When to post."""
    url: str
    """The URL to share."""
    hashtags: list[str]
    """Without the ``#``."""
    messages: list[Message]


class ResourceKind(OpenEnum):
    """The kind of a resource."""

    BACKGROUND = "background"
    CONVENTION = "convention"
    TIP_SHEET = "tip_sheet"


class Resource(Model):
    """Background on the day and the Convention, or a tip sheet."""

    slug: str
    kind: ResourceKind
    lang: str
    languages: list[str]
    title: str
    summary: str
    body: str
    """Paragraphs, separated by an empty line."""
    url: str | None = None
    """Further reading."""


class NewPlace(TypedDict):
    """The place of a submitted event."""

    name: NotRequired[str | None]
    address: NotRequired[str | None]
    locality: str
    region: NotRequired[str | None]
    country: str
    latitude: float
    longitude: float
    private: NotRequired[bool]
    """True: only the area is public; accepted guests receive the address by e-mail.

    Left out when a host proposes a change: it cannot change.
    """


class NewHost(TypedDict):
    """The host of a submitted event."""

    name: str
    email: str


class PostalAddress(TypedDict):
    """The postal address of an order."""

    lines: Sequence[str]
    """Street and house number, care of, and so on: one to a few lines."""
    postal_code: NotRequired[str | None]
    locality: str
    country: str


class BounceReceipt(Model):
    """The result of reporting a bounce."""

    recorded: bool
    """False if the campaign does not know the e-mail, or it was reported before."""


class WebhookType(OpenEnum):
    """What webhooks report."""

    COUNT_CHANGED = "petition.count_changed"
    """The number of signatures has changed; at most once a minute for each petition."""
    MILESTONE_REACHED = "petition.milestone_reached"
    PETITION_CLOSED = "petition.closed"
    EVENT_APPROVED = "event.approved"
    """An event is public now."""
    EVENT_CHANGED = "event.changed"
    EVENT_CANCELLED = "event.cancelled"
    EVENT_SUBMITTED = "event.submitted"
    """An event waits for a moderator; needs the scope ``events:moderate``."""
    CHANGE_PROPOSED = "event.change_proposed"
    """A change of an event waits for a moderator; needs the scope ``events:moderate``."""
    ORDER_PLACED = "order.placed"
    """Needs the scope ``orders:manage``."""
    ORDER_STATE_CHANGED = "order.state_changed"
    """Needs the scope ``orders:manage``."""
    TEST = "webhook.test"
    """Sent by ``webhooks.test`` only; nobody subscribes to it."""


class WebhookState(OpenEnum):
    """Whether a webhook is sent to."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Webhook(Model):
    """A subscription: where the campaign sends webhooks of some types."""

    id: str
    url: str = Field(repr=False)
    types: list[WebhookType]
    state: WebhookState
    disabled_reason: str | None = None
    """``failing``: nothing was delivered for five days; ``gone``: the endpoint responded with 410.
    """
    disabled_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    """Since when every attempt has failed; None: the last one succeeded."""
    created_at: AwareDatetime


class NewWebhook(Webhook):
    """A subscription that was just made, with its secret, which is shown once."""

    secret: str = Field(repr=False)
    """For `imd_sdk.webhooks.verify`."""


class NewWebhookSecret(Model):
    """The secret that replaces another one."""

    secret: str = Field(repr=False)
    previous_valid_until: AwareDatetime
    """Until then, webhooks are signed with both secrets."""


class DeliveryState(OpenEnum):
    """The state of one webhook."""

    QUEUED = "queued"
    """It is sent soon, or again later."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """It is not sent any more."""
    SUPERSEDED = "superseded"
    """A newer webhook about the same number was sent instead."""


class WebhookDelivery(Model):
    """An entry of the delivery log."""

    id: str
    """The ``webhook-id`` of every attempt."""
    type: WebhookType
    state: DeliveryState
    attempts: int
    response_status: int | None = None
    """The HTTP status of the last attempt; None: there was no response."""
    error: str | None = None
    """Why the last attempt failed: ``status``, ``timeout``, ``unreachable``,
    ``no-public-address``, ``certificate`` or ``invalid-response``."""
    created_at: AwareDatetime
    attempted_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    """None: it is not sent again."""


class WebhookPayload(Model):
    """The body of a webhook."""

    type: WebhookType
    timestamp: AwareDatetime
    data: dict[str, Any]
    """IDs, slugs and public numbers, and nothing personal."""
