from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from imd_campaign.field_types import Input, Moment
from imd_campaign.webhooks.event_types import EVENT_TYPES
from imd_campaign.webhooks.target import MAX_URL_LENGTH

WebhookState = Literal["active", "disabled"]
DisabledReason = Literal["failing", "gone"]
DeliveryState = Literal["queued", "delivered", "failed", "superseded"]
DeliveryError = Literal[
    "status", "timeout", "unreachable", "no-public-address", "certificate", "invalid-response"
]


def _require_known(types: list[str]) -> list[str]:
    if unknown := set(types) - EVENT_TYPES.keys():
        valid = ", ".join(EVENT_TYPES)
        raise ValueError(f"has no type {min(unknown)}. Valid types: {valid}.")
    if len(set(types)) < len(types):
        raise ValueError("names a type twice.")
    return types


Types = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    AfterValidator(_require_known),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "enum": list(EVENT_TYPES)},
            "minItems": 1,
            "maxItems": len(EVENT_TYPES),
            "uniqueItems": True,
        }
    ),
    Field(min_length=1, max_length=len(EVENT_TYPES)),
]


class WebhookForm(Input):
    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_URL_LENGTH,
            repr=False,
            json_schema_extra={"format": "webhook-url"},
        ),
    ]
    types: Types


class Webhook(BaseModel):
    id: str
    url: Annotated[str, Field(repr=False)]
    types: Sequence[str]
    state: WebhookState
    disabled_reason: DisabledReason | None
    disabled_at: Moment | None
    failing_since: Moment | None
    created_at: Moment


class NewWebhook(Webhook):
    secret: Annotated[str, Field(repr=False)]


class NewSecret(BaseModel):
    secret: Annotated[str, Field(repr=False)]
    previous_valid_until: Moment


class WebhookDelivery(BaseModel):
    id: str
    type: str
    state: DeliveryState
    attempts: int
    response_status: int | None
    error: DeliveryError | None
    created_at: Moment
    attempted_at: Moment | None
    next_attempt_at: Moment | None


class WebhookPayload(BaseModel):
    type: str
    timestamp: Moment
    data: Mapping[str, Any]
