from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imd_campaign.field_types import (
    Country,
    EmailAddress,
    Input,
    Language,
    Line,
    Moment,
    Whole,
)

MAX_QUANTITY = 10

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


class ReservationForm(Input):
    edition: Annotated[Line, Field(min_length=1, max_length=40)]
    quantity: Annotated[Whole, Field(ge=1, le=MAX_QUANTITY)] = 1


class Reservation(BaseModel):
    id: str
    poster: str
    edition: str
    quantity: int
    numbers: Sequence[int]
    total: Money
    expires_at: Moment


class Address(Input):
    lines: Annotated[list[Piece], Field(min_length=1, max_length=5, repr=False)]
    postal_code: Annotated[Line | None, Field(min_length=1, max_length=20, repr=False)] = None
    locality: Annotated[Piece, Field(repr=False)]
    country: Country


class OrderForm(Input):
    reservation: Annotated[Line, Field(min_length=1, max_length=40)]
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress, Field(repr=False)]
    address: Address
    lang: Language | None = None


class Payment(BaseModel):
    state: Literal["due"]
    detail: str


class Order(BaseModel):
    id: str
    state: Literal["placed"]
    poster: str
    edition: str
    quantity: int
    numbers: Sequence[int]
    total: Money
    payment: Payment
    created_at: Moment
