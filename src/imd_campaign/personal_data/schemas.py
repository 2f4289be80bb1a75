from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imd_campaign.events.schemas import PersonalAttendance, PersonalEvent
from imd_campaign.field_types import EmailAddress, Flag, Input, Language, Moment
from imd_campaign.petitions.schemas import PersonalSignature
from imd_campaign.posters.schemas import PersonalOrder
from imd_campaign.proofs.schemas import Proof

PendingKind = Literal["signature", "event", "attendance", "order"]


class PersonalLinkForm(Input):
    email: Annotated[EmailAddress, Field(repr=False)]
    lang: Language | None = None
    proof: Proof = None


class PendingSubmission(BaseModel):
    kind: PendingKind
    submitted_at: Moment


class PersonalData(BaseModel):
    state: Literal["open", "closed"]
    """A closed link can only allow e-mails again."""
    email: Annotated[str | None, Field(repr=False)] = None
    blocked: bool
    expires_at: Moment | None = None
    signatures: Sequence[PersonalSignature] = ()
    attendances: Sequence[PersonalAttendance] = ()
    events: Sequence[PersonalEvent] = ()
    orders: Sequence[PersonalOrder] = ()
    pending: Sequence[PendingSubmission] = ()


class ErasureForm(Input):
    block: Flag = False
