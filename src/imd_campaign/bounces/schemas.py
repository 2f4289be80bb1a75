from typing import Annotated

from pydantic import BaseModel, Field

from imd_campaign.field_types import Input

Reference = Annotated[str | None, Field(max_length=400, repr=False)]


class BounceForm(Input):
    message_id: Reference = None
    return_path: Reference = None
    status: Annotated[str, Field(pattern=r"^[45]\.[0-9]{1,3}\.[0-9]{1,3}$")]


class BounceReceipt(BaseModel):
    recorded: bool
