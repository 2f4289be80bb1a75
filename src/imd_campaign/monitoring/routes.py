from functools import partial
from http import HTTPStatus
from typing import Literal

from fastapi import Response
from pydantic import BaseModel

from imd_campaign.monitoring.readiness import find_reasons
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.routing import Router

router = Router(tags=["Health"])


class FailedPart(BaseModel):
    part: str
    message: str


class Readiness(BaseModel):
    status: Literal["ok", "unavailable"]
    reasons: list[FailedPart]


# For the people who run the server, and for no client: it is neither in OpenAPI nor in the SDK.
@router.get("/readyz", include_in_schema=False)
async def check_readiness(context: CurrentContext, response: Response) -> Readiness:
    reasons = await context.recent_reads.get("readiness", partial(find_reasons, context))
    if reasons:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(
        status="unavailable" if reasons else "ok",
        reasons=[FailedPart(part=reason.part, message=reason.message) for reason in reasons],
    )
