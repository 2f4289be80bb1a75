from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from imd_campaign.events.schemas import AttendanceConfirmation, EventConfirmation
from imd_campaign.field_types import EmailAddress, Flag, Input, Line
from imd_campaign.petitions.schemas import SignatureConfirmation
from imd_campaign.posters.schemas import EditionId, OrderConfirmation, Quantity
from imd_campaign.submissions.codes import MAX_TYPED_LENGTH, TYPED_CODE, parse_code

CODE_SCHEMA = WithJsonSchema(
    {"type": "string", "maxLength": MAX_TYPED_LENGTH, "pattern": TYPED_CODE}
)
PersonName = Annotated[Line, Field(min_length=1, max_length=100)]


AnyConfirmation = Annotated[
    SignatureConfirmation | EventConfirmation | AttendanceConfirmation | OrderConfirmation,
    Field(discriminator="kind"),
]


class ConfirmationForm(Input):
    public: Flag = False
    updates: Flag = False
    name: Annotated[PersonName | None, Field(repr=False)] = None
    edition: EditionId | None = None
    quantity: Quantity | None = None


class CodeForm(Input):
    email: Annotated[EmailAddress, Field(repr=False)]
    code: Annotated[str, AfterValidator(parse_code), Field(repr=False), CODE_SCHEMA]


class FoundConfirmation(BaseModel):
    token: Annotated[str, Field(repr=False)]
