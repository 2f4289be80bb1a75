"""The schemas of request bodies and queries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from imd_sdk.testing._field_types import (
    Code,
    Country,
    Day,
    EmailAddress,
    EventState,
    HostReason,
    Instant,
    Kind,
    Language,
    Line20,
    Line40,
    Line100,
    Line200,
    Line1000,
    Number,
    OrderState,
    Text500,
    Text1000,
    Text5000,
    WebhookTypes,
    WebUrl,
    Zone,
    parse_switch,
)


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignatureForm(Schema):
    name: Line100
    email: EmailAddress
    country: Country
    lang: Language | None = None
    source: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")] | None = None
    proof: str | None = None


class AttestedSignatureForm(Schema):
    name: Line100
    email: EmailAddress | None = None
    reference: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")] | None = None
    country: Country
    lang: Language | None = None
    public: StrictBool = False
    updates: StrictBool = False


class ConfirmationForm(Schema):
    public: StrictBool = False
    updates: StrictBool = False
    name: Line100 | None = None
    edition: Line40 | None = None
    quantity: Annotated[StrictInt, Field(ge=1, le=10)] | None = None


class CodeForm(Schema):
    email: EmailAddress
    code: Code


class BounceForm(Schema):
    message_id: Annotated[str, Field(max_length=400)] | None = None
    return_path: Annotated[str, Field(max_length=400)] | None = None
    status: Annotated[str, Field(pattern=r"^[45]\.[0-9]{1,3}\.[0-9]{1,3}$")]


class WebhookForm(Schema):
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    types: WebhookTypes


class PersonalLinkForm(Schema):
    email: EmailAddress
    lang: Language | None = None
    proof: str | None = None


class ErasureForm(Schema):
    block: StrictBool = False


class EmptyForm(Schema):
    pass


class ExactPlace(Schema):
    name: Line200 | None = None
    address: Line200 | None = None
    locality: Line200
    region: Line200 | None = None
    country: Country
    latitude: Annotated[Number, Field(ge=-90, le=90)]
    longitude: Annotated[Number, Field(ge=-180, le=180)]


class SubmittedPlace(ExactPlace):
    private: StrictBool = False


class Host(Schema):
    name: Line100
    email: EmailAddress


class EventForm(Schema):
    title: Line200
    description: Text5000
    lang: Language
    languages: Annotated[list[Language], Field(min_length=1, max_length=10)] | None = None
    kind: Kind
    starts_at: Instant
    ends_at: Instant | None = None
    time_zone: Zone
    online: StrictBool = False
    url: WebUrl | None = None
    place: SubmittedPlace | None = None
    host: Host
    capacity: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    proof: str | None = None


class AttendanceForm(Schema):
    name: Line100
    email: EmailAddress
    guests: Annotated[StrictInt, Field(ge=0, le=10)] = 0
    lang: Language | None = None
    message: Text500 | None = None
    proof: str | None = None


class AttendanceChange(Schema):
    guests: Annotated[StrictInt, Field(ge=0, le=10)]


class CapacityForm(Schema):
    capacity: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None


class EventChangeForm(Schema):
    title: Line200
    description: Text5000
    starts_at: Instant
    ends_at: Instant | None = None
    time_zone: Zone
    url: WebUrl | None = None
    place: ExactPlace | None = None


class CancellationForm(Schema):
    reason: HostReason


class GuestDecision(Schema):
    decision: Literal["accept", "decline"]


class ReservationForm(Schema):
    edition: Line40
    quantity: Annotated[StrictInt, Field(ge=1, le=10)] = 1


class Address(Schema):
    lines: Annotated[list[Line200], Field(min_length=1, max_length=5)]
    postal_code: Line20 | None = None
    locality: Line200
    country: Country


class OrderForm(Schema):
    reservation: Line1000
    name: Line100
    email: EmailAddress
    address: Address
    lang: Language | None = None
    proof: str | None = None


class EventDecision(Schema):
    reason: Text1000
    decision: Literal["approve", "reject", "cancel"]


class PrivatePlaceForm(Schema):
    reason: Text1000


class EventChangeDecision(Schema):
    reason: Text1000
    decision: Literal["approve", "reject"]


class AttendanceDecision(Schema):
    reason: Text1000
    decision: Literal["accept", "decline"]


class OrderDecision(Schema):
    reason: Text1000
    decision: Literal["paid", "paid_late", "sent", "cancel", "refund"]


class TextsQuery(Schema):
    lang: Language | None = None


class PageQuery(Schema):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class TextsPageQuery(PageQuery, TextsQuery):
    pass


class MapFilters(Schema):
    bbox: str | None = None
    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    kind: Annotated[list[Kind], Field(max_length=20)] = []
    language: Annotated[list[Language], Field(max_length=20)] = []
    country: Annotated[list[Country], Field(max_length=20)] = []
    online: Annotated[bool, BeforeValidator(parse_switch)] | None = None
    q: Annotated[str, Field(max_length=200)] | None = None


class EventFilters(MapFilters):
    near: str | None = None
    radius_km: Annotated[float, Field(ge=1, le=20038, allow_inf_nan=False)] | None = None


class FeedQuery(EventFilters):
    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class AtomQuery(EventFilters):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class EventQuery(EventFilters, PageQuery):
    pass


class ClusterQuery(MapFilters):
    zoom: Annotated[int, Field(ge=0, le=12)] = 0


class EventReviewQuery(PageQuery):
    state: EventState = "pending_review"


class AttendanceReviewQuery(PageQuery):
    event: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,100}$")] | None = None


class OrderQuery(PageQuery):
    state: OrderState = "placed"
