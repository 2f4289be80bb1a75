from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from imd_campaign.field_types import EmailAddress, Flag, Input, Line, Moment
from imd_campaign.submissions.codes import parse_code

PersonName = Annotated[Line, Field(min_length=1, max_length=100)]
State = Literal["pending", "confirmed", "rejected"]


class Confirmation(BaseModel):
    kind: Literal["signature"]
    state: State
    petition: str
    title: str
    name: Annotated[str | None, Field(repr=False)]
    expires_at: Moment | None


class ConfirmationForm(Input):
    public: Flag = False
    updates: Flag = False
    name: Annotated[PersonName | None, Field(repr=False)] = None


class CodeForm(Input):
    email: Annotated[EmailAddress, Field(repr=False)]
    code: Annotated[str, AfterValidator(parse_code), Field(repr=False)]


class FoundConfirmation(BaseModel):
    token: Annotated[str, Field(repr=False)]


class Nothing(Input):
    pass
