"""What a campaign answers, and what it is sent; named as on the wire.

Times are aware datetimes, ids opaque strings, points WGS 84 degrees, countries ISO 3166-1 alpha-2,
languages BCP 47, money minor units. Fields that a newer server adds are kept in ``model_extra``; a
word it uses in place of a known one is kept, and its ``known`` is False. A ``repr`` leaves out what
is personal or secret.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, NotRequired, Self, TypedDict, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

__all__ = [
    "AttendanceReceipt",
    "AttendanceReview",
    "AttendanceStatus",
    "Campaign",
    "CampaignLinks",
    "Cluster",
    "Confirmation",
    "ConfirmationState",
    "Count",
    "Edition",
    "EditionKind",
    "Event",
    "EventKind",
    "EventReview",
    "EventState",
    "FilePurpose",
    "Health",
    "Message",
    "Model",
    "Money",
    "NewHost",
    "NewPlace",
    "OpenEnum",
    "Order",
    "OrderState",
    "Page",
    "Payment",
    "PaymentState",
    "Petition",
    "PetitionState",
    "Place",
    "PlaceCount",
    "PostalAddress",
    "Poster",
    "PosterFile",
    "PosterState",
    "Precision",
    "Reservation",
    "Resource",
    "ResourceKind",
    "ReviewState",
    "ShareKit",
    "Signature",
    "SignatureReceipt",
    "SignatureState",
    "SignatureStatus",
    "Signer",
    "SubmissionReceipt",
]

T = TypeVar("T")


class OpenEnum(StrEnum):
    """Words that the API may add to: one that this SDK does not know yet is kept as it came."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        word = str.__new__(cls, value)
        word._name_ = word._value_ = value
        return word

    @property
    def known(self) -> bool:
        """Whether this SDK knew the word when it was released."""
        return self._value_ in type(self)._value2member_map_

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'' if self.known else 'unknown '}{self._value_!r}>"


class Model(BaseModel):
    """All answers are read-only, and tolerant of what is added later."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="allow",
        frozen=True,
        defer_build=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that may be shown, and nothing a newer server added."""
        shown = (name for name, field in type(self).model_fields.items() if field.repr)
        return ((name, getattr(self, name)) for name in shown)


class Page(Model, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = None
    """The cursor of the page after this one; None: this is the last."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by what it is a page of: a ``Page[Event]`` is found under no name."""
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
"""Where it is not two (ISO 4217, list one, minor unit)."""


class Money(Model):
    """An amount of money."""

    amount: int
    """In minor units of the currency: 2500 is 25.00 USD, and 2500 JPY."""
    currency: str
    """ISO 4217, such as ``USD``."""

    @property
    def decimal(self) -> Decimal:
        """The amount in the currency itself: ``Decimal('25.00')`` for 2500 USD, 2500 for JPY."""
        return Decimal(self.amount).scaleb(-_MINOR_DIGITS.get(self.currency, 2))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"


class Health(Model):
    """Whether the server and its database are up."""

    status: str


class CampaignLinks(Model):
    """Addresses of the campaign for people; None where it has none."""

    website: str | None = None
    donate: str | None = None
    resources: str | None = None


class Campaign(Model):
    """The day and this year's numbers."""

    name: str
    lang: str
    """The language of the texts."""
    languages: list[str]
    """The languages that there are, the campaign's first one first."""
    day: dt.date
    """18 December of the year."""
    year: int
    convention_turns: int
    """How many years old the Convention turns on ``day``: year − 1990 (A/RES/45/158)."""
    day_turns: int
    """How many years old the day itself turns on ``day``: year − 2000 (A/RES/55/93)."""
    begins_at: AwareDatetime
    """When the day begins first on Earth (UTC+14)."""
    ends_at: AwareDatetime
    """When the day ends last on Earth (UTC−12)."""
    petition: str | None = None
    """The slug of the main petition."""
    links: CampaignLinks


class PetitionState(OpenEnum):
    """Whether a petition takes signatures."""

    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"


class Petition(Model):
    """A petition's text and terms."""

    slug: str
    lang: str
    languages: list[str]
    title: str
    summary: str
    """One sentence."""
    text: str
    """Paragraphs parted by an empty line."""
    target: str
    """Whom the petition addresses."""
    goal: int | None = None
    """How many signatures are hoped for."""
    milestones: list[int]
    """The numbers worth a celebration on the way, ascending."""
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    """None: no closing date."""
    state: PetitionState


class Count(Model):
    """How many have signed."""

    petition: str
    """The petition's slug."""
    total: int
    """Confirmed signatures."""
    goal: int | None = None
    as_of: AwareDatetime
    poll_after: int
    """Seconds after which it is worth asking again."""


class PlaceCount(Model):
    """How many signed in one country."""

    country: str
    count: int
    """Rounded down to tens; countries with fewer than ten are not listed."""


class Signer(Model):
    """Somebody who signed, confirmed, and asked to be shown."""

    name: str = Field(repr=False)
    country: str
    date: dt.date
    """The day of the confirmation."""


class SignatureStatus(OpenEnum):
    """What becomes of a signature that was sent."""

    CONFIRMATION_SENT = "confirmation_sent"


class SignatureReceipt(Model):
    """The answer to a signature, be it new, pending or repeated."""

    status: SignatureStatus
    detail: str
    """What to do next, for the signer to read."""


class SignatureState(OpenEnum):
    """How far a signature is."""

    PENDING = "pending"
    CONFIRMED = "confirmed"


class Signature(Model):
    """A signature as the campaign keeps it; who signed is sealed."""

    id: str
    state: SignatureState
    country: str
    lang: str | None = None
    public: bool
    """Whether the signer asked to be shown."""
    updates: bool
    """Whether the signer asked for news."""
    source: str | None = None
    """Which partner brought it."""
    created_at: AwareDatetime
    confirmed_at: AwareDatetime | None = None
    sealed: str = Field(repr=False)
    """Name and address, in base64, for the organisation's private key alone."""


class ConfirmationState(OpenEnum):
    """Whether the mailed link was followed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"


class Confirmation(Model):
    """What a mailed confirmation link stands for."""

    petition: str
    """The petition's slug."""
    title: str
    state: ConfirmationState
    expires_at: AwareDatetime | None = None
    """None once confirmed."""


class EventKind(OpenEnum):
    """The form in which a group marks the day."""

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
    """Whether an event takes place; a moderator also sees those not public yet."""

    PENDING_REVIEW = "pending_review"
    PUBLIC = "public"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Precision(OpenEnum):
    """How exact a place is told."""

    EXACT = "exact"
    AREA = "area"


class Place(Model):
    """Where an event is."""

    name: str | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, repr=False)
    locality: str
    region: str | None = None
    country: str
    latitude: float = Field(repr=False)
    longitude: float = Field(repr=False)
    precision: Precision
    """``area``: a private place, told as the middle of a cell of 0.1°, without address."""


class Event(Model):
    """One of the many ways the day is marked."""

    id: str
    title: str
    description: str
    lang: str
    """The language the host wrote in."""
    languages: list[str]
    """The languages spoken there."""
    kind: EventKind
    state: EventState
    starts_at: AwareDatetime
    """In the offset of ``time_zone``."""
    ends_at: AwareDatetime | None = None
    time_zone: str
    """An IANA name, such as ``America/Mexico_City``."""
    online: bool
    url: str | None = Field(default=None, repr=False)
    place: Place | None = None
    """None for an online event."""
    host: str
    """The group that invites."""
    capacity: int | None = None
    """None: no limit."""
    places_left: int | None = None
    """None: no limit."""
    distance_km: float | None = None
    """Only in answer to ``near``."""
    updated_at: AwareDatetime


class Cluster(Model):
    """Events that share a cell of the map."""

    latitude: float
    longitude: float
    count: int
    bbox: tuple[float, float, float, float]
    """West, south, east, north of the events in it."""
    locality: str = ""
    """Where most of them are."""
    countries: list[str] = []
    """All that they are in."""
    event: str | None = None
    """The event's id where ``count`` is 1, and so with what follows."""
    title: str | None = None
    lang: str | None = None
    """The language of the title."""
    precision: Precision | None = None


class SubmissionReceipt(Model):
    """The answer to a submitted event."""

    id: str
    state: EventState
    detail: str
    """What happens next, for the host to read."""


class AttendanceStatus(OpenEnum):
    """Whether a seat is held."""

    ACCEPTED = "accepted"
    WAITING = "waiting"


class AttendanceReceipt(Model):
    """The answer to somebody who wants to come."""

    event: str
    """The event's id."""
    status: AttendanceStatus
    detail: str
    """What happens next, for the guest to read."""


class ReviewState(OpenEnum):
    """What a moderator has made of it."""

    PENDING_REVIEW = "pending_review"
    PUBLIC = "public"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class EventReview(Model):
    """A submitted event in front of a moderator."""

    event: Event
    """With its exact place."""
    private: bool | None = None
    """Whether the public is told the area alone; None: not said."""
    state: ReviewState
    submitted_at: AwareDatetime


class AttendanceReview(Model):
    """Somebody who asked to come to a private place, in front of a moderator."""

    id: str
    event: str
    """The event's id."""
    guests: int
    """How many they bring along."""
    status: ReviewState
    created_at: AwareDatetime


class EditionKind(OpenEnum):
    """Whether the prints are numbered."""

    OPEN = "open"
    LIMITED = "limited"


class Edition(Model):
    """One way in which a poster is printed and sold."""

    id: str
    """For ``posters.reserve``."""
    kind: EditionKind
    title: str
    size: str
    """For people to read: ``50 × 70 cm``."""
    price: Money
    run: int | None = None
    """How many prints there will ever be; None in an open edition."""
    available: int | None = None
    """How many prints are left; None in an open edition."""


class FilePurpose(OpenEnum):
    """What a file is good for."""

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
    """Its address, below the server's."""


class PosterState(OpenEnum):
    """Whether a poster can be bought."""

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
    """What the picture shows, for who cannot see it."""
    state: PosterState
    editions: list[Edition]
    files: list[PosterFile]


class Reservation(Model):
    """A hold on prints; it lapses by itself."""

    id: str = Field(repr=False)
    """A secret: whoever has it can order."""
    poster: str
    """The poster's slug."""
    edition: str
    quantity: int
    numbers: list[int]
    """Of the prints; empty in an open edition."""
    total: Money
    expires_at: AwareDatetime


class OrderState(OpenEnum):
    """How far an order is."""

    PLACED = "placed"


class PaymentState(OpenEnum):
    """How far the payment is."""

    DUE = "due"


class Payment(Model):
    """What is left to pay, and how."""

    state: PaymentState
    detail: str
    """How to pay, for the buyer to read."""


class Order(Model):
    """An order, without anything personal."""

    id: str = Field(repr=False)
    """A secret: whoever has it can read the order."""
    state: OrderState
    poster: str
    edition: str
    quantity: int
    numbers: list[int]
    """Of the prints; empty in an open edition."""
    total: Money
    payment: Payment
    created_at: AwareDatetime


class Message(Model):
    """Something to post on the day."""

    id: str
    text: str


class ShareKit(Model):
    """What everybody posts at once."""

    lang: str
    languages: list[str]
    storm_at: AwareDatetime
    """When everybody posts."""
    url: str
    """The address to share."""
    hashtags: list[str]
    """Without the ``#``."""
    messages: list[Message]


class ResourceKind(OpenEnum):
    """What a resource is about."""

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
    """Paragraphs parted by an empty line."""
    url: str | None = None
    """Where to read more."""


class NewPlace(TypedDict):
    """Where a submitted event will be."""

    name: NotRequired[str | None]
    address: NotRequired[str | None]
    locality: str
    region: NotRequired[str | None]
    country: str
    latitude: float
    longitude: float
    private: NotRequired[bool]
    """True: the public is told the area alone, and who may come gets the address by mail."""


class NewHost(TypedDict):
    """Who invites to a submitted event."""

    name: str
    email: str


class PostalAddress(TypedDict):
    """Where an order goes."""

    lines: Sequence[str]
    """Street and house, care of, and so on: one to a few lines."""
    postal_code: NotRequired[str | None]
    locality: str
    country: str
