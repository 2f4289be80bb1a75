from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from imd_campaign.field_types import Input

Reference = Annotated[str | None, Field(max_length=400, repr=False)]


EITHER_REFERENCE: JsonDict = {
    "anyOf": [
        {"required": [name], "properties": {name: {"type": "string"}}}
        for name in ("message_id", "return_path")
    ]
}


class BounceForm(Input):
    model_config = ConfigDict(json_schema_extra=EITHER_REFERENCE)

    message_id: Reference = None
    return_path: Reference = None
    status: Annotated[str, Field(pattern=r"^[45]\.[0-9]{1,3}\.[0-9]{1,3}$")]


class BounceReceipt(BaseModel):
    recorded: bool
