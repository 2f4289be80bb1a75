from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imd_campaign.field_types import (
    Country,
    EmailAddress,
    Flag,
    Input,
    Language,
    Line,
    Moment,
)
from imd_campaign.proofs.schemas import Proof
from imd_campaign.submissions.schemas import Confirmation

State = Literal["open", "upcoming", "closed"]


class AttestedCount(BaseModel):
    partner: str
    count: int


class Petition(BaseModel):
    slug: str
    lang: str
    languages: Sequence[str]
    title: str
    summary: str
    text: str
    target: str
    goal: int
    milestones: Sequence[int]
    opens_at: Moment
    closes_at: Moment | None
    state: State
    attested: Sequence[AttestedCount]


class Count(BaseModel):
    petition: str
    total: int
    goal: int
    as_of: Moment
    poll_after: int


class Place(BaseModel):
    country: str
    count: int


class Signer(BaseModel):
    name: str
    country: str
    date: date


class SignatureForm(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress, Field(repr=False)]
    country: Country
    lang: Language | None = None
    source: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")] | None = None
    proof: Proof = None


class SignatureConfirmation(Confirmation):
    kind: Literal["signature"] = "signature"
    petition: str
    title: str
    country: Annotated[str | None, Field(repr=False)]


class PersonalSignature(BaseModel):
    id: str
    petition: str
    title: str
    country: str
    public_name: Annotated[str | None, Field(repr=False)]
    updates: bool
    source: str | None
    confirmed_at: Moment


class Signature(BaseModel):
    id: str
    country: str
    lang: str | None
    public: bool
    updates: bool
    source: str | None
    confirmed_at: Moment
    line: Literal["confirmed", "attested"]
    sealed: str


class AttestedSignatureForm(Input):
    name: Annotated[Line, Field(min_length=1, max_length=100, repr=False)]
    email: Annotated[EmailAddress | None, Field(repr=False)] = None
    reference: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")] | None = None
    country: Country
    lang: Language | None = None
    public: Flag = False
    updates: Flag = False


class AttestationReceipt(BaseModel):
    status: Literal["recorded"] = "recorded"


class DayCount(BaseModel):
    date: date
    count: int


class PartnerPetition(BaseModel):
    petition: str
    lang: str
    title: str
    total: int
    attested: int
    days: Sequence[DayCount]
    countries: Sequence[Place]


class PartnerNumbers(BaseModel):
    source: str
    name: str
    published_on: date | None
    petitions: Sequence[PartnerPetition]
