from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imd_campaign.field_types import Moment

State = Literal["pending", "confirmed", "rejected"]


class SubmissionReceipt(BaseModel):
    status: Literal["confirmation_sent"] = "confirmation_sent"
    detail: str


class Confirmation(BaseModel):
    """What every kind of confirmation has; a subclass adds its own `kind`."""

    state: State
    name: Annotated[str | None, Field(repr=False)]
    expires_at: Moment | None
