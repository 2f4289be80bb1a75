from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imd_campaign.events.schemas import Decision
from imd_campaign.field_types import (
    WHOLE_FLOATS,
    Country,
    EmailAddress,
    Input,
    Language,
    Line,
    Moment,
    Whole,
)
from imd_campaign.posters.order_states import Decision as OrderVerb
from imd_campaign.posters.order_states import OrderState, PaymentState
from imd_campaign.proofs.schemas import Proof
from imd_campaign.submissions.schemas import Confirmation

MAX_QUANTITY = 10
MAX_TOKEN_LENGTH = 1000
MAX_AMOUNT = 2_147_483_647

PaymentOutcome = Literal["paid", "paid_late", "repeated"]
Piece = Annotated[Line, Field(min_length=1, max_length=200)]


class Money(BaseModel):
    amount: int
    currency: str


class Edition(BaseModel):
    id: str
    kind: Literal["open", "limited"]
    title: str
    size: str
    price: Money
    run: int | None
    available: int | None


class File(BaseModel):
    name: str
    purpose: Literal["print", "preview"]
    media_type: str
    bytes: int
    sha256: str
    width: int
    height: int
    href: str


class Poster(BaseModel):
    slug: str
    lang: str
    languages: Sequence[str]
    title: str
    artist: str
    year: int
    description: str
    alternative_text: str
    state: str
    editions: Sequence[Edition]
    files: Sequence[File]


EditionId = Annotated[Line, Field(min_length=1, max_length=40)]
Quantity = Annotated[Whole, Field(ge=1, le=MAX_QUANTITY), WHOLE_FLOATS]


class ReservationForm(Input):
    edition: EditionId
    quantity: Quantity = 1


class Reservation(BaseModel):
    token: Annotated[str, Field(repr=False)]
    poster: str
    edition: str
    quantity: int
    total: Money
    expires_at: Moment


class ReservedPrints(BaseModel):
    """What the token of a reservation has: how many prints of an edition, and their price."""

    poster: str
    edition: str
    quantity: int
    price: int
    """Of one print."""
    currency: str
    expires_at: datetime

    @property
    def amount(self) -> int:
        return self.price * self.quantity


class Address(Input):
    lines: Annotated[list[Piece], Field(min_length=1, max_length=5, repr=False)]
    postal_code: Annotated[Line | None, Field(min_length=1, max_length=20, repr=False)] = None
    locality: Annotated[Piece, Field(repr=False)]
    country: Country


class OrderForm(Input):
    reservation: Annotated[Line, Field(min_length=1, max_length=MAX_TOKEN_LENGTH, repr=False)]
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress, Field(repr=False)]
    address: Address
    lang: Language | None = None
    proof: Proof = None


class PaymentWay(BaseModel):
    kind: Literal["checkout", "invoice", "pickup"]
    detail: str | None = None
    url: Annotated[str | None, Field(repr=False)] = None


class Payment(BaseModel):
    state: PaymentState
    detail: str
    reference: str
    ways: Sequence[PaymentWay]
    paid_at: Moment | None


class Order(BaseModel):
    id: Annotated[str, Field(repr=False)]
    state: OrderState
    poster: str
    edition: str
    quantity: int
    numbers: Sequence[int]
    total: Money
    payment: Payment
    kept_until: date | None
    created_at: Moment


class OrderConfirmation(Confirmation):
    kind: Literal["order"] = "order"
    poster: str | None
    title: str | None
    edition: str | None
    edition_title: str | None
    quantity: int | None
    total: Money | None
    address: Annotated[Address | None, Field(repr=False)]
    order: Annotated[str | None, Field(repr=False)]


class ReportedPayment(BaseModel):
    id: str
    amount: int
    currency: str
    outcome: PaymentOutcome
    received_at: Moment


class ManagedOrder(BaseModel):
    order: Order
    sealed: Annotated[str | None, Field(repr=False)]
    changed_at: Moment
    payments: Sequence[ReportedPayment]


class Stock(BaseModel):
    poster: str
    edition: str
    kind: Literal["open", "limited"]
    run: int | None
    sold: int
    held: int
    left: int | None


class PaymentReport(Input):
    order: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    amount: Annotated[Whole, Field(ge=0, le=MAX_AMOUNT), WHOLE_FLOATS]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class PaymentReceipt(BaseModel):
    outcome: PaymentOutcome


class PersonalOrder(BaseModel):
    id: Annotated[str, Field(repr=False)]
    poster: str
    title: str
    edition: str
    quantity: int
    total: Money
    state: OrderState
    can_be_cancelled: bool
    kept_until: date | None
    created_at: Moment


class OrderDecision(Decision):
    decision: OrderVerb
